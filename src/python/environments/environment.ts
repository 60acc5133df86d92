// What is installed in an environment, read only from its folders (packaging.python.org "Recording installed
// projects", PEP 376, 610, 627, and setuptools' eggs). Synchronous: a command that has nothing to do ends with this.

import { closeSync, constants, existsSync, openSync, readSync, readdirSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { compareText } from "../../base/values/compare-text.ts";
import { FirstFew } from "../../base/text/first-few.ts";
import { isFile, isFolder, realPathOf } from "../../base/files/folder.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import { parseFolderState, type FolderState } from "../../pep/folder-state.ts";
import { parseDirectUrl, type DirectUrl } from "../../pep/files/direct-url.ts";
import { readRequiresDist } from "../../pep/metadata/core-metadata-fields.ts";
import { parseMetadata, type Metadata } from "../../pep/metadata/metadata.ts";
import { isValidName, normalizeName } from "../../pep/name.ts";
import {
  createRequirementReader,
  isForExtra,
  type RequirementReader,
} from "../../pep/requirements/requirement-reader.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import { parseWheelFile } from "../../pep/files/wheel-file.ts";
import { compareVersions, tryParseVersion, type Version } from "../../pep/versions/version.ts";
import { isTooLarge, EnvironmentRoom } from "./environment-room.ts";

/** A distribution that is installed. Everything but name and version is read on first use. */
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
  /** Who installed it, such as `pip`; undefined where it is not recorded. */
  readonly installer: string | undefined;
  /** Where it came from, if not from an index; undefined too where the file makes no sense. */
  readonly directUrl: DirectUrl | undefined;
  readonly isEditable: boolean;
  /** What the folder that it came from was like; undefined where that is not recorded. */
  readonly folderState: FolderState | undefined;
  /** The project's folder, of an editable one. */
  readonly editableLocation: string | undefined;
  /** Whether a user asked for it, rather than another distribution. */
  readonly isRequested: boolean;
  /** The expanded tags of its wheel; undefined where there was none, or one that states none. */
  readonly wheelTags: readonly string[] | undefined;
  /** Whether it should have a `WHEEL` file and has none, or one that cannot be understood. */
  readonly hasUnreadableWheelFile: boolean;
  /** @throws PinionError `index/invalid-metadata` */
  metadata(): Metadata;
  /**
   * Only the `requiresDist` of its metadata, without a look at the rest; equal markers are one object.
   *
   * @throws PinionError `index/invalid-metadata`
   */
  requirements(): readonly Requirement[];
  /**
   * The same, without those that concern only extras.
   *
   * @throws PinionError `index/invalid-metadata`
   */
  requirementsWithoutExtras(): readonly Requirement[];
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

/** The distributions in the given site-packages folders, by name; {@link readEnvironment} gives more. */
export function listInstalled(sitePackages: readonly string[]): readonly InstalledDistribution[] {
  return readEnvironment(sitePackages).distributions;
}

/** Reads the given site-packages folders; those that are not there count as empty. */
export function readEnvironment(sitePackages: readonly string[]): InstalledDistributions {
  const warnings: string[] = [];
  const invalid = new FirstFew((count) => `Ignoring ${count} more invalid distributions`);
  const room = new EnvironmentRoom();
  const files: MetadataFiles = { room, readRequirements: createRequirementsOf(room) };
  const distributions = distinctFolders(sitePackages)
    .flatMap((folder) => readFolder(folder, { warnings, invalid, files }))
    .sort((a, b) => compareText(a.name, b.name) || compareVersions(a.version, b.version));
  const duplicates = distributions
    .filter(({ name }, index) => distributions[index - 1]?.name === name)
    .map(({ name }) => name);
  return { distributions, duplicates: [...new Set(duplicates)], warnings: [...warnings, ...invalid] };
}

interface Reading {
  readonly warnings: string[];
  readonly invalid: FirstFew;
  readonly files: MetadataFiles;
}

/** What the distributions of one environment are read by. */
interface MetadataFiles {
  readonly room: EnvironmentRoom;
  readonly readRequirements: RequirementsOf;
}

function readFolder(folder: string, { warnings, invalid, files }: Reading): InstalledDistribution[] {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== "ENOENT")
      warnings.push(`Cannot read the folder of installed packages: ${folder}`);
    return [];
  }
  const distributions: InstalledDistribution[] = [];
  for (const entry of entries) {
    const kind = KINDS.find((candidate) => entry.endsWith(`.${candidate}`));
    if (kind === undefined || !mayBe(kind, folder + sep + entry)) continue;
    const stem = entry.slice(0, -kind.length - 1);
    const distribution = readEntry({ folder, entry, stem, kind }, files);
    if (distribution === undefined) {
      // pip renames a folder so while it removes it, and leaves it where it is killed.
      invalid.add(() =>
        entry.startsWith("~")
          ? `Ignoring dangling temporary directory: ${join(folder, entry)}`
          : `Ignoring an invalid distribution: \`${join(folder, entry)}\``,
      );
    } else distributions.push(distribution);
  }
  return distributions;
}

/** As uv: a `.dist-info` is a folder, and a link that leads nowhere is not a distribution. */
function mayBe(kind: InstalledDistribution["kind"], path: string): boolean {
  // The kinds that `readdir` can tell as well would keep a run from being remembered.
  return kind === "dist-info" ? isFolder(path) : kind === "egg-link" || existsSync(path);
}

interface Entry {
  readonly folder: string;
  readonly entry: string;
  /** The entry without its extension. */
  readonly stem: string;
  readonly kind: InstalledDistribution["kind"];
}

function readEntry(
  { folder, entry, stem, kind }: Entry,
  files: MetadataFiles,
): InstalledDistribution | undefined {
  const path = folder + sep + entry;
  if (kind !== "egg-link")
    return describe({ kind, location: folder, directory: path, ...nameAndVersion(stem) }, files);
  const target = eggLinkTarget(path, files.room);
  if (target === undefined) return undefined;
  // setuptools writes the folder with the name's dashes as underscores (pkg_resources.to_filename).
  const directory = join(target, `${stem.replaceAll("-", "_")}.egg-info`);
  return describe(
    { kind, location: folder, directory, eggLink: path, name: undefined, version: undefined },
    files,
  );
}

interface Found {
  readonly kind: InstalledDistribution["kind"];
  readonly location: string;
  readonly directory: string;
  readonly eggLink?: string;
  /** As the entry's name has them; undefined where only the metadata has it. */
  readonly name: string | undefined;
  readonly version: Version | undefined;
}

function describe(found: Found, files: MetadataFiles): InstalledDistribution | undefined {
  const { kind, directory } = found;
  let { name, version } = found;
  if (name !== undefined && !isValidName(name)) return undefined;
  if (kind !== "dist-info" && version === undefined) {
    try {
      ({ name, version } = readMetadata(kind, directory, files.room));
    } catch (error) {
      if (isTooLarge(error)) throw error;
      return undefined;
    }
  }
  if (name === undefined || version === undefined) return undefined;
  return new FoundDistribution(found, { name: normalizeName(name), version }, files);
}

// A class and not an object of closures: a hundred of them are made before anything else is done.
class FoundDistribution implements InstalledDistribution {
  readonly name: string;
  readonly version: Version;
  readonly kind: InstalledDistribution["kind"];
  readonly directory: string;
  readonly location: string;
  readonly eggLink: string | undefined;
  readonly #files: MetadataFiles;
  #installer: Known<string | undefined>;
  #directUrl: Known<DirectUrl | undefined>;
  #editableLocation: Known<string | undefined>;
  #wheelFile: Known<InstalledWheelFile>;
  #metadata: Known<Metadata>;
  #requirements: Known<readonly Requirement[]>;
  #withoutExtras: Known<readonly Requirement[]>;

  constructor(found: Found, known: Named, files: MetadataFiles) {
    this.name = known.name;
    this.version = known.version;
    this.kind = found.kind;
    this.directory = found.directory;
    this.location = found.location;
    this.eggLink = found.eggLink;
    this.#files = files;
  }

  get installer(): string | undefined {
    const read = (): string | undefined =>
      readOptional(join(this.directory, "INSTALLER"), this.#files.room)?.trim() || undefined;
    return (this.#installer ??= { value: read() }).value;
  }

  get directUrl(): DirectUrl | undefined {
    const read = (): DirectUrl | undefined =>
      this.kind === "dist-info" ? readDirectUrl(this.directory, this.#files.room) : undefined;
    return (this.#directUrl ??= { value: read() }).value;
  }

  get isEditable(): boolean {
    return this.editableLocation !== undefined;
  }

  get editableLocation(): string | undefined {
    const find = (): string | undefined =>
      this.eggLink === undefined ? editableFolder(this.directUrl) : dirname(this.directory);
    return (this.#editableLocation ??= { value: find() }).value;
  }

  get folderState(): FolderState | undefined {
    const text = readOptional(join(this.directory, "uv_cache.json"), this.#files.room);
    return text === undefined ? undefined : parseFolderState(text);
  }

  get isRequested(): boolean {
    return existsSync(join(this.directory, "REQUESTED"));
  }

  get wheelTags(): readonly string[] | undefined {
    const { tags } = this.#readWheelFile();
    return tags.length === 0 ? undefined : tags;
  }

  get hasUnreadableWheelFile(): boolean {
    return !this.#readWheelFile().isSound;
  }

  metadata(): Metadata {
    return (this.#metadata ??= { value: readMetadata(this.kind, this.directory, this.#files.room) }).value;
  }

  requirements(): readonly Requirement[] {
    return (this.#requirements ??= { value: this.#read("all") }).value;
  }

  requirementsWithoutExtras(): readonly Requirement[] {
    return (this.#requirements ?? (this.#withoutExtras ??= { value: this.#read("without-extras") })).value;
  }

  #readWheelFile(): InstalledWheelFile {
    const read = (): InstalledWheelFile =>
      this.kind === "dist-info"
        ? readWheelFile(this.directory, this.#files.room)
        : { tags: [], isSound: true };
    return (this.#wheelFile ??= { value: read() }).value;
  }

  #read(wanted: Wanted): readonly Requirement[] {
    const quick =
      this.kind === "dist-info"
        ? this.#files.readRequirements(this.directory + sep + "METADATA", wanted)
        : undefined;
    return quick ?? this.metadata().requiresDist;
  }
}

/** What was read already. */
type Known<T> = { readonly value: T } | undefined;

interface Named {
  readonly name: string;
  readonly version: Version;
}

/** `foo-1.0` and `foo-1.0-py3.12`; a name that was written with dashes cannot be separated from its version. */
function nameAndVersion(stem: string): { readonly name: string; readonly version: Version | undefined } {
  const [name = "", version] = stem.split("-", 2);
  return { name, version: version === undefined ? undefined : tryParseVersion(version) };
}

/** The first line that is not empty; relative paths are meant from the folder of the link, as pip takes them. */
function eggLinkTarget(path: string, room: EnvironmentRoom): string | undefined {
  const line = readOptional(path, room)
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

function readDirectUrl(directory: string, room: EnvironmentRoom): DirectUrl | undefined {
  const text = readOptional(join(directory, "direct_url.json"), room);
  if (text === undefined) return undefined;
  try {
    return parseDirectUrl(text);
  } catch {
    return undefined;
  }
}

interface InstalledWheelFile {
  readonly tags: readonly string[];
  readonly isSound: boolean;
}

function readWheelFile(directory: string, room: EnvironmentRoom): InstalledWheelFile {
  const text = readOptional(join(directory, "WHEEL"), room);
  if (text === undefined) return { tags: [], isSound: false };
  try {
    return { tags: parseWheelFile(text).tags, isSound: true };
  } catch (error) {
    if (!isPinionError(error, "wheel/invalid")) throw error;
    return { tags: [], isSound: false };
  }
}

function readMetadata(
  kind: InstalledDistribution["kind"],
  directory: string,
  room: EnvironmentRoom,
): Metadata {
  const file = kind === "dist-info" ? "METADATA" : "PKG-INFO";
  // distutils wrote the metadata into a file in place of the folder.
  const path = kind === "egg-info" && isFile(directory) ? directory : join(directory, file);
  try {
    const metadata = parseMetadata(room.header(path));
    room.takeRequirements(
      metadata.headers.flatMap(([name, value]) => (name.toLowerCase() === "requires-dist" ? [value] : [])),
    );
    return metadata;
  } catch (cause) {
    if (isTooLarge(cause)) throw cause;
    const reason = cause instanceof PinionError ? cause.message : "it cannot be read";
    throw new PinionError("index/invalid-metadata", `Failed to read metadata from \`${path}\`: ${reason}`, {
      details: { path, isInstalled: true },
      cause,
    });
  }
}

/** The requirements of a METADATA file; undefined where only reading it as a whole gives them. */
type RequirementsOf = (path: string, wanted: Wanted) => readonly Requirement[] | undefined;

type Wanted = "all" | "without-extras";

/** Reads the heads of many files: most of METADATA is a description, which is not needed. */
function createRequirementsOf(room: EnvironmentRoom): RequirementsOf {
  let buffer: Buffer | undefined;
  let read: RequirementReader | undefined;
  return (path, wanted) => {
    buffer ??= Buffer.allocUnsafeSlow(HEAD_BYTES);
    read ??= createRequirementReader();
    const head = readHead(path, buffer);
    if (head === undefined) return undefined;
    room.take(head.length);
    const texts = readRequiresDist(head);
    room.takeRequirements(texts);
    try {
      return (wanted === "all" ? texts : texts.filter((text) => !isForExtra(text))).map(read);
    } catch {
      // Reading the whole file reports it.
      return undefined;
    }
  };
}

/** The text up to the first empty line, where that is near enough. */
function readHead(path: string, buffer: Buffer): string | undefined {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const bytes = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, 0));
      const end = EMPTY_LINES.map((line) => bytes.indexOf(line)).filter((at) => at !== -1);
      return end.length === 0 ? undefined : bytes.toString("utf8", 0, Math.min(...end));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** The text of a file of metadata; undefined where it is missing, unreadable or too long. @throws environment/too-large */
function readOptional(path: string, room: EnvironmentRoom): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return room.file(path);
  } catch (error) {
    if (isTooLarge(error)) throw error;
    return undefined;
  }
}

/** purelib and platlib may be one folder under two names. */
function distinctFolders(folders: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return folders.filter((folder) => {
    // A folder that is not there is recognised by its name.
    const real = realPathOf(folder) ?? folder;
    const isNew = !seen.has(real);
    seen.add(real);
    return isNew;
  });
}

const KINDS = ["dist-info", "egg-info", "egg-link"] as const;

// Nine of ten headers on PyPI are shorter than 4 KiB.
const HEAD_BYTES = 16 * 1024;
const EMPTY_LINES = ["\n\n", "\n\r\n"] as const;
