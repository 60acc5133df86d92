// uv's `--no-editable` and `--no-editable-package`: projects that `-e` names are installed as others are.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { attempt } from "../../base/work/attempt.ts";
import type { RequestedRequirement } from "../../sources/requested.ts";
import type { DirectorySource } from "../../sources/source.ts";

/** Takes `-e` from the requirements of the chosen projects: normalized names, or all. */
export async function ignoreEditable(
  requirements: readonly RequestedRequirement[],
  chosen: "all" | readonly string[],
): Promise<readonly RequestedRequirement[]> {
  if (chosen.length === 0) return requirements;
  const nameOf = chosen === "all" ? undefined : await nameReader();
  return requirements.map((requested) => {
    const { source } = requested;
    if (source?.kind !== "directory" || !source.isEditable) return requested;
    const isChosen =
      chosen === "all" ||
      chosen.includes(requested.kind === "named" ? requested.requirement.name : (nameOf?.(source) ?? ""));
    return isChosen ? withSource(requested, { ...source, isEditable: false }) : requested;
  });
}

function withSource(requested: RequestedRequirement, source: DirectorySource): RequestedRequirement {
  return requested.kind === "named" ? { ...requested, source } : { ...requested, source };
}

/** By what the project's files say; loaded only where names are chosen. */
async function nameReader(): Promise<(source: DirectorySource) => string | undefined> {
  const [{ readSourceTree }, { statedName }] = await Promise.all([
    import("../../build/backend/build-system.ts"),
    import("../../build/trees/static-metadata.ts"),
  ]);
  return ({ url, subdirectory = "" }) =>
    attempt(() => statedName(readSourceTree(join(fileURLToPath(url), subdirectory))));
}
