// The requirements of projects that only a build backend knows: `dynamic` dependencies, a setup.py. The backend gives
// the metadata of the project, as for any local folder.

import { isPinionError, PinionError } from "../../errors.ts";
import { projectRequirements, requirementsOfMetadata } from "../../pep/project-table.ts";
import { chosenExtras, namedExtras, type ExtraChoice } from "../../sources/projects/extra-choice.ts";
import type { Inputs, RequestedRequirement, UnreadProject } from "../../sources/requested.ts";
import type { StatedIndex } from "../../sources/projects/project-statements.ts";
import type { SourceBuilder } from "../../sources/source-builder.ts";
import { toEntries } from "./entries.ts";
import { needsBuild } from "./read.ts";
import { toPlaced } from "../inputs/to-requested.ts";

/** What projects are read with. */
export interface ProjectTools {
  /** Undefined without a Python to build with. */
  readonly builder: SourceBuilder | undefined;
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Adds the requirements of the projects that were not read yet.
 *
 * @throws build/…, requirement/invalid for an extra that no project has
 */
export async function withBuiltProjects(inputs: Inputs, tools: ProjectTools): Promise<Inputs> {
  const { unread, ...read } = inputs;
  if (unread === undefined) return inputs;
  const known = new Set(unread.knownExtras);
  const added: RequestedRequirement[] = [];
  const statedIndexes = [...(inputs.statedIndexes ?? [])];
  for (const project of unread.projects) {
    const { requirements, extras, stated } = await readBuilt(project, unread, tools);
    statedIndexes.push(...stated);
    for (const requirement of requirements) added.push(requirement);
    for (const extra of extras) known.add(extra);
  }
  refuseUnknownExtras(namedExtras(unread), known);
  return { ...read, requirements: [...read.requirements, ...added], statedIndexes };
}

/** @throws requirement/invalid */
export function refuseUnknownExtras(extras: readonly string[], known: ReadonlySet<string>): void {
  const missing = [...new Set(extras)].filter((extra) => !known.has(extra)).toSorted();
  if (missing.length === 0) return;
  throw new PinionError(
    "requirement/invalid",
    `Requested extra${missing.length === 1 ? "" : "s"} not found: ${missing.join(", ")}`,
    { details: { missing, available: [...known] } },
  );
}

async function readBuilt(
  { path, text, reason, source, sources }: UnreadProject,
  choice: ExtraChoice,
  { builder, directory, signal }: ProjectTools,
): Promise<{
  readonly requirements: readonly RequestedRequirement[];
  readonly extras: readonly string[];
  readonly stated: readonly StatedIndex[];
}> {
  if (builder === undefined) throw needsBuild(path, reason);
  const { metadata, statedIndexes: stated = [] } = await builder
    .metadata(source, { signal })
    .catch((error: unknown) => {
      throw asOfProjectFile(error, path);
    });
  const project = requirementsOfMetadata(metadata);
  const chosen = chosenExtras(project.extras.keys(), choice);
  const entries = toEntries(projectRequirements(project, chosen), {
    text,
    path,
    declaredIn: { kind: "project", path, project: project.name },
    sources,
    directory,
  });
  return {
    requirements: entries.map((entry) => toPlaced(entry, directory)),
    extras: [...project.extras.keys()],
    stated,
  };
}

/** Without such a project nothing is known of what is requested, as where a requirements file cannot be read. */
function asOfProjectFile(error: unknown, path: string): unknown {
  if (!isPinionError(error)) return error;
  // What it states is not a matter of its build, as in uv.
  if (error.code === "build/invalid-project" && isPinionError(error.cause))
    return asOfProjectFile(error.cause, path);
  const { code, message, hints, cause, details } = error;
  return new PinionError(code, message, { details: { ...details, projectFile: path }, hints, cause });
}
