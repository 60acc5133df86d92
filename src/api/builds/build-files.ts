// Archives of wheels and source distributions in a folder: downloaded as they are where there are some, built otherwise.

import { copyFileSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { hash, randomBytes } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { makeFolders } from "../../base/make-folders.ts";
import type { Builder } from "../../build/builder.ts";
import type { BuiltFile } from "../../build/build-session.ts";
import { PinionError, systemCode } from "../../errors.ts";
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
      return place(built, { name, version, folder });
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

/**
 * Builds the archives of a project.
 *
 * @returns their paths, the source distribution first
 * @throws as {@link buildPlanned}
 */
export async function buildProject(
  project: DirectorySource | SdistSource,
  formats: ProjectFormats,
  { builder, folder, signal }: BuildFilesOptions,
): Promise<readonly string[]> {
  const build = async (
    source: DirectorySource | SdistSource,
    format: "sdist" | "wheel",
  ): Promise<DownloadedFile> =>
    place(await builder.file(source, format, { signal, isRequestedBuild: true }), { folder });
  if (formats === "wheel") return [(await build(project, "wheel")).path];
  const sdist = await build(project, "sdist");
  if (formats === "sdist") return [sdist.path];
  if (formats === "separate") return [sdist.path, (await build(project, "wheel")).path];
  const { path, filename, sha256 } = sdist;
  const source: SdistSource = { kind: "sdist", filename, url: pathToFileURL(path).href, hashes: { sha256 } };
  return [path, (await build(source, "wheel")).path];
}

/** Copies a file beside its place and renames it: what is there is whole. */
function place(
  { path: built, filename }: BuiltFile,
  {
    folder,
    name = "",
    version = "",
  }: { readonly folder: string; readonly name?: string; readonly version?: string },
): DownloadedFile {
  const path = join(folder, filename);
  const partial = join(folder, `.${filename}.${randomBytes(4).toString("hex")}.part`);
  try {
    makeFolders(folder);
    copyFileSync(built, partial);
    const sha256 = hash("sha256", readFileSync(partial), "hex");
    renameSync(partial, path);
    return { name, version, filename, path, sha256, isNew: true };
  } catch (cause) {
    rmSync(partial, { force: true });
    if (systemCode(cause) === undefined) throw cause;
    throw new PinionError("environment/unwritable", `Cannot write into: \`${folder}\``, {
      details: { path: folder, systemCode: systemCode(cause) },
      cause,
    });
  }
}
