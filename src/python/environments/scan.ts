// Scanning an environment without starting its Python: its folders are found by their layout (sysconfig's `venv`, `posix_prefix`
// and `nt` schemes), and what they hold is given as plain JSON values.

import { readdirSync, statSync, type Dirent } from "node:fs";
import { basename, join, sep } from "node:path";
import { namesIn } from "../../base/files/folder.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import type { RecordEntry } from "../../pep/files/record.ts";
import { readRecord } from "./installed-record.ts";
import { directUrlDocument } from "../../pep/files/direct-url.ts";
import { readEnvironment, type InstalledDistribution } from "./environment.ts";

/** What an environment holds: a plain JSON value. */
export interface EnvironmentScan {
  /** The folders that were read. */
  readonly sitePackages: readonly string[];
  /** By name, then version. */
  readonly distributions: readonly ScannedDistribution[];
  /** Names that are there more than once. */
  readonly duplicates: readonly string[];
  /** One sentence for each entry that was passed over. */
  readonly warnings: readonly string[];
}

export interface ScannedDistribution extends Pick<
  InstalledDistribution,
  "name" | "kind" | "directory" | "location"
> {
  readonly version: string;
  /** As `INSTALLER` has it (PEP 376); absent where it does not. */
  readonly installer?: string;
  readonly isRequested: boolean;
  /** The project's folder; absent where the distribution is not editable. */
  readonly editableLocation?: string;
  /** The document of `direct_url.json` (PEP 610); absent where the distribution came from an index. */
  readonly directUrl?: Readonly<Record<string, unknown>>;
}

/**
 * Reads what is installed below a path: an environment's folder, a site-packages folder, or the folder of `--target`. No Python is
 * started; 500 distributions take a few hundredths of a second.
 *
 * @throws environment/not-found where the path is not a folder
 */
export function scanEnvironment(path: string): EnvironmentScan {
  const sitePackages = sitePackagesBelow(path);
  const { distributions, duplicates, warnings } = readEnvironment(sitePackages);
  return { sitePackages, distributions: distributions.map(scanned), duplicates, warnings };
}

/**
 * The files of a distribution, as its RECORD lists them: paths are relative to its `location`, with `/`.
 *
 * @throws environment/no-record where there is no RECORD, or one that cannot be read
 */
export function readInstalledFiles({
  name,
  directory,
}: Pick<ScannedDistribution, "name" | "directory">): readonly RecordEntry[] {
  const path = join(directory, "RECORD");
  const refuse = (cause?: unknown): PinionError =>
    new PinionError("environment/no-record", `\`${name}\` has no readable RECORD: ${path}`, {
      details: { name, path },
      cause,
    });
  try {
    return readRecord(directory);
  } catch (cause) {
    if (!isPinionError(cause, "wheel/invalid") && systemCode(cause) === undefined) throw cause;
    throw refuse(cause);
  }
}

function scanned(distribution: InstalledDistribution): ScannedDistribution {
  const { name, version, kind, directory, location, eggLink } = distribution;
  const found = { name, version: version.text, kind, directory, location };
  // One look at the folder, instead of one for each file that may be in it.
  const files = kind === "dist-info" ? nameSetOf(directory) : undefined;
  const has = (file: string): boolean => files === undefined || files.has(file);
  const installer = has("INSTALLER") ? distribution.installer : undefined;
  const directUrl = has("direct_url.json") ? distribution.directUrl : undefined;
  const editableLocation =
    directUrl === undefined && eggLink === undefined ? undefined : distribution.editableLocation;
  return {
    ...found,
    isRequested: has("REQUESTED") && distribution.isRequested,
    ...(installer === undefined ? {} : { installer }),
    ...(editableLocation === undefined ? {} : { editableLocation }),
    ...(directUrl === undefined ? {} : { directUrl: directUrlDocument(directUrl) }),
  };
}

function nameSetOf(folder: string): ReadonlySet<string> | undefined {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return undefined;
  }
}

/** Both of `lib` and `lib64`; `readEnvironment` reads a folder under two names once. */
function sitePackagesBelow(path: string): readonly string[] {
  const entries = entriesOf(path);
  if (SITE_NAMES.has(basename(path)) || entries.some(({ name }) => DISTRIBUTION.test(name))) return [path];
  const found = entries
    .filter(({ name }) => LIBRARY_NAMES.has(name))
    .flatMap(({ name }) => sitePackagesIn(join(path, name)));
  return found.length > 0 ? found : [path];
}

function sitePackagesIn(library: string): readonly string[] {
  const pythons = namesIn(library)
    .filter((name) => PYTHON_FOLDER.test(name))
    .toSorted();
  return [library, ...pythons.map((name) => join(library, name))]
    .flatMap((folder) => [...SITE_NAMES].map((name) => folder + sep + name))
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true);
}

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    throw new PinionError("environment/not-found", `Cannot read an environment at: ${path}`, {
      details: { path, systemCode: systemCode(cause) },
      cause,
    });
  }
}

const SITE_NAMES: ReadonlySet<string> = new Set(["site-packages", "dist-packages"]);
const LIBRARY_NAMES: ReadonlySet<string> = new Set(["lib", "lib64", "Lib"]);
const PYTHON_FOLDER = /^(python|pypy)\d+(\.\d+)?t?$/;
const DISTRIBUTION = /\.(dist-info|egg-info|egg-link)$/;
