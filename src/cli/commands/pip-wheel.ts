// `pinion pip wheel`: the wheels of a resolution in a folder; what has none is built.

import { relative, resolve } from "node:path";

import { createInstaller } from "../../api/installer.ts";
import { didLine, tellEvents } from "../changes.ts";
import { nowMs } from "../clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../command.ts";
import { findBuildPython } from "../find-destination.ts";
import { installerOptions } from "../installer-options.ts";
import { packageRequest } from "../package-request.ts";
import { Progress } from "../progress.ts";
import { withTemporaryCache } from "../temporary-cache.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, cwd } = context;
  const request = packageRequest(context);
  const python = await findBuildPython(context);
  const folder = resolve(cwd, textOption(context, "wheelDir") ?? ".");
  const progress = await Progress.start(output);
  const started = nowMs();
  try {
    const files = await withTemporaryCache(context, async (cached) => {
      const installer = createInstaller(installerOptions(cached, tellEvents(output, progress)));
      try {
        return await installer.wheels({ ...request, folder, python });
      } finally {
        await installer.close();
      }
    });
    progress.stop();
    const brought = files.filter(({ isNew }) => isNew).length;
    output.status(
      didLine("Prepared", { count: brought, noun: "wheel", milliseconds: nowMs() - started }, output),
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
