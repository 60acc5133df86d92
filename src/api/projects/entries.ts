// The requirements that a project or a script declares, as entries like those of a requirements file.

import { isPinionError, PinionError } from "../../errors.ts";
import type { Declaration } from "../../pep/declaration.ts";
import type { ProjectRequirement } from "../../pep/project-table.ts";
import { formatRequirement } from "../../pep/requirement.ts";
import type { RequirementEntry } from "../../pep/requirement-entry.ts";
import { linesOfRequirements } from "./lines.ts";
import { withSource, type ProjectSources } from "./sources.ts";

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

/** @throws requirement/unsupported as {@link withSource} */
export function toEntries(
  requirements: readonly ProjectRequirement[],
  context: EntryContext,
): readonly RequirementEntry[] {
  const lines = linesOfRequirements(context.text);
  return requirements.map(({ written, requirement: stated, isDerived }): RequirementEntry => {
    const { path, declaredIn } = context;
    const { requirement, path: place, isEditable } = withSource(stated, context);
    const isAsWritten = requirement === stated && isDerived !== true;
    return {
      kind: isEditable === true ? "editable" : "requirement",
      file: path,
      line: lines.get(written.trim()) ?? 1,
      text: place ?? (isAsWritten ? written : formatRequirement(requirement)),
      requirement,
      extras: requirement.extras,
      hashes: [],
      configSettings: {},
      isConstraint: false,
      declaredIn,
    };
  });
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
