// What installing a wheel needs, ready to use beside its manifest: its folders and files, and their rows of RECORD as the
// text to write. Only for wheels whose files all go into one folder as they are, which nine of ten do; others are laid out
// from their manifest.

import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

import { isRecord } from "../base/values/record.ts";
import { parseWheelFile, type WheelFile } from "../pep/files/wheel-file.ts";
import type { ManifestEntry } from "./manifest.ts";

/** A wheel without a `.data` folder. Paths are relative to the folder that gets it, POSIX. */
export interface PreparedWheel {
  readonly isPurelib: boolean;
  /** A folder comes after the one that holds it. */
  readonly folders: readonly string[];
  /** Sorted; without those that an installer writes itself. */
  readonly files: readonly string[];
  /** A row for each of `files`, in their order. */
  readonly record: string;
  /** The text of `entry_points.txt`; empty where there is none. */
  readonly entryPoints: string;
}

/** Files of `.dist-info` that an installer writes itself: those of the wheel are not installed. */
export const GENERATED_FILES: readonly string[] = [
  "RECORD",
  "INSTALLER",
  "REQUESTED",
  "direct_url.json",
  "uv_cache.json",
];

/**
 * Prepares a wheel; undefined where its files have to be laid out one by one.
 *
 * @param entries sorted by path, as a manifest has them
 * @param own a file of `.dist-info`, such as WHEEL; undefined where there is none
 */
export function prepareWheel(
  entries: readonly ManifestEntry[],
  distInfo: string,
  own: (file: string) => Buffer | undefined,
): PreparedWheel | undefined {
  if (entries.length > MAX_PREPARED_FILES) return undefined;
  const wheelText = own("WHEEL") ?? Buffer.alloc(0);
  const wheelFile = wheelText.length > MAX_OWN_FILE_BYTES ? undefined : readWheelFile(wheelText.toString());
  const entryPoints = own("entry_points.txt") ?? Buffer.alloc(0);
  // What is wrong with them is reported while the wheel is laid out.
  if (wheelFile === undefined || entryPoints.length > MAX_OWN_FILE_BYTES || !isUtf8(entryPoints))
    return undefined;
  const generated = new Set(GENERATED_FILES.map((file) => `${distInfo}/${file}`));
  const placed = entries.filter(({ path }) => !generated.has(path));
  if (placed.some(({ path }) => NEEDS_LAYOUT.test(path) || isBelowGenerated(path, distInfo)))
    return undefined;
  return {
    isPurelib: wheelFile.isPurelib,
    folders: foldersOf(placed),
    files: placed.map(({ path }) => path),
    record: placed.map((entry) => `${entry.path},sha256=${entry.sha256Base64Url},${entry.size}\n`).join(""),
    entryPoints: entryPoints.toString(),
  };
}

/** Whether a wheel has a folder where an installer writes a file, in any case of letters. */
export function isBelowGenerated(path: string, distInfo: string): boolean {
  return (
    path.startsWith(`${distInfo}/`) &&
    GENERATED_FILES.some((file) =>
      path
        .slice(distInfo.length + 1)
        .toLowerCase()
        .startsWith(`${file.toLowerCase()}/`),
    )
  );
}

/** Of version 1.0; what is newer, older or cannot be read is reported while the wheel is laid out. */
function readWheelFile(text: string): WheelFile | undefined {
  try {
    const wheelFile = parseWheelFile(text);
    const [major, minor] = wheelFile.version;
    return major === 1 && minor === 0 ? wheelFile : undefined;
  } catch {
    return undefined;
  }
}

/** Writes it as a head and three lists of lines. */
export function formatPreparedWheel(prepared: PreparedWheel): string {
  const { isPurelib, folders, files, record, entryPoints } = prepared;
  const head = {
    isPurelib,
    folders: folders.length,
    files: files.length,
    characters: record.length,
    entryPoints,
  };
  return [FORMAT, JSON.stringify(head), ...folders, ...files, record].join("\n");
}

/** Reads it; undefined where it is missing, cut off or of another format. */
export function readPreparedWheel(path: string): PreparedWheel | undefined {
  try {
    return parsePreparedWheel(readFileSync(path, "utf8"));
  } catch {
    // The manifest has all of it, too.
    return undefined;
  }
}

function parsePreparedWheel(text: string): PreparedWheel | undefined {
  const headStart = FORMAT.length + 1;
  const headEnd = text.indexOf("\n", headStart);
  if (!text.startsWith(`${FORMAT}\n`) || headEnd === -1) return undefined;
  const head: unknown = JSON.parse(text.slice(headStart, headEnd));
  if (!isHead(head)) return undefined;
  const recordStart = text.length - head.characters;
  const lines = text.slice(headEnd + 1, recordStart - 1).split("\n");
  if (text[recordStart - 1] !== "\n" || lines.length !== head.folders + head.files) return undefined;
  return {
    isPurelib: head.isPurelib,
    folders: lines.slice(0, head.folders),
    files: lines.slice(head.folders),
    record: text.slice(recordStart),
    entryPoints: head.entryPoints,
  };
}

interface Head {
  readonly isPurelib: boolean;
  readonly folders: number;
  readonly files: number;
  /** Of the rows of RECORD. */
  readonly characters: number;
  readonly entryPoints: string;
}

function isHead(value: unknown): value is Head {
  return (
    isRecord(value) &&
    typeof value["isPurelib"] === "boolean" &&
    Number.isSafeInteger(value["folders"]) &&
    Number.isSafeInteger(value["files"]) &&
    Number.isSafeInteger(value["characters"]) &&
    typeof value["entryPoints"] === "string"
  );
}

function foldersOf(entries: readonly ManifestEntry[]): readonly string[] {
  const folders = new Set<string>();
  const add = (folder: string): void => {
    if (folder === "" || folders.has(folder)) return;
    add(folder.slice(0, Math.max(0, folder.lastIndexOf("/"))));
    folders.add(folder);
  };
  for (const { path } of entries) add(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  return [...folders];
}

/** Longer ones are read where there is a limit to refuse them by. */
export const MAX_OWN_FILE_BYTES: number = 1024 * 1024;
// 1 took entry points that are not UTF-8.
const FORMAT = "pinion-prepared 2";
/** A `.data` folder is spread over the environment, a name of our own is refused, and the rest has quotes in RECORD. */
const NEEDS_LAYOUT = /^[^/]*\.data\/|(?:^|\/)\.pinion|[",\r\n]/i;
/** Twice what the largest wheels of PyPI have: what is prepared and read without a pause must stay short. */
const MAX_PREPARED_FILES = 100_000;
