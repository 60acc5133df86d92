// `pinion pip download`: the files of a resolution, as they are, in a folder that `--find-links` installs from.

import { relative, resolve } from "node:path";

import { createInstaller } from "../../api/installer.ts";
import { didLine, tellEvents } from "../changes.ts";
import { nowMs } from "../clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../command.ts";
import { findTarget } from "../find-destination.ts";
import { installerOptions } from "../installer-options.ts";
import { packageRequest } from "../package-request.ts";
import { Progress } from "../progress.ts";
import { withTemporaryCache } from "../temporary-cache.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, cwd } = context;
  const request = packageRequest(context);
  const target = await findTarget(context);
  const folder = resolve(cwd, textOption(context, "dest") ?? ".");
  const progress = await Progress.start(output);
  const started = nowMs();
  try {
    const files = await withTemporaryCache(context, async (cached) => {
      const installer = createInstaller(installerOptions(cached, tellEvents(output, progress)));
      try {
        return await installer.download({ ...request, folder, target });
      } finally {
        await installer.close();
      }
    });
    progress.stop();
    const brought = files.filter(({ isNew }) => isNew).length;
    output.status(
      didLine("Downloaded", { count: brought, noun: "package", milliseconds: nowMs() - started }, output),
    );
    for (const { path, isNew } of files) {
      const shown = relative(cwd, path);
      output.status(` ${isNew ? output.style("added", "+") : output.style("dim", "=")} ${shown}`);
    }
    if (output.isJson) output.json({ folder, files });
    return 0;
  } finally {
    progress.stop();
  }
}
