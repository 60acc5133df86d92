// Reads what a requirement names as a file: a path, `-` or an http(s) URL; bounded, and not another tool's format.

import { isAbsolute, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Turns } from "../../base/work/turns.ts";
import { systemReason } from "../../base/text/system-reasons.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import { isRemoteFile } from "../../pep/requirements/remote-requirements.ts";
import { redactUrl } from "../../net/url.ts";
import { readLocalFile } from "./read-local-file.ts";

export interface InputReader {
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For others, while many lines are read. */
  readonly turns?: Turns | undefined;
  /** The text of `-`. */
  readonly readInput: () => Promise<string>;
  /** @param isNamedByNetwork whether a file that came over the network names the URL */
  readonly fetch: (url: string, isNamedByNetwork: boolean) => Promise<string>;
}

export async function readTextFile(path: string, reader: InputReader): Promise<string> {
  const found = await readFileOrUrl(path, reader);
  if (found === undefined) throw fileNotFound(path);
  return typeof found === "string" ? found : new TextDecoder().decode(found);
}

export async function readFileOrUrl(
  path: string,
  { directory, fetch }: InputReader,
): Promise<string | Uint8Array | undefined> {
  if (isRemoteFile(path)) return await fetch(path, false);
  try {
    return await readLocalFile(/^file:/i.test(path) ? fileURLToPath(path) : resolve(directory, path), path);
  } catch (error) {
    if (isPinionError(error)) throw error;
    if (systemCode(error) === "ENOENT") return undefined;
    const reason = systemReason(systemCode(error) ?? "unknown reason");
    throw new PinionError(
      "requirement/file-not-found",
      `Cannot read the requirements file \`${path}\`: ${reason}`,
      {
        details: { file: path, reason },
      },
    );
  }
}

/**
 * Reads a file that another one includes; what is wrong with it is worded as uv words it.
 *
 * @param isInFolder the outermost file is one of the working folder, so that uv shows whole paths
 * @throws requirement/file-not-found, net/…, tls/…
 */
export async function readIncludedFile(
  path: string,
  reader: InputReader,
  { includedBy, isInFolder }: { readonly includedBy: string; readonly isInFolder: boolean },
): Promise<string | Uint8Array> {
  if (isRemoteFile(path)) {
    try {
      return await reader.fetch(path, isRemoteFile(includedBy));
    } catch (error) {
      if (!isPinionError(error, "net/http-status")) throw error;
      const message = `Error while accessing remote requirements file: ${redactUrl(path)}`;
      throw new PinionError("requirement/file-not-found", message, { details: error.details, cause: error });
    }
  }
  const found = await readFileOrUrl(path, reader);
  if (found !== undefined) return found;
  const isWhole = !isInFolder || isAbsolute(path);
  const shown = /^file:/i.test(path)
    ? fileURLToPath(path)
    : isWhole
      ? path
      : `${reader.directory}${sep}${path}`;
  throw new PinionError(
    "requirement/file-not-found",
    `failed to read from file \`${shown}\`: No such file or directory (os error 2)`,
    { details: { file: path } },
  );
}

/** Refuses what is named as another tool's file: only requirements may be in files of projects and scripts. */
export function refuseOtherFormats(path: string, role: "requirements" | "constraints" | "overrides"): void {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  if (/^environment\.ya?ml$/.test(name)) {
    throw new PinionError(
      "requirement/unsupported",
      `Conda environment files (i.e., \`${name}\`) are not supported`,
      { details: { file: path } },
    );
  }
  const isLock = /^pylock(\..*)?\.toml$/.test(name);
  if (!OTHER_FORMATS.has(name) && !name.endsWith(".toml")) return;
  if (role === "requirements" && !isLock)
    throw new PinionError(
      "requirement/unsupported",
      `\`${path}\` is not a valid PEP 751 filename: expected \`pylock.toml\` or \`pylock.<name>.toml\`, where \`<name>\` is non-empty and contains no dots`,
      { details: { file: path } },
    );
  if (role === "requirements")
    throw new PinionError(
      "requirement/unsupported",
      `Cannot read requirements from \`${path}\`: only requirements files are read`,
      { details: { file: path }, hints: ["List the requirements in a `requirements.txt`"] },
    );
  const format = OTHER_FORMATS.has(name) ? `\`${name}\`` : isLock ? "`pylock.toml`" : "TOML";
  throw new PinionError(
    "requirement/unsupported",
    `The file \`${path}\` appears to be a ${format} file, but ${role} must be specified in \`requirements.txt\` format`,
    { details: { file: path } },
  );
}

/** A file that was named by itself; what is named as a script or without an extension is just opened by uv. */
export function fileNotFound(path: string): PinionError {
  return new PinionError(
    "requirement/file-not-found",
    isOpened(path)
      ? `failed to read from file \`${path}\`: No such file or directory (os error 2)`
      : `File not found: ${path}`,
    {
      details: { file: path },
    },
  );
}

function isOpened(path: string): boolean {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return name !== "setup.py" && (!name.includes(".") || name.endsWith(".py"));
}

const OTHER_FORMATS: ReadonlySet<string> = new Set(["pyproject.toml", "setup.py", "setup.cfg"]);
