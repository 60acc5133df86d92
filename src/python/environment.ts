// What is installed in an environment, read from its folders alone (packaging.python.org "Recording installed
// projects", PEP 376, 610, 627, and setuptools' eggs). Synchronous: a command that has nothing to do ends with this.

import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PinionError, systemCode } from "../errors.ts";
import { parseDirectUrl, type DirectUrl } from "../pep/direct-url.ts";
import { parseMetadata, type Metadata } from "../pep/metadata.ts";
import { isValidName, normalizeName } from "../pep/name.ts";
import { parseWheelTags } from "../pep/wheel-file.ts";
import { compareVersions, tryParseVersion, type Version } from "../pep/version.ts";

/** A distribution that is installed. Everything but name and version is read when it is asked for. */
export interface InstalledDistribution {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  readonly kind: "dist-info" | "egg-info" | "egg-link";
  /** The `.dist-info` or `.egg-info`: a folder, but a file where distutils installed it. */
  readonly directory: string;
  /** The site-packages folder that it was found in. */
  readonly location: string;
  /** The `.egg-link` that points here, of that kind. */
  readonly eggLink: string | undefined;
  /** Who installed it, such as `pip`; undefined where nobody said. */
  readonly installer: string | undefined;
  /** Where it came from, if not from an index; undefined too where the file makes no sense. */
  readonly directUrl: DirectUrl | undefined;
  readonly isEditable: boolean;
  /** The project's folder, of an editable one. */
  readonly editableLocation: string | undefined;
  /** Whether a user asked for it, rather than another distribution. */
  readonly isRequested: boolean;
  /** The expanded tags of its wheel; undefined where there was none. */
  readonly wheelTags: readonly string[] | undefined;
  /** @throws PinionError `index/invalid-metadata` */
  metadata(): Metadata;
}

/** What is in an environment, and what was passed over. */
export interface InstalledDistributions {
  /** By name, then version. */
  readonly distributions: readonly InstalledDistribution[];
  /** Names that are there more than once. */
  readonly duplicates: readonly string[];
  /** One sentence per entry that makes no sense. */
  readonly warnings: readonly string[];
}

/** The distributions in the given site-packages folders, by name; {@link readEnvironment} tells more. */
export function listInstalled(sitePackages: readonly string[]): readonly InstalledDistribution[] {
  return readEnvironment(sitePackages).distributions;
}

/** Reads the given site-packages folders; those that are not there count as empty. */
export function readEnvironment(sitePackages: readonly string[]): InstalledDistributions {
  const warnings: string[] = [];
  const distributions = distinctFolders(sitePackages)
    .flatMap((folder) => readFolder(folder, warnings))
    .sort((a, b) => (a.name === b.name ? compareVersions(a.version, b.version) : a.name < b.name ? -1 : 1));
  const duplicates = distributions
    .filter(({ name }, index) => distributions[index - 1]?.name === name)
    .map(({ name }) => name);
  return { distributions, duplicates: [...new Set(duplicates)], warnings };
}

function readFolder(folder: string, warnings: string[]): InstalledDistribution[] {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== "ENOENT")
      warnings.push(`Cannot read the folder of installed packages: \`${folder}\``);
    return [];
  }
  const distributions: InstalledDistribution[] = [];
  for (const entry of entries) {
    const kind = KINDS.find((candidate) => entry.endsWith(`.${candidate}`));
    if (kind === undefined) continue;
    const stem = entry.slice(0, -kind.length - 1);
    const distribution = readEntry({ folder, entry, stem, kind });
    if (distribution === undefined)
      warnings.push(`Ignoring an invalid distribution: \`${join(folder, entry)}\``);
    else distributions.push(distribution);
  }
  return distributions;
}

interface Entry {
  readonly folder: string;
  readonly entry: string;
  /** The entry without its extension. */
  readonly stem: string;
  readonly kind: InstalledDistribution["kind"];
}

function readEntry({ folder, entry, stem, kind }: Entry): InstalledDistribution | undefined {
  const path = join(folder, entry);
  if (kind !== "egg-link")
    return describe({ kind, location: folder, directory: path, ...nameAndVersion(stem) });
  const target = eggLinkTarget(path);
  if (target === undefined) return undefined;
  // setuptools writes the folder with the name's dashes as underscores (pkg_resources.to_filename).
  const directory = join(target, `${stem.replaceAll("-", "_")}.egg-info`);
  return describe({ kind, location: folder, directory, eggLink: path, name: undefined, version: undefined });
}

interface Found {
  readonly kind: InstalledDistribution["kind"];
  readonly location: string;
  readonly directory: string;
  readonly eggLink?: string;
  /** As the entry's name has them; undefined where only the metadata tells. */
  readonly name: string | undefined;
  readonly version: Version | undefined;
}

function describe(found: Found): InstalledDistribution | undefined {
  const { kind, location, directory, eggLink } = found;
  const metadata = once(() => readMetadata(kind, directory));
  let { name, version } = found;
  if (name !== undefined && !isValidName(name)) return undefined;
  if (kind !== "dist-info" && version === undefined) {
    try {
      ({ name, version } = metadata());
    } catch {
      return undefined;
    }
  }
  if (name === undefined || version === undefined) return undefined;

  const directUrl = once(() => (kind === "dist-info" ? readDirectUrl(directory) : undefined));
  const installer = once(() => readSmallFile(join(directory, "INSTALLER"))?.trim() || undefined);
  const wheelTags = once(() => (kind === "dist-info" ? readWheelTags(directory) : undefined));
  const editableLocation = once(() =>
    eggLink === undefined ? editableFolder(directUrl()) : dirname(directory),
  );
  return {
    name: normalizeName(name),
    version,
    kind,
    directory,
    location,
    eggLink,
    get installer() {
      return installer();
    },
    get directUrl() {
      return directUrl();
    },
    get isEditable() {
      return editableLocation() !== undefined;
    },
    get editableLocation() {
      return editableLocation();
    },
    get isRequested() {
      return existsSync(join(directory, "REQUESTED"));
    },
    get wheelTags() {
      return wheelTags();
    },
    metadata,
  };
}

/** `foo-1.0` and `foo-1.0-py3.12`; a name that was written with dashes cannot be told from its version. */
function nameAndVersion(stem: string): { readonly name: string; readonly version: Version | undefined } {
  const [name = "", version] = stem.split("-", 2);
  return { name, version: version === undefined ? undefined : tryParseVersion(version) };
}

/** The first line that is not empty; relative paths are meant from the folder of the link, as pip takes them. */
function eggLinkTarget(path: string): string | undefined {
  const line = readSmallFile(path)
    ?.split(/\r?\n/)
    .map((text) => text.trim())
    .find((text) => text !== "");
  return line === undefined ? undefined : resolve(dirname(path), line);
}

function editableFolder(directUrl: DirectUrl | undefined): string | undefined {
  if (directUrl?.kind !== "directory" || directUrl.isEditable !== true) return undefined;
  try {
    return fileURLToPath(directUrl.url);
  } catch {
    return undefined;
  }
}

function readDirectUrl(directory: string): DirectUrl | undefined {
  const text = readSmallFile(join(directory, "direct_url.json"));
  if (text === undefined) return undefined;
  try {
    return parseDirectUrl(text);
  } catch {
    return undefined;
  }
}

function readWheelTags(directory: string): readonly string[] | undefined {
  const text = readSmallFile(join(directory, "WHEEL"));
  return text === undefined ? undefined : parseWheelTags(text);
}

function readMetadata(kind: InstalledDistribution["kind"], directory: string): Metadata {
  const file = kind === "dist-info" ? "METADATA" : "PKG-INFO";
  // distutils wrote the metadata into a file in place of the folder.
  const path = kind === "egg-info" && isFile(directory) ? directory : join(directory, file);
  try {
    // One read of everything costs less than finding out how long the header is.
    if (statSync(path).size > MAX_METADATA_LENGTH) throw new RangeError("too long");
    return parseMetadata(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof PinionError ? cause.message : "it cannot be read";
    throw new PinionError("index/invalid-metadata", `Failed to read metadata from \`${path}\`: ${reason}`, {
      details: { path },
      cause,
    });
  }
}

function readSmallFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const text = readFileSync(path, "utf8");
    return text.length > MAX_METADATA_LENGTH ? undefined : text;
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** purelib and platlib may be one folder under two names. */
function distinctFolders(folders: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return folders.filter((folder) => {
    let real = folder;
    try {
      real = realpathSync(folder);
    } catch {
      // A folder that is not there is told apart by its name.
    }
    const isNew = !seen.has(real);
    seen.add(real);
    return isNew;
  });
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

const KINDS = ["dist-info", "egg-info", "egg-link"] as const;

// Far above the longest description on PyPI.
const MAX_METADATA_LENGTH = 32 * 1024 * 1024;
