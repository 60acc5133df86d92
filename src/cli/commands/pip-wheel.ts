// `pinion pip wheel`: the wheels of a resolution in a folder; what has none is built.

import { resolve } from "node:path";

import { nowMs } from "../../base/work/clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findBuildPython } from "../requests/find-destination.ts";
import { packageRequest } from "../requests/package-request.ts";
import { reportFiles } from "../screen/report-files.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const request = packageRequest(context);
  const python = await findBuildPython(context);
  const folder = resolve(context.cwd, textOption(context, "wheelDir") ?? ".");
  const started = nowMs();
  const files = await withInstaller(
    context,
    async ({ installer }) => await installer.wheels({ ...request, folder, python }),
  );
  reportFiles(files, context, { done: "Prepared", noun: "wheel", folder, milliseconds: nowMs() - started });
  return 0;
}
