// `pinion pip uninstall`: by name, or by the place it was installed from; what a name's specifier says is passed over.

import { recordedUrl } from "../../base/text/secret-parameters.ts";
import { FirstFew } from "../../base/text/first-few.ts";
import { showInvisible } from "../../base/text/printable.ts";
import { PinionError, isPinionError } from "../../errors.ts";
import { parseRequirement } from "../../pep/requirements/requirement.ts";
import { redactUrl } from "../../net/url.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import { parseSource, type NamedSource } from "../../sources/parse-source.ts";
import { printChanges, wouldLine } from "../screen/changes.ts";
import { hasOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findDestination, tellLookedAt } from "../requests/find-destination.ts";
import { withInstaller } from "../with-installer.ts";
import { readStdin } from "../stdin.ts";
import { nothingRequested } from "../../settings/values/invalid-argument.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, settings, signal } = context;
  const files = settings.get("requirement");
  if (context.arguments.length === 0 && files.length === 0)
    throw nothingRequested("pip uninstall", "requirements");
  const wanted = [
    ...context.arguments.map((text) => wantedOf(text, context)),
    ...(await wantedInFiles(files, context)),
  ];
  const from = await findDestination(context, "remove");
  tellLookedAt(from, context);
  const isDryRun = hasOption(context, "dryRun");
  const { changes, missing } = await withInstaller(context, async ({ installer }) => {
    const { names, warnings } = namesOf(wanted, installer.list(from));
    const result =
      names.length === 0
        ? { changes: [], missing: [] }
        : await installer.uninstall({ names, from, isDryRun, signal });
    if (!isDryRun) for (const warning of warnings) output.warn(warning);
    return result;
  });
  if (changes.length === 0 && isDryRun) output.status("Would make no changes");
  else if (changes.length === 0) output.warn("No packages to uninstall");
  else if (isDryRun) output.status(wouldLine("uninstall", changes.length, output));
  printChanges(changes, output);
  if (output.isJson) output.json({ changes, missing });
  return 0;
}

/** A project to uninstall: by its name, or by where it was installed from. */
type Wanted = { readonly name: string } | { readonly url: string };

/** As uv goes through them: the names in their order, then what is named by a URL. */
function namesOf(
  wanted: readonly Wanted[],
  installed: readonly InstalledDistribution[],
): { readonly names: readonly string[]; readonly warnings: Iterable<string> } {
  const missing = new FirstFew((count) => `Skipping ${count} more URLs as they are not installed`);
  const found = wanted.flatMap((entry) => {
    if ("name" in entry) return [entry.name];
    const url = recordedUrl(entry.url);
    const names = installed
      .filter(({ directUrl }) => directUrl !== undefined && recordedUrl(directUrl.url) === url)
      .map(({ name }) => name);
    if (names.length === 0) missing.add(() => `Skipping \`${redactUrl(entry.url)}\` as it is not installed`);
    return names;
  });
  return { names: [...new Set(found)].toSorted(), warnings: missing };
}

/** What an argument means: a requirement, or a URL or path. */
function wantedOf(text: string, { cwd }: CommandContext): Wanted {
  try {
    return { name: parseRequirement(text).name };
  } catch (error) {
    if (!isPinionError(error)) throw error;
    if (/[/\\]/.test(text)) return wantedSource(parseSource(text, { directory: cwd }).source);
    throw new PinionError("requirement/invalid", `Failed to parse: \`${showInvisible(text)}\``, {
      details: error.details,
      cause: error,
    });
  }
}

/** Only a wheel's URL has a name. */
function wantedSource({ name, url }: NamedSource): Wanted {
  return name === undefined ? { url } : { name };
}

async function wantedInFiles(
  files: readonly string[],
  { cwd, env }: CommandContext,
): Promise<readonly Wanted[]> {
  if (files.length === 0) return [];
  const { readInputs } = await import("../../api/inputs/read-inputs.ts");
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
  const [project] = inputs.unread?.projects ?? [];
  if (project !== undefined) {
    const { needsBuild } = await import("../../api/projects/read.ts");
    throw needsBuild(project.path, project.reason);
  }
  return inputs.requirements.map((requested) =>
    requested.kind === "named" ? { name: requested.requirement.name } : wantedSource(requested.source),
  );
}
