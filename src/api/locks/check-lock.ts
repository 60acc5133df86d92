// Whether the packages that a lock file selects for a target fit together, without an environment: their metadata is read
// from the files that the lock names.

import { findProblemsInTurns, type CheckedDistribution, type Problem } from "../../inspect/problems.ts";
import type { Target } from "../../pep/tags/tags.ts";
import { tryParseWheelFilename } from "../../pep/files/filename.ts";
import type { ChangePlan } from "../plan/value.ts";
import { readPlannedMetadata, type MetadataTools } from "../planned-metadata.ts";

/** What was checked, and what is wrong: a plain JSON value. */
export interface LockCheck {
  readonly packages: number;
  /** By the names of the packages. */
  readonly problems: readonly Problem[];
}

export interface CheckTools extends MetadataTools {
  readonly target: Target;
}

/** Checks what a plan from a lock file would install. @throws index/invalid-metadata, build/…, net/…, tls/… */
export async function checkLocked(
  { install }: Pick<ChangePlan, "install">,
  tools: CheckTools,
): Promise<LockCheck> {
  const distributions = await Promise.all(
    install.map(async (planned): Promise<CheckedDistribution> => {
      const metadata = await readPlannedMetadata(planned, tools);
      const { source } = planned;
      const tags = "filename" in source ? tryParseWheelFilename(source.filename)?.tags : undefined;
      return {
        name: planned.name,
        version: metadata.version,
        directory: source.url,
        wheelTags: tags,
        metadata: () => metadata,
      };
    }),
  );
  const problems = await findProblemsInTurns(distributions, tools.target, tools.signal);
  return { packages: install.length, problems };
}
