// Reads certificates from the files and folders that people name. A source that was named must be usable: a missing,
// unreadable or empty one is an error that says which variable or option named it, never a silent fall back.

import { namesIn } from "../base/files/folder.ts";
import { recognizeOtherFormat } from "./other-formats.ts";
import { readFileSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";

import { readFileWithin } from "../base/files/small-file.ts";
import { pemKind, shownPath } from "../base/formats/pem-text.ts";
import { PinionError, systemCode } from "../errors.ts";
import { looksLikeCertificate, trySubjectBytes } from "../x509/certificates/certificate.ts";
import { readPem, readPemSections, type DamagedSection } from "../x509/certificates/pem.ts";
import type { FileRequest } from "./sources.ts";

export interface SourceContents {
  /** Each certificate's DER in base64, as `createAnchor` wants it. */
  readonly certificates: readonly string[];
  /** As {@link BundleContents.rejected}. */
  readonly rejected: readonly string[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Data of `tls/trust-source-unusable`. */
export interface TrustSourceDetails {
  /** The variable, option or setting that named the source. */
  readonly label: string;
  readonly path: string;
  readonly reason:
    | "missing"
    | "unreadable"
    | "not-a-file"
    | "not-a-directory"
    | "too-large"
    | "too-many"
    | "no-certificate";
}

/** The certificates of one file, DER in base64, with what is wrong in it. */
export interface BundleContents {
  readonly certificates: readonly string[];
  /** Certificates whose own trust settings reject them for TLS servers. */
  readonly rejected: readonly string[];
  readonly otherLabels: readonly string[];
  readonly damaged: readonly DamagedSection[];
}

/** What has been read, by device and inode: a file that several variables or links name is read once. */
export type FileCache = Map<string, BundleContents>;

/**
 * Reads a file or folder of PEM or DER certificates.
 *
 * @throws `tls/trust-source-unusable` with {@link TrustSourceDetails}
 */
export function readFileSource(
  request: FileRequest,
  options: { platform: NodeJS.Platform; cache: FileCache },
): SourceContents {
  const { platform, cache } = options;
  const pem = pemKind(request.path);
  if (pem !== undefined)
    throw new PinionError(
      "tls/trust-source-unusable",
      `\`${request.label}\` holds a ${pem} itself, not a path`,
      {
        details: { label: request.label, path: shownPath(request.path), reason: "not-a-file" },
        hints: ["Write it to a file, and give the path of that file"],
      },
    );
  if (request.shape === "directories")
    return readDirectories(request, platform === "win32" ? ";" : ":", cache);
  const found = inspect(request.path);
  if (typeof found === "string") throw unusable(request, found);
  if (!found.isDirectory()) return readBundle(request, found, cache);
  if (request.shape === "file")
    throw unusable(request, "not-a-file", "is a directory, where a file is needed");
  return requireCertificates(request, readDirectory(request.path, cache), "holds no file with a certificate");
}

/** Certificates from the bytes of a file, each looked at briefly. */
export function readBundleBytes(bytes: Uint8Array): BundleContents {
  const { certificates, rejected, otherLabels, damaged } = readPem(bytes);
  const base64 = (der: Uint8Array): string => toBase64(der);
  return checkCertificates({
    certificates: certificates.map(base64),
    rejected: rejected.map(base64),
    otherLabels,
    damaged,
  });
}

/** DER as the base64 text that anchors are made of. */
export function toBase64(der: Uint8Array): string {
  return Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("base64");
}

function readBundle(request: FileRequest, stats: Stats, cache: FileCache): SourceContents {
  const { path } = request;
  if (!stats.isFile()) throw unusable(request, "not-a-file", "is not a regular file");
  if (stats.size > MAX_SOURCE_BYTES)
    throw unusable(request, "too-large", `is larger than ${MAX_SOURCE_BYTES} bytes`);
  let contents: BundleContents;
  try {
    contents = readContents(path, stats, cache);
  } catch (error) {
    throw unusable(request, "unreadable", `cannot be read (${systemCode(error) ?? "unknown reason"})`, {
      cause: error,
    });
  }
  const { certificates, rejected } = contents;
  const other =
    certificates.length > 0 ? undefined : recognizeOtherFormat(readFileWithin(path, MAX_SOURCE_BYTES));
  if (other !== undefined) throw unusable(request, "no-certificate", other.words, { hint: other.hint });
  return requireCertificates(
    request,
    { certificates, rejected, warnings: [], notes: notesOf(contents, path) },
    whyEmpty(stats, contents),
  );
}

function readContents(path: string, stats: Stats, cache: FileCache): BundleContents {
  const key = stats.ino === 0 ? path : `${stats.dev}:${stats.ino}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  // Reading text is Node's quick way; what has no PEM section is read again as the bytes that it is.
  // The system's own files (`/proc`) say nothing of their size, and some have no end.
  const text =
    stats.size === 0 ? readFileWithin(path, MAX_SOURCE_BYTES).toString() : readFileSync(path, "utf8");
  const contents = text.includes("-----BEGIN ")
    ? checkCertificates(readPemSections(text))
    : readBundleBytes(readFileWithin(path, MAX_SOURCE_BYTES));
  cache.set(key, contents);
  return contents;
}

function checkCertificates(contents: BundleContents): BundleContents {
  const isFine = (base64: string): boolean => looksLikeCertificate(Buffer.from(base64, "base64"));
  const bad = new Set(contents.certificates.flatMap((base64, at) => (isFine(base64) ? [] : [at])));
  if (bad.size === 0) return contents;
  return {
    certificates: contents.certificates.filter((_, at) => !bad.has(at)),
    rejected: contents.rejected,
    otherLabels: contents.otherLabels,
    damaged: [
      ...contents.damaged,
      ...[...bad].map((at) => ({ position: at + 1, reason: "it is not a certificate" })),
    ],
  };
}

function notesOf(contents: BundleContents, path: string): readonly string[] {
  return contents.damaged.map(
    ({ position, reason }) => `Skipped certificate ${position} of \`${path}\`: ${reason}`,
  );
}

function whyEmpty(stats: Stats, contents: BundleContents): string {
  if (stats.size === 0) return "is empty";
  if (contents.rejected.length > 0 && contents.rejected.length === contents.damaged.length)
    return `holds no certificate for TLS servers: ${contents.damaged[0]?.reason ?? ""}`;
  if (contents.certificates.length + contents.damaged.length > 0)
    return "holds no certificate that can be read";
  const [label] = contents.otherLabels;
  return label === undefined ? "holds no certificate, PEM or DER" : `holds no certificate, only \`${label}\``;
}

/** `SSL_CERT_DIR`: a list of folders, any file name, not recursive; some missing ones are worth a warning. */
function readDirectories(request: FileRequest, separator: string, cache: FileCache): SourceContents {
  const paths = request.path.split(separator).filter((path) => path !== "");
  const parts: SourceContents[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    const found = inspect(path);
    if (found === "missing") missing.push(path);
    else if (typeof found === "string") throw unusable({ ...request, path }, found);
    else if (!found.isDirectory())
      throw unusable({ ...request, path }, "not-a-directory", "is a file, where a directory is needed");
    else parts.push(readDirectory(path, cache));
  }
  if (parts.length === 0) throw unusable(request, "missing");
  const warnings = missing.map(
    (path) => `\`${request.label}\` names a directory that does not exist: ${path}`,
  );
  const merged: SourceContents = {
    certificates: parts.flatMap((part) => part.certificates),
    rejected: parts.flatMap((part) => part.rejected),
    warnings,
    notes: parts.flatMap((part) => part.notes),
  };
  return requireCertificates(request, merged, "holds no file with a certificate");
}

function readDirectory(directory: string, cache: FileCache): SourceContents {
  const certificates: string[] = [];
  const rejected: string[] = [];
  const notes: string[] = [];
  const seen = new Set<string>();
  let bytesLeft = MAX_SOURCE_BYTES;
  for (const name of namesIn(directory).toSorted()) {
    const path = join(directory, name);
    const stats = inspect(path);
    // Dangling links, folders, special and empty files are not certificates; a link to a file that was read is a copy.
    if (typeof stats === "string" || !stats.isFile() || stats.size === 0) continue;
    if (seen.has(`${stats.dev}:${stats.ino}`)) continue;
    if (stats.ino !== 0) seen.add(`${stats.dev}:${stats.ino}`);
    bytesLeft -= stats.size;
    if (bytesLeft < 0) {
      notes.push(`Skipped the rest of \`${directory}\`: it is larger than ${MAX_SOURCE_BYTES} bytes`);
      break;
    }
    const contents = tryReadContents(path, stats, cache);
    if (contents === undefined) {
      notes.push(`Skipped \`${path}\`: it cannot be read`);
      continue;
    }
    for (const certificate of contents.certificates) certificates.push(certificate);
    for (const certificate of contents.rejected) rejected.push(certificate);
    if (contents.certificates.length > 0) for (const note of notesOf(contents, path)) notes.push(note);
  }
  return { certificates: [...new Set(certificates)], rejected, warnings: [], notes };
}

function tryReadContents(path: string, stats: Stats, cache: FileCache): BundleContents | undefined {
  try {
    return readContents(path, stats, cache);
  } catch {
    return undefined;
  }
}

function inspect(path: string): Stats | "missing" | "unreadable" {
  try {
    return statSync(path);
  } catch (error) {
    const code = systemCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unreadable";
  }
}

function requireCertificates(request: FileRequest, contents: SourceContents, why: string): SourceContents {
  if (contents.certificates.length === 0) throw unusable(request, "no-certificate", why);
  const crowd = crowdOf(contents.certificates);
  if (crowd !== undefined) throw unusable(request, "too-many", crowd);
  return contents;
}

/** The engine compares each new anchor with all that bear its name: thousands of them would hold a command for minutes. */
function crowdOf(certificates: readonly string[]): string | undefined {
  if (certificates.length <= MAX_OF_ONE_NAME) return undefined;
  const counts = new Map<string, number>();
  for (const base64 of new Set(certificates)) {
    const subject = trySubjectBytes(Buffer.from(base64, "base64"));
    if (subject === undefined) continue;
    const name = toBase64(subject);
    const count = (counts.get(name) ?? 0) + 1;
    if (count > MAX_OF_ONE_NAME)
      return `holds more than ${MAX_OF_ONE_NAME} different certificates of the same subject`;
    counts.set(name, count);
  }
  return undefined;
}

function unusable(
  request: FileRequest,
  reason: TrustSourceDetails["reason"],
  why = DEFAULT_WORDS[reason],
  more: { readonly cause?: unknown; readonly hint?: string } = {},
): PinionError {
  const { label } = request;
  const path = shownPath(request.path);
  const details: TrustSourceDetails = { label, path, reason };
  const isVariable = request.source.kind === "variable";
  const hints = [
    ...(more.hint === undefined ? [] : [more.hint]),
    ...(reason === "not-a-file" && label === "SSL_CERT_FILE"
      ? ["a directory of certificates belongs in `SSL_CERT_DIR`"]
      : []),
    ...(reason === "not-a-directory" && label === "SSL_CERT_DIR"
      ? ["a file of certificates belongs in `SSL_CERT_FILE`"]
      : []),
    isVariable ? `correct \`${label}\`, or unset it` : `correct the path that \`${label}\` names`,
  ];
  return new PinionError("tls/trust-source-unusable", `Cannot use \`${label}\`: \`${path}\` ${why}`, {
    details,
    hints,
    cause: more.cause,
  });
}

const DEFAULT_WORDS: Readonly<Record<TrustSourceDetails["reason"], string>> = {
  missing: "does not exist",
  unreadable: "cannot be accessed",
  "not-a-file": "is not a file",
  "not-a-directory": "is not a directory",
  "too-large": "is too large",
  "too-many": "holds too many certificates",
  "no-certificate": "holds no certificate",
};

/** Ten thousand certificates have about 15 MB; the largest bundles of companies a few. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024;
/** An authority renews its certificate every few years. */
const MAX_OF_ONE_NAME = 500;
