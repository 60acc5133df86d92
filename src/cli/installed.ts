// What the commands that look at an environment share: reading it, and leaving some of it out.

import { resolve } from "node:path";
import { isPinionError } from "../errors.ts";
import { hasUnfinishedChange } from "../install/journal/state-folder.ts";
import { normalizeName } from "../pep/name.ts";
import { readEnvironment, type InstalledDistribution } from "../python/environments/environment.ts";
import { placeOf, sitePackagesOf, targetOf, type Destination } from "../api/destination.ts";
import { hasOption, listOption, type CommandContext } from "./grammar/command.ts";
import { conflictingArguments } from "../settings/values/invalid-argument.ts";
import { warnOfProblems } from "./warn-of-problems.ts";
import { findDestination } from "./requests/find-destination.ts";
import { findProblemsInTurns } from "../inspect/problems.ts";

export interface Looked {
  readonly destination: Destination;
  /** Without what `--exclude…` and `--editable` leave out; sorted by name, then version. */
  readonly distributions: readonly InstalledDistribution[];
  /** All that is there, in the same order: what is left out of a list still meets what others need. */
  readonly all: readonly InstalledDistribution[];
}

/** Reads the environment that a command is about. */
export async function lookAtInstalled(context: CommandContext): Promise<Looked> {
  if (hasOption(context, "editable") && hasOption(context, "excludeEditable")) {
    throw conflictingArguments("--editable", "--exclude-editable");
  }
  const destination = await findDestination(context, "look");
  const paths = listOption(context, "path").map((path) => resolve(context.cwd, path));
  if (paths.length === 0) await recoverOrWarn(destination, context);
  const excluded = new Set(listOption(context, "exclude").map(normalizeName));
  const found = readEnvironment(paths.length > 0 ? paths : sitePackagesOf(destination));
  for (const warning of found.warnings) context.output.warn(warning);
  const distributions = found.distributions
    .filter(({ name }) => !excluded.has(name))
    .filter(({ isEditable }) =>
      isEditable ? !hasOption(context, "excludeEditable") : !hasOption(context, "editable"),
    );
  return { destination, distributions, all: found.distributions };
}

/** An interrupted change is finished or taken back first, so that what is shown is whole. */
async function recoverOrWarn(destination: Destination, { output, signal }: CommandContext): Promise<void> {
  if (!hasUnfinishedChange(placeOf(destination))) return;
  const { lockDestination } = await import("../api/change-environment.ts");
  try {
    const lock = await lockDestination(destination, {
      signal,
      onEvent: (event) => {
        if (event.kind === "warning") output.warn(event.message);
        else if (event.kind === "waiting") output.status(event.message);
      },
    });
    lock.release();
  } catch (error) {
    if (!isPinionError(error) || error.code === "net/cancelled") throw error;
    output.warn(
      `A change of the environment was interrupted and cannot be completed now, so this may show a part of it: ${error.message}`,
    );
  }
}

/** Tells what `--strict` warns of in the whole environment, where it was given. */
export async function warnIfStrict(context: CommandContext, { destination, all }: Looked): Promise<void> {
  if (!context.settings.get("strict")) return;
  warnOfProblems(await findProblemsInTurns(all, targetOf(destination), context.signal), context);
}
