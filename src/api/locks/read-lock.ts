// Reads a lock file from a path or a URL.

import { resolve } from "node:path";

import { readSmallFile } from "../../base/files/small-file.ts";
import { PinionError, isPinionError, systemCode } from "../../errors.ts";
import {
  MAX_PYLOCK_BYTES,
  isPylockName,
  packageLines,
  pylockTooLarge,
  readPylock,
} from "../../lock/read-pylock.ts";
import { redactUrl } from "../../net/url.ts";
import { isRemoteFile } from "../../pep/requirements/remote-requirements.ts";
import { folderOfLock, type LockFile } from "../plan/from-lock.ts";

export interface LockReader {
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly fetch: (url: string) => Promise<{ text(): Promise<string> }>;
}

/** @throws requirement/file-not-found, lock/invalid, lock/unsupported-version, lock/too-large, net/…, tls/… */
export async function readLockFile(file: string, { directory, fetch }: LockReader): Promise<LockFile> {
  if (isRemoteFile(file)) {
    const shown = redactUrl(file);
    return toLockFile(await (await fetch(file)).text(), { file: shown, folder: undefined });
  }
  return toLockFile(readBytes(file, directory), { file, folder: folderOfLock(file, directory) });
}

function toLockFile(
  contents: string | Uint8Array,
  { file, folder }: Pick<LockFile, "file" | "folder">,
): LockFile {
  const lock = parseLock(contents, file);
  return { lock, file, folder, lines: packageLines(contents, lock.packages.length) };
}

/** A requirements file that was locked is read by `-r`, and not here: its name says so before its contents do. */
function parseLock(contents: string | Uint8Array, file: string): LockFile["lock"] {
  try {
    return readPylock(contents, { file });
  } catch (error) {
    if (!isPinionError(error, "lock/invalid") || isPylockName(file)) throw error;
    const { details, hints } = error;
    throw new PinionError(
      "lock/invalid",
      `Only \`pylock.toml\` files (PEP 751) can be read as lock files here, and \`${file}\` is not one`,
      { details, hints, cause: error },
    );
  }
}

function readBytes(file: string, directory: string): Uint8Array {
  try {
    const read = readSmallFile(resolve(directory, file), MAX_PYLOCK_BYTES);
    if (read.kind === "read") return read.bytes;
    if (read.kind === "too-large") throw pylockTooLarge(file, read.size);
    throw new PinionError("requirement/file-not-found", `The lock file \`${file}\` is not a regular file`, {
      details: { file },
    });
  } catch (cause) {
    if (isPinionError(cause)) throw cause;
    const isMissing = systemCode(cause) === "ENOENT";
    throw new PinionError(
      "requirement/file-not-found",
      isMissing ? `File not found: ${file}` : `Cannot read the lock file: ${file}`,
      { details: { file }, ...(isMissing ? {} : { cause }) },
    );
  }
}
