// From the bytes of a `pylock.toml` to its value. Errors name the file and, where the document shows it, the line.

import { isPinionError, PinionError } from "../errors.ts";
import { readToml } from "../base/formats/toml.ts";
import { parsePylock, type Pylock } from "../pep/files/pylock.ts";

/** Where a lock file comes from, for messages and for what may be in it. */
export interface PylockSource {
  /** A path or a URL, as it is shown. */
  readonly file: string;
}

/**
 * Reads a lock file.
 *
 * @param bytes UTF-8; a byte order mark is not allowed by TOML
 * @throws lock/invalid, lock/unsupported-version, lock/too-large with {file, line?, place?}
 * @example
 * readPylock(readFileSync("pylock.toml"), { file: "pylock.toml" }).packages.map(({ name }) => name)
 */
export function readPylock(bytes: Uint8Array | string, { file }: PylockSource): Pylock {
  if (bytes.length > MAX_PYLOCK_BYTES) throw pylockTooLarge(file, bytes.length);
  const text = typeof bytes === "string" ? bytes : decode(bytes, file);
  const document = parseDocument(text, file);
  try {
    return parsePylock(document);
  } catch (error) {
    if (!isPinionError(error)) throw error;
    throw placed(error, { file, text });
  }
}

/** Whether a path or URL names a lock file: `pylock.toml`, or `pylock.<name>.toml` with a name without dots. */
export function isPylockName(path: string): boolean {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return /^pylock(?:\.[^.]+)?\.toml$/.test(name);
}

/** The lines, counted from 1, on which the packages of a lock file begin; undefined where they are written otherwise. */
export function packageLines(contents: Uint8Array | string, count: number): readonly number[] | undefined {
  const text = typeof contents === "string" ? contents : new TextDecoder().decode(contents);
  const lines = text.split("\n").flatMap((line, number) => (PACKAGE_HEADER.test(line) ? [number + 1] : []));
  return lines.length === count ? lines : undefined;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid(file, undefined, "it is not UTF-8", cause);
  }
}

function parseDocument(text: string, file: string): unknown {
  const found = readToml(text);
  if (found.kind === "read") return found.table;
  throw invalid(file, found.line, found.reason);
}

function placed(
  error: PinionError,
  { file, text }: { readonly file: string; readonly text: string },
): PinionError {
  const { place, reason } = error.details;
  const index = typeof place === "string" ? /^packages\[(\d+)\]/.exec(place)?.[1] : undefined;
  const count = text.split("\n").filter((line) => PACKAGE_HEADER.test(line)).length;
  const line = index === undefined ? undefined : packageLines(text, count)?.[Number(index)];
  const where = line === undefined ? file : `${file}:${line}`;
  return new PinionError(error.code, `Cannot read the lock file \`${where}\``, {
    details: { ...error.details, file, line },
    hints: error.hints,
    cause: new PinionError(error.code, error.message, { details: { place, reason } }),
  });
}

function invalid(file: string, line: number | undefined, reason: string, cause?: unknown): PinionError {
  const where = line === undefined ? file : `${file}:${line}`;
  return new PinionError("lock/invalid", `Cannot read the lock file \`${where}\``, {
    details: { file, line, reason },
    cause: cause ?? new PinionError("lock/invalid", reason),
  });
}

const PACKAGE_HEADER = /^\s*\[\[\s*packages\s*\]\]/;

/** The refusal of a lock file by its size in bytes. */
export function pylockTooLarge(file: string, bytes: number): PinionError {
  return new PinionError(
    "lock/too-large",
    `The lock file \`${file}\` is larger than ${MAX_PYLOCK_BYTES / 1024 ** 2} MB`,
    { details: { file, bytes, maximum: MAX_PYLOCK_BYTES } },
  );
}

/** The largest lock file that is read, in bytes: Home Assistant's 1,300 packages with every wheel of each take some 10 MB. */
export const MAX_PYLOCK_BYTES: number = 32 * 1024 ** 2;
