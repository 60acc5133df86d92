// `pinion build`: the source distribution and the wheel of a project's folder, as `uv build` and `python -m build` make them.

import { join, relative, resolve } from "node:path";

import { hasOption, textOption, type CommandContext, type ExitCode } from "../command.ts";
import { buildChoices } from "../build-request.ts";
import { findBuildPython } from "../find-destination.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, cwd, settings, signal } = context;
  const directory = resolve(cwd, context.arguments[0] ?? ".");
  const folder = resolve(cwd, textOption(context, "outDir") ?? join(directory, "dist"));
  const [isSdist, isWheel] = [hasOption(context, "sdist"), hasOption(context, "wheel")];
  const formats = isSdist === isWheel ? "both" : isSdist ? "sdist" : "wheel";
  const python = await findBuildPython(context);
  const builds = buildChoices(settings);
  const paths = await withInstaller(
    context,
    async ({ installer }) => await installer.build({ directory, folder, formats, python, builds, signal }),
  );
  for (const path of paths) output.status(`Successfully built ${relative(cwd, path)}`);
  if (output.isJson) output.json({ folder, files: paths });
  return 0;
}
