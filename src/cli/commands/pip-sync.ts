// `pinion pip sync`: an environment holds exactly what files list, as one change.

import type { Installer } from "../../api/installer.ts";
import type { InstallationPlan } from "../../api/plan/value.ts";
import type { PlanRequest, ReadRequest } from "../../api/requests.ts";
import { PinionError } from "../../errors.ts";
import type { Inputs } from "../../sources/requested.ts";
import { nowMs } from "../../base/work/clock.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findDestination, tellDestination } from "../requests/find-destination.ts";
import { invalidArgument } from "../../settings/values/invalid-argument.ts";
import { changeRequest, lockFileOf, lockRequest } from "../requests/lock-request.ts";
import { packageRequest } from "../requests/package-request.ts";
import { planAndApply } from "../plan-and-apply.ts";
import { changesNothing, reportChanges } from "../screen/report-changes.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const started = nowMs();
  refusePipTools(context);
  if (context.arguments.length === 0)
    throw invalidArgument(
      "the following required arguments were not provided:\n  <file>...",
      "Usage: pinion pip sync [options] <file>...",
    );
  const lock = lockFileOf(context, { arguments: "files" });
  refuseOtherToml(context, lock);
  const request = lock === undefined ? packageRequest(context, { arguments: "files" }) : undefined;
  return await withInstaller(context, async ({ installer, progress }) => {
    const inputs = request === undefined ? undefined : await installer.read(request);
    if (inputs !== undefined && isNothing(inputs, context)) {
      context.output.status(
        "No requirements found (hint: use `--allow-empty-requirements` to clear the environment)",
      );
      return reportChanges([], context);
    }
    const makePlan = await planner(installer, context, { lock, request, inputs });
    return await planAndApply(installer, makePlan, { context, started, progress });
  });
}

interface SyncSources {
  readonly lock: string | undefined;
  readonly request: ReadRequest | undefined;
  readonly inputs: Inputs | undefined;
}

async function planner(
  installer: Installer,
  context: CommandContext,
  { lock, request, inputs }: SyncSources,
): Promise<() => Promise<InstallationPlan>> {
  const into = await findDestination(context, "change", () => void installer.prepareConnections());
  tellDestination(into, context);
  const change = { ...changeRequest(context), isExact: true, isDryRun: changesNothing(context), into };
  if (request === undefined || inputs === undefined) {
    const wanted = { ...lockRequest(context, lock ?? ""), ...change };
    return () => installer.planLock(wanted);
  }
  // Files list everything: what is listed needs nothing that is not.
  const wanted: PlanRequest = { ...request, ...change, inputs, noDependencies: true };
  return () => installer.plan(wanted);
}

function isNothing(inputs: Inputs, context: CommandContext): boolean {
  const isEmpty = inputs.requirements.length === 0 && inputs.unread === undefined;
  return isEmpty && !context.settings.get("allow-empty-requirements");
}

/** A `.toml` that is neither a project nor named as a lock file is a mistake in the name. */
function refuseOtherToml({ arguments: files }: CommandContext, lock: string | undefined): void {
  const file = files.find((path) => path.endsWith(".toml") && !/(?:^|[\\/])pyproject\.toml$/.test(path));
  if (lock !== undefined || file === undefined) return;
  throw new PinionError(
    "usage/invalid-argument",
    `\`${file}\` is not a valid PEP 751 filename: expected \`pylock.toml\` or \`pylock.<name>.toml\`, where \`<name>\` is non-empty and contains no dots`,
  );
}

function refusePipTools(context: CommandContext): void {
  for (const [option, flag, reason] of UNSUPPORTED)
    if (hasOption(context, option) || textOption(context, option) !== undefined)
      throw new PinionError("usage/unsupported", `pip-sync's \`${flag}\` is unsupported (${reason})`);
}

const UNSUPPORTED: readonly (readonly [string, string, string])[] = [
  ["ask", "--ask", "Pinion never asks for confirmation"],
  [
    "pythonExecutable",
    "--python-executable",
    "to install into a separate Python environment, try setting `VIRTUAL_ENV` instead",
  ],
  ["config", "--config", "Pinion does not use a configuration file of pip-tools"],
  ["pipArgs", "--pip-args", "try passing arguments to Pinion directly"],
];
