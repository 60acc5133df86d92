// The list of an unpacked wheel's files, as one compact text: a head, a row per file, and a last line that proves that
// nothing is cut off. Installing reads this and never the files themselves.

/** One file of an unpacked wheel. */
export interface ManifestEntry {
  /** Relative to the wheel's folder, POSIX. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** As in RECORD: URL-safe Base64 without padding. */
  readonly sha256Base64Url: string;
  readonly isExecutable: boolean;
}

export interface ManifestHead {
  readonly filename: string;
  /** `flask-3.0.0.dist-info` */
  readonly distInfo: string;
  /** A wheel that was built here is kept when `prune --ci` drops what can be downloaded again. */
  readonly origin: "downloaded" | "built";
  /** Of the archive, in bytes; undefined in the manifests of older versions. */
  readonly archiveSize: number | undefined;
}

/** What is known without reading the rows. */
export interface ManifestSummary extends ManifestHead {
  readonly fileCount: number;
}

export interface Manifest extends ManifestHead {
  /** Sorted by path. */
  readonly entries: readonly ManifestEntry[];
}

/** Writes a manifest; entries come sorted by path, as RECORD wants them. Archive member names hold neither tab nor line end. */
export function formatManifest({ filename, distInfo, origin, archiveSize, entries }: Manifest): string {
  const made = archiveSize === undefined ? origin : `${origin}\t${archiveSize}`;
  let text = `${FORMAT}\n${filename}\n${distInfo}\n${made}\n`;
  for (const { path, sha256Base64Url, size, isExecutable } of entries)
    text += `${path}\t${sha256Base64Url}\t${size}${isExecutable ? "\tx\n" : "\n"}`;
  return `${text}${END}${entries.length}`;
}

/** Reads only the head and the end, if the manifest is complete; the rows, of which there may be thousands, stay bytes. */
export function readManifestSummary(bytes: Buffer): ManifestSummary | undefined {
  const head = bytes.toString("utf8", 0, Math.min(bytes.length, MAX_HEAD_BYTES));
  const [format, filename, distInfo, made] = head.split("\n", HEAD_LINES);
  if (format !== FORMAT || filename === undefined || distInfo === undefined) return undefined;
  const [origin, size] = made?.split("\t") ?? [];
  if (origin !== "downloaded" && origin !== "built") return undefined;
  const last = bytes.toString("latin1", bytes.lastIndexOf(LINE_END) + 1);
  if (!last.startsWith(END)) return undefined;
  const archiveSize = size === undefined ? undefined : Number(size);
  return { filename, distInfo, origin, archiveSize, fileCount: Number(last.slice(END.length)) };
}

/** Reads the rows; undefined where one is missing or damaged. */
export function readManifestEntries(text: string): readonly ManifestEntry[] | undefined {
  const lines = text.split("\n");
  const last = lines.length - 1;
  if (lines[last] !== `${END}${last - HEAD_LINES}`) return undefined;
  const entries: ManifestEntry[] = [];
  for (let index = HEAD_LINES; index < last; index += 1) {
    const [path, sha256Base64Url, size, flag] = lines[index]!.split("\t");
    if (path === undefined || sha256Base64Url?.length !== SHA256_LENGTH || size === undefined)
      return undefined;
    entries.push({ path, size: Number(size), sha256Base64Url, isExecutable: flag === "x" });
  }
  return entries;
}

const FORMAT = "pinion-wheel 1";
const HEAD_LINES = 4;
/** Two names of files, which no file system has longer than 255 bytes (1020 as Windows counts), and two words. */
const MAX_HEAD_BYTES = 4096;
const LINE_END = 0x0a;
const END = "end ";
/** 32 bytes in Base64 without padding. */
const SHA256_LENGTH = 43;
