// `pinion pip download`: the files of a resolution, as they are, in a folder that `--find-links` installs from.

import { relative, resolve } from "node:path";

import { didLine } from "../changes.ts";
import { nowMs } from "../clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../command.ts";
import { findTarget } from "../find-destination.ts";
import { packageRequest } from "../package-request.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, cwd } = context;
  const request = packageRequest(context);
  const target = await findTarget(context);
  const folder = resolve(cwd, textOption(context, "dest") ?? ".");
  const started = nowMs();
  const files = await withInstaller(
    context,
    async ({ installer }) => await installer.download({ ...request, folder, target }),
  );
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
}
