// uv's `[tool.uv.sources]`, which replaces where a project's requirement comes from.

import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { tomlTable, isTomlTable } from "../../base/toml-table.ts";
import { PinionError } from "../../errors.ts";
import { normalizeName } from "../../pep/name.ts";
import { parseRequirement, type Requirement } from "../../pep/requirement.ts";

/** What `[tool.uv.sources]` says, by normalized name. */
export type ProjectSources = ReadonlyMap<string, unknown>;

/** A requirement with the source that its project has for it. */
export interface SourcedRequirement {
  readonly requirement: Requirement;
  /** The path as it is written, where the source is one: what a lock file names. */
  readonly path?: string;
  readonly isEditable?: boolean;
}

/**
 * The sources of a project; passing one over could install a namesake.
 *
 * @param ignored the projects whose sources do not count, or all
 */
export function sourcesOf(document: unknown, ignored: "all" | readonly string[]): ProjectSources {
  const sources = isTomlTable(document) ? tomlTable(document, "tool", "uv", "sources") : undefined;
  if (ignored === "all" || sources === undefined) return new Map();
  const named = Object.entries(sources).map(([name, source]) => [normalizeName(name), source] as const);
  return new Map(named.filter(([name]) => !ignored.includes(name)));
}

/** @throws requirement/unsupported for a source that is not a URL, a path or a repository */
export function withSource(
  requirement: Requirement,
  {
    path: file,
    sources,
    directory,
  }: { readonly path: string; readonly sources: ProjectSources; readonly directory: string },
): SourcedRequirement {
  const source = sources.get(requirement.name);
  if (source === undefined) return { requirement };
  const place = isTomlTable(source) ? placeOf(source, folderOfFile(file, directory)) : undefined;
  if (place === undefined) {
    throw new PinionError(
      "requirement/unsupported",
      `The source of \`${requirement.name}\` in \`tool.uv.sources\` of \`${file}\` is not supported`,
      {
        details: { file, name: requirement.name },
        hints: [{ kind: "skip-project-sources" }],
      },
    );
  }
  const { url, ...rest } = place;
  const specifiers = parseRequirement(requirement.name).specifiers;
  return { requirement: { ...requirement, url, specifiers }, ...rest };
}

/** The folder of a project's file, which is named by a path or a `file:` URL. */
export function folderOfFile(path: string, directory: string): string {
  return dirname(/^file:/i.test(path) ? fileURLToPath(path) : resolve(directory, path));
}

function placeOf(
  source: Readonly<Record<string, unknown>>,
  folder: string,
): (Omit<SourcedRequirement, "requirement"> & { readonly url: string }) | undefined {
  const { url, path, git, rev, tag, branch, subdirectory, editable, marker, extra, group } = source;
  if ([marker, extra, group].some((value) => value !== undefined)) return undefined;
  const fragment = typeof subdirectory === "string" ? `#subdirectory=${subdirectory}` : "";
  if (typeof url === "string") return { url: `${url}${fragment}` };
  if (typeof path === "string")
    return {
      url: `${pathToFileURL(resolve(folder, path)).href}${fragment}`,
      path,
      isEditable: editable === true,
    };
  if (typeof git !== "string") return undefined;
  const reference = [rev, tag, branch].find((value) => typeof value === "string");
  return { url: `git+${git}${reference === undefined ? "" : `@${reference}`}${fragment}` };
}
