// From what people write (requirements, addresses, paths, files of them) to requirements with their origin.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { redactText } from "../net/url.ts";
import type { Requirement } from "../pep/requirement.ts";
import {
  loadRequirementsTxt,
  type RequirementEntry,
  type RequirementsFile,
  type RequirementsKind,
  type RequirementsOptions,
} from "../pep/requirements-txt.ts";
import { makeSpecifierSet } from "../pep/specifier.ts";
import { parseDirectWheel, type DirectWheel } from "../registry/direct.ts";

/** One thing to install, or to narrow by, as it was given. */
export type RequirementInput =
  | { readonly kind: "text"; readonly text: string }
  /** A path, an http(s) address, or `-` for the text that `readInput` gives. */
  | { readonly kind: "file"; readonly path: string };

export interface RequestedRequirement {
  readonly requirement: Requirement;
  /** The wheel that an address or a path names outright. */
  readonly direct: DirectWheel | undefined;
  /** `sha256:…` each; empty where nobody stated one. */
  readonly hashes: readonly string[];
  /** The text as it was written, and where. */
  readonly text: string;
  readonly origin: string;
}

export interface Inputs {
  readonly requirements: readonly RequestedRequirement[];
  readonly constraints: readonly RequestedRequirement[];
  readonly overrides: readonly RequestedRequirement[];
  /** The options of all files, in the order of the files. */
  readonly options: readonly RequirementsOptions[];
  readonly warnings: readonly string[];
}

export interface InputSources {
  readonly requirements: readonly RequirementInput[];
  readonly constraints: readonly RequirementInput[];
  readonly overrides: readonly RequirementInput[];
}

export interface InputReader {
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of `-`. */
  readonly readInput: () => Promise<string>;
  readonly fetch: (url: string) => Promise<string>;
}

/**
 * Reads everything that was asked for.
 *
 * @throws requirement/invalid, requirement/invalid-file, requirement/file-not-found, requirement/unsupported,
 * build/unsupported, wheel/invalid-filename, net/…
 */
export async function readInputs(sources: InputSources, reader: InputReader): Promise<Inputs> {
  const requirements = await readAll(sources.requirements, "requirements", reader);
  const constraints = await readAll(sources.constraints, "constraints", reader);
  const overrides = await readAll(sources.overrides, "requirements", reader);
  const files = [...requirements, ...constraints, ...overrides];
  const requested = (entries: readonly RequirementEntry[]): readonly RequestedRequirement[] =>
    entries.map((entry) => toRequested(entry, reader.directory));
  return {
    requirements: requested(requirements.flatMap((file) => file.entries)),
    constraints: requested([...requirements, ...constraints].flatMap((file) => file.constraints)),
    overrides: requested(overrides.flatMap((file) => file.entries)),
    options: files.map((file) => file.options),
    warnings: files.flatMap((file) => file.warnings),
  };
}

async function readAll(
  inputs: readonly RequirementInput[],
  kind: RequirementsKind,
  reader: InputReader,
): Promise<readonly RequirementsFile[]> {
  const files: RequirementsFile[] = [];
  for (const input of inputs) {
    files.push(
      input.kind === "text"
        ? await readText(input.text, kind)
        : await readRequirementsFile(input.path, kind, reader),
    );
  }
  return files;
}

/** One requirement of the command line or of a program: a line that must hold nothing else. */
async function readText(text: string, kind: RequirementsKind): Promise<RequirementsFile> {
  const message = `Failed to parse: \`${redactText(text)}\``;
  if (text.startsWith("-") || /[\r\n]/.test(text)) {
    throw new PinionError("requirement/invalid", message, { details: { text: redactText(text) } });
  }
  try {
    return await loadRequirementsTxt(text, { file: COMMAND_LINE, kind });
  } catch (error) {
    if (!isPinionError(error, "requirement/invalid-file")) throw error;
    throw new PinionError("requirement/invalid", message, {
      details: { text: redactText(text) },
      cause: error.cause ?? error,
    });
  }
}

async function readRequirementsFile(
  path: string,
  kind: RequirementsKind,
  reader: InputReader,
): Promise<RequirementsFile> {
  refuseOtherFormats(path);
  const text = path === "-" ? await reader.readInput() : await readFileOrUrl(path, reader);
  if (text === undefined) {
    throw new PinionError("requirement/file-not-found", `File not found: \`${path}\``, {
      details: { file: path },
    });
  }
  const file = await loadRequirementsTxt(text, {
    file: path,
    kind,
    env: reader.env,
    read: (included) => readFileOrUrl(included, reader),
  });
  const empty = kind === "requirements" && isEmpty(file) ? [emptyWarning(path)] : [];
  return { ...file, warnings: [...file.warnings, ...ignoredOptions(file, path), ...empty] };
}

/** Options that pip takes from a file, and Pinion, like uv, from nobody but the person who runs it, or not at all. */
function ignoredOptions({ options }: RequirementsFile, path: string): readonly string[] {
  const { trustedHosts, features, allReleases, onlyFinal, preferBinary } = options;
  const warn = (file: string, option: string, hint = ""): string =>
    `Ignoring unsupported option in \`${file}\`: \`${option}\`${hint}`;
  return [
    ...trustedHosts.map(({ file }) =>
      warn(file, "--trusted-host", " (hint: pass `--trusted-host` on the command line instead)"),
    ),
    ...features.map(({ file }) => warn(file, "--use-feature")),
    ...allReleases.map(({ file }) => warn(file, "--all-releases")),
    ...onlyFinal.map(({ file }) => warn(file, "--only-final")),
    ...(preferBinary ? [warn(path, "--prefer-binary")] : []),
  ];
}

/** Neither requirements nor anything else that a file may say. */
function isEmpty({ entries, constraints, options }: RequirementsFile): boolean {
  const saysNothing = Object.values(options).every(
    (value: unknown) =>
      value === undefined || value === false || (Array.isArray(value) && value.length === 0),
  );
  return entries.length === 0 && constraints.length === 0 && saysNothing;
}

function emptyWarning(path: string): string {
  return path === "-"
    ? "No dependencies found in stdin"
    : `Requirements file \`${path}\` does not contain any dependencies`;
}

async function readFileOrUrl(
  path: string,
  { directory, fetch }: InputReader,
): Promise<string | Uint8Array | undefined> {
  if (/^https?:\/\//i.test(path)) return await fetch(path);
  try {
    return readFileSync(/^file:/i.test(path) ? new URL(path) : resolve(directory, path));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new PinionError("requirement/file-not-found", `Cannot read the requirements file: \`${path}\``, {
      details: { file: path },
      cause: error,
    });
  }
}

function refuseOtherFormats(path: string): void {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  if (/^environment\.ya?ml$/.test(name)) {
    throw new PinionError(
      "requirement/unsupported",
      `Conda environment files (i.e., \`${name}\`) are not supported`,
      { details: { file: path } },
    );
  }
  if (!OTHER_FORMATS.has(name) && !/^pylock(\..*)?\.toml$/.test(name)) return;
  throw new PinionError(
    "requirement/unsupported",
    `Cannot read requirements from \`${path}\`: only requirements files are read`,
    {
      details: { file: path },
      hints: ["List the requirements in a `requirements.txt`"],
    },
  );
}

function toRequested(entry: RequirementEntry, directory: string): RequestedRequirement {
  const origin = entry.file === COMMAND_LINE ? COMMAND_LINE : `${entry.file}:${entry.line}`;
  if (entry.kind === "editable") throw editableRefused(entry.text, origin);
  const { requirement, location, text, hashes } = entry;
  if (requirement !== undefined) {
    const direct =
      requirement.url === undefined ? undefined : parseDirectWheel(requirement.url, { directory });
    if (direct !== undefined && direct.filename.name !== requirement.name)
      throw otherName(requirement, direct);
    return { requirement, direct, hashes, text, origin };
  }
  const direct = parseDirectWheel(location ?? text, { directory });
  const extras = [...entry.extras];
  const { name } = direct.filename;
  return {
    requirement: {
      name,
      writtenName: name,
      extras,
      writtenExtras: extras,
      specifiers: makeSpecifierSet([]),
      url: direct.url,
      marker: entry.marker,
    },
    direct,
    hashes,
    text,
    origin,
  };
}

/** The refusal of `-e`, on the command line or in a file. */
export function editableRefused(text: string, origin: string = COMMAND_LINE): PinionError {
  return new PinionError(
    "requirement/unsupported",
    `Cannot install \`${text}\` as editable: it would have to be built from source`,
    {
      details: { text, origin },
      hints: ["Pinion installs wheels; build one with `python -m build --wheel` and name it instead"],
    },
  );
}

function otherName(requirement: Requirement, direct: DirectWheel): PinionError {
  return new PinionError(
    "wheel/invalid",
    `\`${requirement.name}\` is asked for at an address that holds \`${direct.filename.name}\`: \`${direct.url}\``,
    {
      details: { expected: requirement.name, found: direct.filename.name, url: direct.url },
    },
  );
}

const COMMAND_LINE = "the command line";

const OTHER_FORMATS: ReadonlySet<string> = new Set(["pyproject.toml", "setup.py", "setup.cfg"]);
