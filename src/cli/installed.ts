// What the commands that look at an environment share: reading it, and leaving some of it out.

import { PinionError } from "../errors.ts";
import { normalizeName } from "../pep/name.ts";
import { listInstalled, type InstalledDistribution } from "../python/environment.ts";
import { sitePackagesOf, targetOf, type Destination } from "../api/destination.ts";
import { hasOption, listOption, type CommandContext } from "./command.ts";
import { findDestination } from "./find-destination.ts";
import { findProblems, formatProblem } from "../inspect/problems.ts";

export interface Looked {
  readonly destination: Destination;
  /** Sorted by name, then version. */
  readonly distributions: readonly InstalledDistribution[];
}

/** Reads the environment that a command is about, without what `--exclude…` and `--editable` leave out. */
export async function lookAtInstalled(context: CommandContext): Promise<Looked> {
  if (hasOption(context, "editable") && hasOption(context, "excludeEditable")) {
    throw new PinionError(
      "usage/invalid-argument",
      "the argument '--editable' cannot be used with '--exclude-editable'\n\nFor more information, try '--help'.",
    );
  }
  const destination = await findDestination(context, "look");
  const paths = listOption(context, "path");
  const excluded = new Set(listOption(context, "exclude").map(normalizeName));
  const distributions = listInstalled(paths.length > 0 ? paths : sitePackagesOf(destination))
    .filter(({ name }) => !excluded.has(name))
    .filter(({ isEditable }) =>
      isEditable ? !hasOption(context, "excludeEditable") : !hasOption(context, "editable"),
    );
  return { destination, distributions };
}

/** Tells what `--strict` warns of, where it was given. */
export function warnIfStrict(context: CommandContext, { destination, distributions }: Looked): void {
  if (!hasOption(context, "strict")) return;
  for (const problem of findProblems(distributions, targetOf(destination)))
    context.output.warn(formatProblem(problem));
}
