// Archives of wheels and source distributions in a folder: downloaded as they are where there are some, built otherwise.

import { copyFileSync, readFileSync, renameSync, rmSync } from "node:fs";
import { hash, randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { makeFolders } from "../base/make-folders.ts";
import type { Builder } from "../build/builder.ts";
import type { BuiltFile } from "../build/build-session.ts";
import { PinionError, systemCode } from "../errors.ts";
import { isBuildable, type DirectorySource, type SdistSource } from "../sources/source.ts";
import type { DownloadedFile } from "./download.ts";
import type { PlannedInstall } from "./plan/value.ts";

export interface BuildFilesOptions {
  readonly builder: Builder;
  /** Where the files go; made where it is missing. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/** Which archives of a project are made: the wheel from the source distribution, where both are. */
export type ProjectFormats = "both" | "sdist" | "wheel";

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
 * Builds the archives of a project's folder.
 *
 * @returns their paths, the source distribution first
 * @throws as {@link buildPlanned}
 */
export async function buildProject(
  directory: string,
  formats: ProjectFormats,
  { builder, folder, signal }: BuildFilesOptions,
): Promise<readonly string[]> {
  const tree: DirectorySource = {
    kind: "directory",
    url: pathToFileURL(resolve(directory)).href,
    isEditable: false,
  };
  if (formats === "wheel") return [place(await builder.file(tree, "wheel", { signal }), { folder }).path];
  const sdist = place(await builder.file(tree, "sdist", { signal }), { folder });
  if (formats === "sdist") return [sdist.path];
  const { path, filename, sha256 } = sdist;
  const source: SdistSource = { kind: "sdist", filename, url: pathToFileURL(path).href, hashes: { sha256 } };
  return [path, place(await builder.file(source, "wheel", { signal }), { folder }).path];
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
