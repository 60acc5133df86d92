// One wheel as an installer sees it: which of its files goes where. Nothing is touched here, so that what must be refused
// is refused before anything changes. Binary distribution format, packaging.python.org.

import { isUtf8 } from "node:buffer";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { firstFew } from "../../base/text/first-few.ts";
import { parseWheelFile } from "../../pep/files/wheel-file.ts";
import { isPinionError, systemCode, type PinionError } from "../../errors.ts";
import { parseEntryPoints, type EntryPoint } from "../../pep/files/entry-points.ts";
import type { ManifestEntry, UnpackedWheel } from "../../store/store.ts";
import { GENERATED_FILES, isBelowGenerated } from "../../store/prepared-wheel.ts";
import { invalidWheel } from "../../store/unpacking/wheel-contents.ts";
import { damaged } from "../linking/linker.ts";
import { hasReservedComponent, headOfRepository, isOfRepository, isReservedName } from "../reserved-names.ts";
import { commandsOf, isActivationName, isInterpreterName } from "./scripts.ts";
import type { InstallTarget } from "../installation.ts";

/** Where the files of a wheel go. */
export interface WheelLayout {
  /** purelib or platlib: the folder that gets the `.dist-info`, to which the paths of RECORD are relative. */
  readonly site: string;
  /** Files that go as they are. */
  readonly files: readonly PlacedFile[];
  /** Files of `.data/scripts`, whose first line may have to be rewritten. */
  readonly scripts: readonly PlacedFile[];
  /** Launchers by command name. */
  readonly commands: ReadonlyMap<string, EntryPoint>;
  readonly warnings: readonly string[];
}

export interface PlacedFile {
  readonly entry: ManifestEntry;
  /** Absolute. */
  readonly destination: string;
}

/**
 * Decides where each file of a wheel goes.
 *
 * @param name of the project, normalised: the folder of its headers
 * @throws wheel/invalid, cache/damaged
 */
export function layOutWheel(wheel: UnpackedWheel, name: string, target: InstallTarget): WheelLayout {
  const { filename, distInfo, manifest } = wheel;
  const own = (file: string): string | undefined => readOwnFile(wheel, file, manifest);
  const { isPurelib, warnings } = readWheelFile(own("WHEEL"), filename);
  const site = isPurelib ? target.scheme.purelib : target.scheme.platlib;
  const dataFolder = `${distInfo.slice(0, -DIST_INFO.length)}.data/`;
  const { commands, reserved: reservedCommands } = layOutCommands(
    own("entry_points.txt") ?? "",
    filename,
    target,
  );
  const generated = new Set(GENERATED_FILES.map((file) => `${distInfo}/${file}`));
  const isGuarded = isSiteGuarded(site, target);
  const files: PlacedFile[] = [];
  const scripts: PlacedFile[] = [];
  const reserved = [...reservedCommands];
  const head = target.isFolder === true ? headOfRepository(manifest.map(({ path }) => path)) : undefined;
  if (head !== undefined) throw ofRepository(filename, head);
  for (const entry of manifest) {
    if (hasReservedComponent(entry.path))
      throw invalidWheel(filename, `its file \`${entry.path}\` belongs to the environment itself`);
    if (isBelowGenerated(entry.path, distInfo))
      throw invalidWheel(filename, `it has a folder where an installer writes a file: \`${entry.path}\``);
    if (isOfRepository(entry.path, target)) throw ofRepository(filename, entry.path);
    if (!entry.path.startsWith(dataFolder)) {
      const destination = `${site}/${entry.path}`;
      if (isGuarded) checkDestination(destination, target, filename);
      if (!generated.has(entry.path)) files.push({ entry, destination });
      continue;
    }
    const { isScript, destination } = spread(entry.path.slice(dataFolder.length), { target, name, filename });
    checkDestination(destination, target, filename);
    if (isOfDistribution(destination, target))
      throw invalidWheel(filename, `it brings a second distribution: \`${entry.path}\``);
    if (!isScript && isActivationScript(destination, target))
      throw invalidWheel(filename, `its file \`${entry.path}\` would replace an activation script`);
    if (!isScript) files.push({ entry, destination });
    else if (isActivationScript(destination, target)) reserved.push(lastComponent(destination));
    // The launcher of an entry point wins over a script of the same name, as in pip and uv.
    else if (!commands.has(lastComponent(destination))) scripts.push({ entry, destination });
  }
  if (manifest.some(({ path }) => path.startsWith(dataFolder))) {
    const launchers = [...commands.keys()].map((command) => `${target.scheme.scripts}/${command}`);
    checkDistinct([...files, ...scripts].map(({ destination }) => destination).concat(launchers), filename);
  }
  return {
    site,
    files,
    scripts,
    commands,
    warnings: [...warnings, ...reservedScripts(reserved, filename)],
  };
}

/** The launchers that a wheel gets by its `entry_points.txt`, and the names of those that it must not have. */
export interface WheelCommands {
  readonly commands: ReadonlyMap<string, EntryPoint>;
  readonly reserved: readonly string[];
}

/** Reads the text of `entry_points.txt`. @throws wheel/invalid */
export function layOutCommands(text: string, filename: string, target: InstallTarget): WheelCommands {
  const commands = new Map(commandsOf(readEntryPoints(text, filename), target, filename));
  const reserved = [...commands.keys()].filter((command) =>
    isActivationScript(`${target.scheme.scripts}/${command}`, target),
  );
  reserved.forEach((command) => commands.delete(command));
  return { commands, reserved };
}

/** The warnings about scripts and launchers that are left out. */
export function reservedScripts(scripts: readonly string[], filename: string): readonly string[] {
  return firstFew(
    scripts,
    (script) =>
      `The script name \`${script}\` is reserved for virtual environment activation scripts: \`${filename}\` is installed without it`,
    (count) => `\`${filename}\` is installed without ${count} more scripts of such names`,
  );
}

/** Where everything is in one folder (`--target`), any file could be one that the environment itself needs. */
export function isSiteGuarded(site: string, { root, scheme }: InstallTarget): boolean {
  return root === site || scheme.scripts.startsWith(`${site}/`);
}

/** Whether a file would replace a script that activates the environment. */
function isActivationScript(destination: string, { scheme, root }: InstallTarget): boolean {
  return (
    isActivationName(lastComponent(destination)) &&
    // Where names differ by case only, any spelling is the same folder.
    destination.toLowerCase().startsWith(`${scheme.scripts}/`.toLowerCase()) &&
    existsSync(join(root, "pyvenv.cfg"))
  );
}

/** Members of an archive have different names, but `.data` can bring two of them to one place. */
function checkDistinct(destinations: readonly string[], filename: string): void {
  const folded = process.platform === "linux" ? destinations : destinations.map((path) => path.toLowerCase());
  const seen = new Set<string>();
  for (const [index, path] of folded.entries()) {
    const twice = seen.has(path) ? destinations[index] : undefined;
    if (twice !== undefined)
      throw invalidWheel(filename, `two of its files would be installed as \`${lastComponent(twice)}\``);
    seen.add(path);
  }
  const folders = new Set<string>();
  for (const path of folded) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
      if (seen.has(folder))
        throw invalidWheel(filename, `it would install a file and a folder as \`${lastComponent(folder)}\``);
    }
  }
}

function readEntryPoints(text: string, filename: string): readonly EntryPoint[] {
  try {
    return parseEntryPoints(text);
  } catch (cause) {
    if (!isPinionError(cause, "wheel/invalid") || cause.details["filename"] !== undefined) throw cause;
    throw invalidWheel(
      filename,
      `its \`entry_points.txt\` cannot be read, line ${String(cause.details["line"])}`,
      cause,
    );
  }
}

interface SpreadContext {
  readonly target: InstallTarget;
  readonly name: string;
  readonly filename: string;
}

/** Where a file of the `.data` folder goes; `path` begins with the key of the scheme. */
function spread(
  path: string,
  { target, name, filename }: SpreadContext,
): { isScript: boolean; destination: string } {
  const separator = path.indexOf("/");
  const key = path.slice(0, separator);
  const rest = path.slice(separator + 1);
  const { scheme } = target;
  if (separator === -1)
    throw invalidWheel(filename, `its \`.data\` folder holds the file \`${path}\` itself`);
  switch (key) {
    case "purelib":
    case "platlib":
      return { isScript: false, destination: `${scheme[key]}/${rest}` };
    case "data":
      return { isScript: false, destination: `${scheme.data}/${rest}` };
    case "headers":
      return { isScript: false, destination: `${scheme.headers}/${name}/${rest}` };
    case "scripts":
      if (rest.includes("/")) throw invalidWheel(filename, `it has a folder among its scripts: \`${rest}\``);
      return { isScript: true, destination: `${scheme.scripts}/${rest}` };
    default:
      throw invalidWheel(filename, `its \`.data\` folder has an unknown part: \`${key}\``);
  }
}

/** Whether a file is where an environment's distributions are described, whichever part of `.data` leads to it. */
function isOfDistribution(destination: string, { scheme }: InstallTarget): boolean {
  // In an environment `lib64` is a link to `lib`, and where names differ by case only, any spelling is the same folder.
  const lib64 = `${scheme.data}/lib64/`.toLowerCase();
  const followed = (path: string): string => {
    const folded = path.toLowerCase();
    return folded.startsWith(lib64)
      ? `${scheme.data}/lib/`.toLowerCase() + folded.slice(lib64.length)
      : folded;
  };
  const path = followed(destination);
  return [scheme.purelib, scheme.platlib].some((folder) => {
    const site = followed(`${folder}/`);
    return path.startsWith(site) && DIST_INFO_PATH.test(path.slice(site.length));
  });
}

/** No wheel may replace the interpreter, the file that makes an environment, or our own lock and journal. */
function checkDestination(destination: string, { scheme, root }: InstallTarget, filename: string): void {
  const folder = destination.slice(0, destination.lastIndexOf("/")).toLowerCase();
  if (folder === scheme.scripts.toLowerCase() && isInterpreterName(lastComponent(destination))) {
    throw invalidWheel(filename, `its file \`${lastComponent(destination)}\` would replace the interpreter`);
  }
  if (!destination.startsWith(`${root}/`)) return;
  const top = destination.slice(root.length + 1).split("/", 1)[0] ?? "";
  if (isReservedName(top))
    throw invalidWheel(filename, `its file \`${top}\` belongs to the environment itself`);
}

function readWheelFile(
  text: string | undefined,
  filename: string,
): { isPurelib: boolean; warnings: readonly string[] } {
  if (text === undefined) throw invalidWheel(filename, "it has no WHEEL file");
  const { version, isPurelib } = parseOwn(filename, () => parseWheelFile(text));
  const [major, minor] = version;
  const isNewer = major === 1 && minor > 0;
  return {
    isPurelib,
    warnings: isNewer ? [`\`${filename}\` has the newer version ${major}.${minor} of the wheel format`] : [],
  };
}

/** Reads a file of the wheel's own; what is wrong with it is wrong with the wheel. */
function parseOwn<T>(filename: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!isPinionError(cause, "wheel/invalid")) throw cause;
    throw invalidWheel(filename, String(cause.details["reason"]), cause);
  }
}

/** A small file of the `.dist-info` folder; undefined where the wheel has none. */
function readOwnFile(
  wheel: UnpackedWheel,
  file: string,
  manifest: readonly ManifestEntry[],
): string | undefined {
  const path = `${wheel.distInfo}/${file}`;
  const entry = manifest.find((candidate) => candidate.path === path);
  if (entry === undefined) return undefined;
  if (entry.size > MAX_OWN_FILE_BYTES) throw invalidWheel(wheel.filename, `its \`${file}\` is too large`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(wheel.directory, path));
  } catch (error) {
    throw systemCode(error) === "ENOENT" ? damaged(wheel, error) : error;
  }
  if (!isUtf8(bytes)) throw invalidWheel(wheel.filename, `its \`${file}\` is not UTF-8`);
  return bytes.toString();
}

function ofRepository(filename: string, path: string): PinionError {
  return invalidWheel(filename, `its file \`${path}\` would be part of a Git repository`);
}

function lastComponent(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const DIST_INFO = ".dist-info";
const DIST_INFO_PATH = /^[^/]+\.(dist|egg)-info(\/|$)/;
/** Far above the largest known; a bound against files that only fill memory. */
const MAX_OWN_FILE_BYTES = 4 * 1024 ** 2;
