// The requirements that a project or a script declares, as entries like those of a requirements file.

import { isAbsolute, relative, resolve, sep } from "node:path";

import { isPinionError, PinionError } from "../../errors.ts";
import type { Declaration } from "../../pep/declaration.ts";
import type { ProjectRequirement } from "../../pep/project-table.ts";
import { literalPath } from "../../pep/requirements/literal-url.ts";
import { formatRequirement } from "../../pep/requirements/requirement.ts";
import type { RequirementEntry } from "../../pep/requirements/requirement-entry.ts";
import { linesOfRequirements } from "./lines.ts";
import { folderOfFile, withSources, type ProjectSources } from "../../sources/projects/project-sources.ts";

/** What entries are made with. */
export interface EntryContext {
  /** Of the whole file, for line numbers. */
  readonly text: string;
  readonly path: string;
  readonly declaredIn: Declaration | undefined;
  readonly sources: ProjectSources;
  /** What relative paths are relative to. */
  readonly directory: string;
}

/** @throws requirement/unsupported as {@link withSources} */
export function toEntries(
  requirements: readonly ProjectRequirement[],
  context: EntryContext,
): readonly RequirementEntry[] {
  const lines = linesOfRequirements(context.text);
  const { path, declaredIn, sources } = context;
  const all = withSources(
    requirements.map(({ requirement }) => requirement),
    sources,
    path,
  );
  const sourced = requirements.flatMap(({ requirement, ...rest }, index) =>
    (all[index] ?? []).map((found) => ({ ...rest, stated: requirement, found })),
  );
  return sourced.map(({ written, stated, isDerived, found }): RequirementEntry => {
    const { requirement, path: place, isEditable, index } = found;
    const isAsWritten = requirement === stated && isDerived !== true;
    return {
      kind: isEditable === true ? "editable" : "requirement",
      file: path,
      line: lines.get(written.trim()) ?? 1,
      text:
        (place === undefined
          ? undefined
          : literalPath(shown(place, context), { isEditable: isEditable === true })) ??
        (isAsWritten ? written : formatRequirement(requirement)),
      requirement,
      extras: requirement.extras,
      hashes: [],
      configSettings: {},
      isConstraint: false,
      declaredIn,
      index,
      isOfMetadata: true,
      ...(isEditable === undefined ? {} : { isSourcedPath: true }),
    };
  });
}

/** A path as it is written, where that leads to the same folder from the working directory; uv writes it in any case. */
function shown(path: string, { path: file, directory }: EntryContext): string {
  const folder = resolve(folderOfFile(file, directory), path);
  if (isAbsolute(path) || resolve(directory, path) === folder) return path;
  const way = relative(directory, folder).split(sep).join("/");
  return isAbsolute(way) || way.startsWith("../") || way === ".." ? way : `./${way}`;
}

/** Names the file in what is wrong with a part of it. */
export function placing<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    throw new PinionError(error.code, `Failed to parse: ${path}`, {
      details: { ...error.details, file: path },
      cause: error,
    });
  }
}
