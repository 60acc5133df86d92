// Archives of wheels and source distributions in a folder: downloaded as they are where there are some, built otherwise.

import { renameSync, rmSync, statSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { piecesOfFile } from "../../base/files/file-pieces.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { tomlTable } from "../../base/formats/toml-table.ts";
import { Turns } from "../../base/work/turns.ts";
import type { Builder } from "../../build/builder.ts";
import type { BuiltFile } from "../../build/backend/build-session.ts";
import { pyprojectOf } from "../../build/backend/build-system.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import { tryParseSdistFilename, tryParseWheelFilename } from "../../pep/files/filename.ts";
import { readProjectGroups } from "../../sources/projects/project-groups.ts";
import { copyLocalWheel } from "../../sources/fetching/local-file.ts";
import { isBuildable, type DirectorySource, type SdistSource } from "../../sources/source.ts";
import type { DownloadedFile } from "../download.ts";
import type { PlannedInstall } from "../plan/value.ts";

export interface BuildFilesOptions {
  readonly builder: Builder;
  /** Where the files go; made where it is missing. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/** Which archives of a project are made; for `both` the wheel is built from the source distribution. */
export type ProjectFormats = "both" | "separate" | "sdist" | "wheel";

/**
 * Builds the wheel of each planned distribution that has none.
 *
 * @throws build/…, environment/unwritable, and as `Installer.plan`
 */
export async function buildPlanned(
  planned: readonly PlannedInstall[],
  { builder, folder, signal }: BuildFilesOptions,
): Promise<readonly DownloadedFile[]> {
  return await Promise.all(
    planned.map(async ({ name, version, source, hashes, configSettings }) => {
      if (!isBuildable(source)) throw new Error(`\`${name}\` has a wheel`);
      const built = await builder.file(source, "wheel", { hashes, configSettings, signal });
      return await place(built, { name, version, folder, signal });
    }),
  );
}

/**
 * What a path names for `build`: a project's folder, or the archive of a source distribution.
 *
 * @throws usage/invalid-argument for an archive, where more than its wheel is requested
 */
export function projectSource(path: string, formats: ProjectFormats): DirectorySource | SdistSource {
  const absolute = resolve(path);
  const url = pathToFileURL(absolute).href;
  if (statSync(absolute, { throwIfNoEntry: false })?.isFile() !== true)
    return { kind: "directory", url, isEditable: false };
  if (formats === "wheel") return { kind: "sdist", filename: basename(absolute), url, hashes: {} };
  throw new PinionError(
    "usage/invalid-argument",
    `Only a wheel can be built from a source distribution: \`${path}\``,
    { details: { path } },
  );
}

/** A project that is built, as one of several where it has a name. */
export interface ProjectToBuild {
  readonly source: DirectorySource | SdistSource;
  readonly formats: ProjectFormats;
  readonly project: string | undefined;
}

/**
 * Builds the archives of a project.
 *
 * @returns their paths, the source distribution first
 * @throws as {@link buildPlanned}
 */
export async function buildProject(
  { source: given, formats, project }: ProjectToBuild,
  { builder, folder, isOutputShown, signal }: BuildFilesOptions & { readonly isOutputShown: boolean },
): Promise<readonly string[]> {
  const path = fileURLToPath(given.url);
  const subject = project === undefined ? path : `${project} @ ${path}`;
  const build = async (
    source: DirectorySource | SdistSource,
    format: "sdist" | "wheel",
  ): Promise<DownloadedFile> => {
    const requested = { subject, project, isFromSdist: source.kind === "sdist", isOutputShown };
    return await place(await builder.file(source, format, { signal, requested }), { folder, signal });
  };
  try {
    if (given.kind === "directory") refuseInvalidGroups(path);
    if (formats === "wheel") return [(await build(given, "wheel")).path];
    const sdist = await build(given, "sdist");
    if (formats === "sdist") return [sdist.path];
    if (formats === "separate") return [sdist.path, (await build(given, "wheel")).path];
    const { path: sdistPath, filename, sha256 } = sdist;
    const url = pathToFileURL(sdistPath).href;
    const wheel = await build({ kind: "sdist", filename, url, hashes: { sha256 } }, "wheel");
    checkSameRelease(filename, wheel.filename);
    return [sdistPath, wheel.path];
  } catch (error) {
    throw aboutProject(error, subject);
  }
}

/** As in uv, a project is not built whose dependency groups cannot be read, which its build has no use for. */
function refuseInvalidGroups(folder: string): void {
  const pyproject = pyprojectOf(folder);
  const name = tomlTable(pyproject, "project")?.["name"];
  if (typeof name === "string") readProjectGroups(pyproject, { project: name, folder: "" });
}

/** Every failure says first which project could not be built, as in uv. */
function aboutProject(error: unknown, subject: string): unknown {
  if (!isPinionError(error) || error.code === "net/cancelled") return error;
  if (error.details["subject"] === subject) return error;
  return new PinionError(error.code, `Failed to build \`${subject}\``, {
    details: { ...error.details, subject },
    hints: error.hints,
    cause: error,
  });
}

/** A backend may describe another project once the source distribution is unpacked. */
function checkSameRelease(sdistFilename: string, wheelFilename: string): void {
  const sdist = tryParseSdistFilename(sdistFilename);
  const wheel = tryParseWheelFilename(wheelFilename);
  if (sdist === undefined || wheel === undefined) return;
  const [field, declared, found] =
    sdist.name === wheel.name
      ? ["version", sdist.version.text, wheel.version.text]
      : ["name", sdist.name, wheel.name];
  if (field === "version" && sdist.version.order === wheel.version.order) return;
  throw new PinionError(
    "build/failed",
    `The source distribution declares ${field} ${declared}, but the wheel declares ${field} ${found}`,
    { details: { field, declared, found } },
  );
}

/** Copies a file beside its place and renames it: what is there is whole. */
async function place(
  { path: built, filename }: BuiltFile,
  {
    folder,
    name = "",
    version = "",
    signal,
  }: Pick<BuildFilesOptions, "folder" | "signal"> & { readonly name?: string; readonly version?: string },
): Promise<DownloadedFile> {
  const path = join(folder, filename);
  const partial = join(folder, `.${filename}.${randomBytes(4).toString("hex")}.part`);
  try {
    makeFolders(folder);
    await copyLocalWheel(built, partial, signal);
    const hash = createHash("sha256");
    for await (const piece of piecesOfFile(partial, new Turns(signal))) hash.update(piece);
    const sha256 = hash.digest("hex");
    renameSync(partial, path);
    return { name, version, filename, path, sha256, isNew: true };
  } catch (cause) {
    rmSync(partial, { force: true });
    if (isPinionError(cause) || systemCode(cause) === undefined) throw cause;
    throw new PinionError("environment/unwritable", `Cannot write into: \`${folder}\``, {
      details: { path: folder, systemCode: systemCode(cause) },
      cause,
    });
  }
}
