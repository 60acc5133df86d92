// `pinion pip install`: plan, show, apply.

import { resolve } from "node:path";

import type { Period } from "../../api/events.ts";
import type { InstallationPlan } from "../../api/plan/value.ts";
import { changesNothing } from "../screen/report-changes.ts";
import { nowMs } from "../../base/work/clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findDestination, tellDestination } from "../requests/find-destination.ts";
import { changeRequest, lockFileOf, lockRequest } from "../requests/lock-request.ts";
import { packageRequest } from "../requests/package-request.ts";
import { planAndApply } from "../plan-and-apply.ts";
import { Stages } from "../screen/stages.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const started = nowMs();
  const stages = new Stages();
  stages.end("Node and settings");
  const lock = lockFileOf(context);
  const request = lock === undefined ? packageRequest(context) : undefined;
  const report = await reportOf(context);
  let recalled: Period | undefined;
  try {
    return await withInstaller(
      context,
      async ({ installer, progress }) => {
        const inputs = request === undefined ? undefined : await installer.read(request);
        const into = await findDestination(context, "change", () => void installer.prepareConnections());
        const { written } = context.output;
        const before = written.length;
        tellDestination(into, context);
        const toldAt = written.length > before ? before : undefined;
        stages.end("requirements and environment");
        const isDryRun = changesNothing(context);
        const change = { ...changeRequest(context, inputs), into, isDryRun };
        const makePlan = (): Promise<InstallationPlan> =>
          request === undefined || inputs === undefined
            ? installer.planLock({ ...lockRequest(context, lock ?? ""), ...change })
            : installer.plan({ ...request, ...change, inputs });
        const onResult =
          report === undefined
            ? undefined
            : async (plan: InstallationPlan): Promise<void> => {
                const { writeInstallationReport } = await import("../screen/installation-report.ts");
                await writeInstallationReport(report, { plan, into, inputs, installer, context });
              };
        return await planAndApply(installer, makePlan, {
          context,
          started,
          progress,
          onResult,
          recalled: () => recalled,
          openKeeper: async () => {
            if (context.recording === undefined || into.kind !== "environment") return undefined;
            if (request === undefined || onResult !== undefined) return undefined;
            const { keepInstall } = await import("../keep-install.ts");
            return keepInstall(context, { into, toldAt });
          },
        });
      },
      ({ onEvent, ...options }) => ({
        ...options,
        onEvent: (event) => {
          stages.note(event);
          if (event.kind === "resolved") recalled = event.recalled;
          onEvent?.(event);
        },
      }),
    );
  } finally {
    stages.end("the rest");
    context.output.debug(stages.describe());
  }
}

/** The file of `--report`, `-` for stdout. */
async function reportOf(context: CommandContext): Promise<string | undefined> {
  const report = textOption(context, "report");
  if (report === undefined || report === "-") return report;
  const { refuseLinkOut } = await import("../screen/output-file.ts");
  refuseLinkOut(resolve(context.cwd, report), report);
  return report;
}
