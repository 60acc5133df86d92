// `pinion pip uninstall`: only names count; what a name's specifier says is passed over.

import { showInvisible } from "../../base/printable.ts";
import { PinionError, isPinionError } from "../../errors.ts";
import { parseRequirement } from "../../pep/requirement.ts";
import { parseSource } from "../../sources/parse-source.ts";
import { printChanges, wouldLine } from "../changes.ts";
import { hasOption, type CommandContext, type ExitCode } from "../command.ts";
import { findDestination, tellDestination } from "../find-destination.ts";
import { withInstaller } from "../with-installer.ts";
import { readStdin } from "../stdin.ts";
import { nothingRequested } from "../../settings/invalid-argument.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, settings, signal } = context;
  const files = settings.get("requirement");
  if (context.arguments.length === 0 && files.length === 0)
    throw nothingRequested("pip uninstall", "requirements");
  const names = [
    ...context.arguments.map((text) => nameOf(text, context)),
    ...(await namesInFiles(files, context)),
  ];
  const from = await findDestination(context, "change");
  tellDestination(from, context);
  const isDryRun = hasOption(context, "dryRun");
  const { changes, missing } = await withInstaller(
    context,
    async ({ installer }) => await installer.uninstall({ names, from, isDryRun, signal }),
  );
  if (changes.length === 0) output.warn("No packages to uninstall");
  else if (isDryRun) output.status(wouldLine("uninstall", changes.length, output));
  printChanges(changes, output);
  if (output.isJson) output.json({ changes, missing });
  return 0;
}

/** The project that an argument means: a requirement, or the URL or path of a wheel. */
function nameOf(text: string, { cwd }: CommandContext): string {
  try {
    return parseRequirement(text).name;
  } catch (error) {
    if (!isPinionError(error)) throw error;
    const name = /[/\\]/.test(text) ? parseSource(text, { directory: cwd }).source.name : undefined;
    if (name !== undefined) return name;
    throw new PinionError("requirement/invalid", `Failed to parse: \`${showInvisible(text)}\``, {
      details: error.details,
      cause: error,
    });
  }
}

async function namesInFiles(
  files: readonly string[],
  { cwd, env }: CommandContext,
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const { readInputs } = await import("../../api/read-inputs.ts");
  const inputs = await readInputs(
    { requirements: files.map((path) => ({ kind: "file", path })), constraints: [], overrides: [] },
    {
      directory: cwd,
      env,
      readInput: readStdin,
      fetch: (url) =>
        Promise.reject(
          new PinionError(
            "requirement/unsupported",
            `Packages to uninstall are not read from a URL: \`${url}\``,
          ),
        ),
    },
  );
  return inputs.requirements.flatMap((requested) =>
    requested.kind === "named" ? [requested.requirement.name] : [],
  );
}
