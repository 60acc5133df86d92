// `pylock.toml` as a plain value (packaging.python.org "pylock.toml Specification", PEP 751): what is in the file, checked,
// with nothing resolved or selected. Strings stay strings, so that the value survives JSON and is written back unchanged.

import { isTomlTable } from "../../base/formats/toml-table.ts";
import { PinionError } from "../../errors.ts";
import { tryParseSdistFilename, tryParseWheelFilename } from "./filename.ts";
import {
  booleanAt,
  hashesAt,
  invalid,
  markerAt,
  markersAt,
  nameAt,
  namesAt,
  placeOf,
  required,
  sizeAt,
  specifiersAt,
  stringAt,
  tableAt,
  tablesAt,
  timeAt,
  versionAt,
  type PlacedTable,
} from "./pylock-fields.ts";
import { tryParseVersion } from "../versions/version.ts";

/** A lock file. */
export interface Pylock {
  /** `1.0`. */
  readonly lockVersion: string;
  /** The tool that wrote it. */
  readonly createdBy: string;
  /** Specifiers that the Python must satisfy. */
  readonly requiresPython?: string | undefined;
  /** Markers, one of which the environment must satisfy; absent means any environment. */
  readonly environments?: readonly string[] | undefined;
  /** The extras that can be chosen, normalized. */
  readonly extras?: readonly string[] | undefined;
  readonly dependencyGroups?: readonly string[] | undefined;
  /** The groups that are installed unless others are chosen. */
  readonly defaultGroups?: readonly string[] | undefined;
  readonly packages: readonly LockedPackage[];
  /** What tools keep in the file for themselves. */
  readonly tool?: TomlValues | undefined;
}

/** One package of a lock file; a name may occur more than once, with markers that exclude one another. */
export interface LockedPackage {
  /** Normalized. */
  readonly name: string;
  /** Absent where the version may change, as in a source tree. */
  readonly version?: string | undefined;
  /** The environments, extras and groups for which it is installed; absent means all. */
  readonly marker?: string | undefined;
  readonly requiresPython?: string | undefined;
  /** What other packages it needs, for information only: installers do not read it. */
  readonly dependencies?: readonly TomlValues[] | undefined;
  /** The URL of the index that the files come from. */
  readonly index?: string | undefined;
  readonly source: LockedSource;
  /** Publishers that may have attested the files (PEP 740), by kind. */
  readonly attestationIdentities?: readonly TomlValues[] | undefined;
  readonly tool?: TomlValues | undefined;
}

/** Where a package comes from. */
export type LockedSource =
  | {
      readonly kind: "files";
      readonly sdist?: LockedFile | undefined;
      readonly wheels?: readonly LockedFile[] | undefined;
    }
  | LockedArchive
  | LockedDirectory
  | LockedRepository;

/** A wheel or source distribution, from an index or a folder. */
export interface LockedFile extends LockedPlace {
  /** The file's name where the last part of `url` or `path` is another. */
  readonly name?: string | undefined;
  /** When it was uploaded: `2026-11-01T12:30:00Z`. */
  readonly uploadTime?: string | undefined;
  /** In bytes. */
  readonly size?: number | undefined;
  /** In lower-case hexadecimal by algorithm; at least one. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** An archive that a URL or a path names outright. */
export interface LockedArchive extends LockedPlace {
  readonly kind: "archive";
  readonly uploadTime?: string | undefined;
  readonly size?: number | undefined;
  readonly hashes: Readonly<Record<string, string>>;
  readonly subdirectory?: string | undefined;
}

/** A source tree. */
export interface LockedDirectory {
  readonly kind: "directory";
  /** Relative to the lock file's folder, or absolute. */
  readonly path: string;
  readonly isEditable?: boolean | undefined;
  readonly subdirectory?: string | undefined;
}

/** A commit of a repository. */
export interface LockedRepository extends LockedPlace {
  readonly kind: "vcs";
  /** `git`. */
  readonly type: string;
  readonly requestedRevision?: string | undefined;
  /** Of Git, the full hash: 40 or 64 hexadecimal digits. */
  readonly commitId: string;
  readonly subdirectory?: string | undefined;
}

/** At least one of the two is there; an installer may use either. */
export interface LockedPlace {
  readonly url?: string | undefined;
  /** Relative to the lock file's folder, or absolute. */
  readonly path?: string | undefined;
}

/** A table whose contents belong to another tool; they are kept as they are. */
export type TomlValues = Readonly<Record<string, unknown>>;

/**
 * Reads a lock file that was parsed from TOML.
 *
 * @param document the tables and values; nothing in it is trusted. Dates and times are `Date`s
 * @throws lock/invalid with the place in its details; lock/unsupported-version
 */
export function parsePylock(document: unknown): Pylock {
  if (!isTomlTable(document)) throw new PinionError("lock/invalid", "The document is not a table");
  const from: PlacedTable = { table: document, place: "" };
  const lockVersion = required(from, "lock-version", stringAt);
  const version = tryParseVersion(lockVersion) ?? invalid(from, "lock-version", "it is not a version");
  if (version.epoch !== 0 || version.release[0] !== SUPPORTED_MAJOR) {
    throw new PinionError(
      "lock/unsupported-version",
      `Version ${lockVersion} of the lock file format is not supported: only version ${SUPPORTED_MAJOR} is`,
      { details: { lockVersion }, hints: ["Write the lock file again with a tool that writes version 1"] },
    );
  }
  const packages = required(from, "packages", tablesAt);
  if (packages.length > MAX_PACKAGES) invalid(from, "packages", `there are more than ${MAX_PACKAGES}`);
  return {
    lockVersion,
    createdBy: required(from, "created-by", stringAt),
    requiresPython: specifiersAt(from, "requires-python"),
    environments: markersAt(from, "environments"),
    extras: namesAt(from, "extras"),
    dependencyGroups: namesAt(from, "dependency-groups"),
    defaultGroups: namesAt(from, "default-groups"),
    packages: packages.map(readPackage),
    tool: tableAt(from, "tool")?.table,
  };
}

/** The name of a locked file. It was checked when the file was read. */
export function lockedFilename({ name, path, url }: LockedFile): string {
  return name ?? lastPart(path ?? url ?? "") ?? "";
}

function readPackage(from: PlacedTable): LockedPackage {
  const name = required(from, "name", nameAt);
  const version = versionAt(from, "version");
  const identities = tablesAt(from, "attestation-identities");
  for (const identity of identities ?? []) required(identity, "kind", stringAt);
  return {
    name,
    version,
    marker: markerAt(from, "marker"),
    requiresPython: specifiersAt(from, "requires-python"),
    dependencies: tablesAt(from, "dependencies")?.map(({ table }) => table),
    index: stringAt(from, "index"),
    source: readSource(from, { name, version }),
    attestationIdentities: identities?.map(({ table }) => table),
    tool: tableAt(from, "tool")?.table,
  };
}

/** What a file's name must agree with. */
interface Identity {
  readonly name: string;
  readonly version: string | undefined;
}

function readSource(from: PlacedTable, identity: Identity): LockedSource {
  const archive = tableAt(from, "archive");
  const directory = tableAt(from, "directory");
  const vcs = tableAt(from, "vcs");
  const sdist = tableAt(from, "sdist");
  const wheels = tablesAt(from, "wheels");
  const outright = [archive, directory, vcs].filter((table) => table !== undefined);
  if (sdist !== undefined || wheels !== undefined) {
    if (outright.length > 0)
      invalid(from, "", "none of `archive`, `directory`, `vcs` may be there beside `sdist` or `wheels`");
    return {
      kind: "files",
      sdist: sdist === undefined ? undefined : readFile(sdist, { ...identity, kind: "sdist" }),
      wheels: wheels?.map((wheel) => readFile(wheel, { ...identity, kind: "wheel" })),
    };
  }
  if (outright.length !== 1)
    invalid(
      from,
      "",
      "exactly one of `archive`, `directory`, `vcs` must be there without `sdist` or `wheels`",
    );
  if (archive !== undefined) return readArchive(archive);
  return directory === undefined ? readRepository(vcs!) : readDirectory(directory);
}

function readFile(from: PlacedTable, identity: Identity & { readonly kind: "sdist" | "wheel" }): LockedFile {
  const file = {
    name: stringAt(from, "name"),
    ...readPlace(from),
    uploadTime: timeAt(from, "upload-time"),
    size: sizeAt(from, "size"),
    hashes: required(from, "hashes", hashesAt),
  };
  checkFilename(from, lockedFilename(file), identity);
  return file;
}

/** The name must follow its standard, and be one of the package and its version. */
function checkFilename(
  from: PlacedTable,
  filename: string,
  { kind, name, version }: Identity & { readonly kind: "sdist" | "wheel" },
): void {
  const parsed = kind === "wheel" ? tryParseWheelFilename(filename) : tryParseSdistFilename(filename);
  if (parsed === undefined)
    return invalid(
      from,
      "",
      `\`${filename}\` is not the name of a ${kind === "wheel" ? "wheel" : "source distribution"}`,
    );
  if (parsed.name !== name) invalid(from, "", `\`${filename}\` is not a file of \`${name}\``);
  if (version !== undefined && parsed.version.order !== tryParseVersion(version)?.order)
    invalid(from, "", `\`${filename}\` is not a file of version ${version}`);
}

function readArchive(from: PlacedTable): LockedArchive {
  return {
    kind: "archive",
    ...readPlace(from),
    size: sizeAt(from, "size"),
    uploadTime: timeAt(from, "upload-time"),
    subdirectory: stringAt(from, "subdirectory"),
    hashes: required(from, "hashes", hashesAt),
  };
}

function readDirectory(from: PlacedTable): LockedDirectory {
  return {
    kind: "directory",
    path: required(from, "path", stringAt),
    isEditable: booleanAt(from, "editable"),
    subdirectory: stringAt(from, "subdirectory"),
  };
}

function readRepository(from: PlacedTable): LockedRepository {
  const type = required(from, "type", stringAt);
  const commitId = required(from, "commit-id", stringAt);
  // A branch or tag would be another commit tomorrow.
  if (type === "git" && !GIT_COMMIT.test(commitId))
    invalid(from, "commit-id", "it is not the full hash of a commit, of 40 or 64 hexadecimal digits");
  return {
    kind: "vcs",
    type,
    ...readPlace(from),
    requestedRevision: stringAt(from, "requested-revision"),
    commitId,
    subdirectory: stringAt(from, "subdirectory"),
  };
}

function readPlace(from: PlacedTable): {
  readonly url: string | undefined;
  readonly path: string | undefined;
} {
  const url = stringAt(from, "url");
  const path = stringAt(from, "path");
  if (url === undefined && path === undefined)
    invalid(from, "", `\`${placeOf(from, "url")}\` or \`${placeOf(from, "path")}\` must be there`);
  return { url, path };
}

/** The last part of a path or of a URL's path, decoded once where it is a URL. */
function lastPart(text: string): string | undefined {
  const isUrl = /^[A-Za-z][A-Za-z0-9+.-]+:/.test(text);
  const path = isUrl ? (text.split(/[?#]/, 1)[0] ?? "") : text.replaceAll("\\", "/");
  const part = path.slice(path.lastIndexOf("/") + 1);
  if (!isUrl || !part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** SHA-1, or SHA-256 in repositories of that format. */
const GIT_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** Minor versions only add what an installer may pass over. */
const SUPPORTED_MAJOR = 1;
/** The largest locks have some thousand; so many are read and planned in a few tenths of a second. */
const MAX_PACKAGES = 20_000;
