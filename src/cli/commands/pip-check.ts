// `pinion pip check`: whether what is installed, or what a lock file lists, fits together.

import { targetOf, type Destination } from "../../api/destination.ts";
import type { Target } from "../../pep/tags/tags.ts";
import { didLine } from "../screen/changes.ts";
import { nowMs } from "../../base/work/clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import {
  findTarget,
  findTargetAndPython,
  namesTarget,
  tellLookedAt,
  tryFindBuildPython,
} from "../requests/find-destination.ts";
import { lookAtInstalled } from "../installed.ts";
import { findProblemsInTurns, formatProblem, type Problem } from "../../inspect/problems.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const lock = textOption(context, "lock");
  return lock === undefined ? await checkEnvironment(context) : await checkLock(context, lock);
}

/** Without an environment: what a lock file selects for the target. */
async function checkLock(context: CommandContext, file: string): Promise<ExitCode> {
  const started = nowMs();
  const { withInstaller } = await import("../with-installer.ts");
  const { lockRequest } = await import("../requests/lock-request.ts");
  const { target, python } = await findTargetAndPython(context);
  const interpreter = python ?? (await tryFindBuildPython(context));
  const into: Destination = {
    kind: "directory",
    path: "",
    target,
    ...(interpreter === undefined ? {} : { interpreter }),
  };
  const { packages, problems } = await withInstaller(context, ({ installer }) =>
    installer.checkLock({ ...lockRequest(context, file), into }),
  );
  return report(context, { packages, problems, started, state: "locked" });
}

async function checkEnvironment(context: CommandContext): Promise<ExitCode> {
  const started = nowMs();
  const { destination, distributions } = await lookAtInstalled(context);
  tellLookedAt(destination, context);
  const problems = await findProblemsInTurns(
    distributions,
    await wantedTarget(destination, context),
    context.signal,
  );
  return report(context, { packages: distributions.length, problems, started, state: "installed" });
}

interface Checked {
  readonly packages: number;
  readonly problems: readonly Problem[];
  /** By the clock of `nowMs`. */
  readonly started: number;
  readonly state: "installed" | "locked";
}

function report(context: CommandContext, { packages, problems, started, state }: Checked): ExitCode {
  const { output } = context;
  const milliseconds = nowMs() - started;
  const checked = { count: packages, noun: "package", milliseconds, tellsNone: true };
  output.status(didLine("Checked", checked, output));
  if (output.isJson)
    output.json({
      packages,
      problems: problems.map((problem) => ({ ...problem, message: formatProblem(problem, state) })),
    });
  if (problems.length === 0) {
    output.status(`All ${state} packages are compatible`);
    return 0;
  }
  output.status(
    problems.length === 1 ? "Found 1 incompatibility" : `Found ${problems.length} incompatibilities`,
  );
  for (const problem of problems) output.status(formatProblem(problem, state));
  return 1;
}

/** `--python-version`, `--python-platform` and pip's options ask about another machine than the environment's. */
async function wantedTarget(destination: Destination, context: CommandContext): Promise<Target> {
  return namesTarget(context.settings) ? await findTarget(context) : targetOf(destination);
}
