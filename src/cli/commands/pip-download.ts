// `pinion pip download`: the files of a resolution, as they are, in a folder that `--find-links` installs from.

import { resolve } from "node:path";

import { nowMs } from "../../base/work/clock.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findTarget } from "../requests/find-destination.ts";
import { packageRequest } from "../requests/package-request.ts";
import { reportFiles } from "../screen/report-files.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { cwd } = context;
  const request = packageRequest(context);
  const target = await findTarget(context);
  const folder = resolve(cwd, textOption(context, "dest") ?? ".");
  const started = nowMs();
  const files = await withInstaller(
    context,
    async ({ installer }) => await installer.download({ ...request, folder, target }),
  );
  reportFiles(files, context, {
    done: "Downloaded",
    noun: "package",
    folder,
    milliseconds: nowMs() - started,
  });
  return 0;
}
