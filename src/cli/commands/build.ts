// `pinion build`: the source distribution and the wheel of a project's folder, as `uv build` and `python -m build` make them.

import { statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import { PinionError } from "../../errors.ts";
import { normalizeName } from "../../pep/name.ts";
import { uniteNames, type NameSet } from "../../pep/name-set.ts";
import { hasOption, listOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { buildChoices } from "../requests/build-request.ts";
import { findBuildPython } from "../requests/find-destination.ts";
import { distributionRules, exclusionsOf } from "../requests/package-request.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, cwd, settings, signal } = context;
  const directory = resolve(cwd, context.arguments[0] ?? ".");
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) throw noSource(context.arguments[0] ?? ".");
  const isArchive = found.isFile();
  const beside = isArchive ? dirname(directory) : join(directory, "dist");
  const folder = resolve(cwd, textOption(context, "outDir") ?? beside);
  const formats = formatsOf(context);
  if (isArchive && formats !== "wheel") throw onlyAWheel(directory, formats);
  const python = await findBuildPython(context);
  const choices = buildChoices(settings);
  const paths = await withInstaller(
    context,
    async ({ installer }) =>
      await installer.build({
        directory,
        folder,
        formats,
        python,
        ...rulesOf(context),
        ...exclusionsOf(settings),
        builds: { ...choices, requiresHashes: choices.requiresHashes || settings.get("require-hashes") },
        isCleared: hasOption(context, "clear"),
        isGitIgnored: context.options["createGitignore"] !== false,
        signal,
      }),
  );
  for (const path of paths) output.status(`Successfully built ${relative(cwd, path)}`);
  if (output.isJson) output.json({ folder, files: paths });
  return 0;
}

type Formats = "both" | "separate" | "sdist" | "wheel";

function noSource(path: string): PinionError {
  return new PinionError("usage/invalid-argument", `Source \`${path}\` does not exist`, {
    details: { path },
  });
}

/** A source distribution was given, from which only a wheel can be built; what uv says of it. */
function onlyAWheel(path: string, formats: Formats): PinionError {
  const message =
    formats === "both"
      ? "Pass `--wheel` explicitly to build a wheel from a source distribution"
      : "Building an `--sdist` from a source distribution is not supported";
  return new PinionError("usage/invalid-argument", `${message}: \`${path}\``, { details: { path } });
}

function formatsOf(context: CommandContext): Formats {
  const isSdist = hasOption(context, "sdist");
  if (hasOption(context, "wheel")) return isSdist ? "separate" : "wheel";
  return isSdist ? "sdist" : "both";
}

/** Which distributions build requirements may be. */
function rulesOf(context: CommandContext): { readonly noBinary: NameSet; readonly onlyBinary: NameSet } {
  const { noBinary, onlyBinary } = distributionRules(context.settings);
  const named = (option: string): NameSet["names"] => new Set(listOption(context, option).map(normalizeName));
  // Commander names an option that begins with `--no-` by what follows.
  const isWithoutWheels = context.options["binary"] === false;
  return {
    noBinary: uniteNames(noBinary, { isForAll: isWithoutWheels, names: named("binaryPackage") }),
    onlyBinary: uniteNames(onlyBinary, { isForAll: false, names: named("buildPackage") }),
  };
}
