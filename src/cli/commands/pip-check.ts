// `pinion pip check`: whether what is installed fits together.

import { targetOf, type Destination } from "../../api/destination.ts";
import type { Target } from "../../pep/tags.ts";
import { didLine } from "../changes.ts";
import { nowMs } from "../clock.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { findTarget, namesTarget, tellDestination } from "../find-destination.ts";
import { lookAtInstalled } from "../installed.ts";
import { findProblems, formatProblem } from "../../inspect/problems.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const started = nowMs();
  const { destination, distributions } = await lookAtInstalled(context);
  tellDestination(destination, context);
  const problems = findProblems(distributions, await wantedTarget(destination, context));
  const milliseconds = nowMs() - started;
  const checked = { count: distributions.length, noun: "package", milliseconds, tellsNone: true };
  output.status(didLine("Checked", checked, output));
  if (output.isJson)
    output.json({
      packages: distributions.length,
      problems: problems.map((problem) => ({ ...problem, message: formatProblem(problem) })),
    });
  if (problems.length === 0) {
    output.status("All installed packages are compatible");
    return 0;
  }
  output.status(
    problems.length === 1 ? "Found 1 incompatibility" : `Found ${problems.length} incompatibilities`,
  );
  for (const problem of problems) output.status(formatProblem(problem));
  return 1;
}

/** `--python-version`, `--python-platform` and pip's options ask about another machine than the environment's. */
async function wantedTarget(destination: Destination, context: CommandContext): Promise<Target> {
  return namesTarget(context.settings) ? await findTarget(context) : targetOf(destination);
}
