// `pinion pip install`: plan, show, apply.

import { createInstaller } from "../../api/installer.ts";
import type { InstallationPlan } from "../../api/plan/value.ts";
import { changesNothing } from "../report-changes.ts";
import { tellEvents } from "../changes.ts";
import { nowMs } from "../clock.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { findDestination, tellDestination } from "../find-destination.ts";
import { installerOptions } from "../installer-options.ts";
import { changeRequest, lockFileOf, lockRequest } from "../lock-request.ts";
import { packageRequest } from "../package-request.ts";
import { planAndApply } from "../plan-and-apply.ts";
import { Progress } from "../progress.ts";
import { Stages } from "../stages.ts";
import { withTemporaryCache } from "../temporary-cache.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const started = nowMs();
  const stages = new Stages();
  stages.end("Node and settings");
  const lock = lockFileOf(context);
  const request = lock === undefined ? packageRequest(context) : undefined;
  const progress = await Progress.start(context.output);
  try {
    return await withTemporaryCache(context, async (cached) => {
      const tell = tellEvents(context.output, progress);
      const installer = createInstaller(
        installerOptions(cached, (event) => {
          stages.note(event);
          tell(event);
        }),
      );
      try {
        const inputs = request === undefined ? undefined : await installer.read(request);
        const into = await findDestination(context, "change");
        tellDestination(into, context);
        stages.end("requirements and environment");
        const isDryRun = changesNothing(context);
        const change = { ...changeRequest(context), into, isDryRun };
        const makePlan = (): Promise<InstallationPlan> =>
          request === undefined || inputs === undefined
            ? installer.planLock({ ...lockRequest(context, lock ?? ""), ...change })
            : installer.plan({ ...request, ...change, inputs });
        return await planAndApply(installer, makePlan, { context, started, progress });
      } finally {
        await installer.close();
        stages.end("the rest");
        context.output.debug(stages.describe());
      }
    });
  } finally {
    progress.stop();
  }
}
