// `pinion pip install`: plan, show, apply.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { sitePackagesOf, type Destination } from "../../api/destination.ts";
import type { RequirementInput } from "../../api/inputs.ts";
import { createInstaller, type Installer } from "../../api/installer.ts";
import {
  changesOf,
  type Change,
  type ChangePlan,
  type InstallationPlan,
  type PlanRequest,
} from "../../api/plan.ts";
import { PinionError } from "../../errors.ts";
import type { LinkMode } from "../../install/target.ts";
import { normalizeName } from "../../pep/name.ts";
import { parseRecord } from "../../pep/record.ts";
import { listInstalled } from "../../python/environment.ts";
import { parseNameSet } from "../../registry/name-set.ts";
import type { PrereleaseMode } from "../../resolve/input.ts";
import type { Sourced } from "../../settings/origin.ts";
import type { Settings } from "../../settings/settings.ts";
import { didLine, printChanges, tellEvents, wouldLine } from "../changes.ts";
import { hasOption, type CommandContext, type ExitCode } from "../command.ts";
import { nowMs } from "../clock.ts";
import { findDestination, tellDestination } from "../environment.ts";
import { parseInstant } from "../instant.ts";
import { lookInto, strictWarnings } from "../installed.ts";
import { installerOptions } from "../installer-options.ts";
import { Progress } from "../progress.ts";
import { readStdin } from "../stdin.ts";
import { withTemporaryCache } from "../temporary-cache.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const started = nowMs();
  const request = await planRequest(context);
  const progress = await Progress.start(context.output);
  try {
    return await withTemporaryCache(context, async (cached) => {
      const installer = createInstaller(installerOptions(cached, tellEvents(context.output, progress)));
      try {
        return await planAndApply(installer, request, { context, started, progress });
      } finally {
        await installer.close();
      }
    });
  } finally {
    progress.stop();
  }
}

async function planAndApply(
  installer: Installer,
  request: PlanRequest,
  {
    context,
    started,
    progress,
  }: { readonly context: CommandContext; readonly started: number; readonly progress: Progress },
): Promise<ExitCode> {
  const { output, signal } = context;
  const plan = await installer.plan(request);
  if (plan.kind === "satisfied") {
    tellChecked(plan.requirements, { context, started });
    return finish(context, { plan, changes: [] });
  }
  if (hasOption(context, "dryRun")) {
    progress.stop();
    tellDryRun(plan, context);
    return finish(context, { plan, changes: changesOf(plan) });
  }
  if (plan.install.length === 0 && plan.remove.length === 0) {
    tellChecked(plan.wanted.length, { context, started });
    return finish(context, { plan, changes: [] });
  }
  const changes = await installer.apply(plan, { signal });
  progress.stop();
  if (context.settings.flag("compile-bytecode")) await compileBytecode(changes, plan.into, context);
  printChanges(changes, output);
  return finish(context, { plan, changes });
}

function finish(
  context: CommandContext,
  { plan, changes }: { readonly plan: InstallationPlan; readonly changes: readonly Change[] },
): ExitCode {
  const { output } = context;
  for (const warning of plan.warnings) output.warn(warning);
  if (hasOption(context, "strict") && plan.kind === "changes" && !hasOption(context, "dryRun")) {
    const names = new Set(plan.wanted.map(({ name }) => name));
    for (const warning of strictWarnings(lookInto(plan.into), names)) output.warn(warning);
  }
  if (output.isJson) output.json({ changes, satisfied: plan.kind === "satisfied", warnings: plan.warnings });
  return 0;
}

function tellChecked(
  number: number,
  { context, started }: { readonly context: CommandContext; readonly started: number },
): void {
  const { output } = context;
  const milliseconds = nowMs() - started;
  output.status(didLine("Checked", { count: number, noun: "package", milliseconds }, output));
  if (hasOption(context, "dryRun")) output.status("Would make no changes");
}

function tellDryRun(plan: ChangePlan, context: CommandContext): void {
  const { output } = context;
  const { install, remove } = plan;
  if (install.length === 0 && remove.length === 0) {
    output.status("Would make no changes");
    return;
  }
  if (install.length > 0) output.status(wouldLine("download", install.length, output));
  if (remove.length > 0) output.status(wouldLine("uninstall", remove.length, output));
  if (install.length > 0) output.status(wouldLine("install", install.length, output));
  printChanges(changesOf(plan), output);
}

/** Compiles what this run installed, no more. */
async function compileBytecode(
  changes: readonly Change[],
  into: Destination,
  context: CommandContext,
): Promise<void> {
  const { output, env, signal } = context;
  const executable = into.interpreter?.executable;
  if (executable === undefined) {
    output.warn("No bytecode was compiled: there is no Python here for the target");
    return;
  }
  const started = nowMs();
  const installed = new Set(changes.filter(({ action }) => action !== "removed").map(({ name }) => name));
  const modules = listInstalled(sitePackagesOf(into))
    .filter(({ name }) => installed.has(name))
    .flatMap(({ directory, location }) =>
      parseRecord(readFileSync(join(directory, "RECORD"), "utf8")).map(({ path }) => resolve(location, path)),
    )
    .filter((path) => path.endsWith(".py"));
  const { compileModules } = await import("../../python/bytecode.ts");
  const files = await compileModules(executable, modules, { env, signal });
  const milliseconds = nowMs() - started;
  output.status(didLine("Bytecode compiled", { count: files, noun: "file", milliseconds }, output));
}

async function planRequest(context: CommandContext): Promise<PlanRequest> {
  const { settings, signal } = context;
  const requirements: readonly RequirementInput[] = [
    ...context.arguments.map((text) => ({ kind: "text" as const, text })),
    ...filesOf(settings, "requirement"),
  ];
  if (requirements.length === 0) {
    throw new PinionError(
      "usage/invalid-argument",
      "the following required arguments were not provided:\n  <package|--requirement <file>>\n\nUsage: pinion pip install [options] [package...]\n\nFor more information, try '--help'.",
    );
  }
  if (settings.flag("offline") && settings.flag("refresh")) {
    throw new PinionError(
      "usage/invalid-argument",
      "the argument `--offline` cannot be used with `--refresh`",
    );
  }
  const times = exclusionsOf(settings);
  const into = await findDestination(context, "change");
  tellDestination(into, context);
  return {
    requirements,
    constraints: filesOf(settings, "constraint"),
    overrides: filesOf(settings, "override"),
    into,
    upgrade: settings.flag("upgrade") ? "all" : settings.list("upgrade-package").map(({ value }) => value),
    reinstall: settings.flag("reinstall")
      ? "all"
      : settings.list("reinstall-package").map(({ value }) => value),
    isExact: hasOption(context, "exact"),
    ...prereleaseOf(settings),
    resolution: resolutionOf(settings),
    noDependencies: settings.flag("no-deps"),
    requiresHashes: settings.flag("require-hashes"),
    noBinary: parseNameSet(settings.list("no-binary").map(({ value }) => value)),
    onlyBinary: settings.flag("no-build")
      ? { isForAll: true, names: new Set() }
      : parseNameSet(settings.list("only-binary").map(({ value }) => value)),
    ...times,
    isPythonRequested: settings.text("python-version") !== undefined,
    readInput: readStdin,
    linkMode: linkModeOf(settings),
    signal,
  };
}

function exclusionsOf(settings: Settings): Pick<PlanRequest, "excludeNewerMs" | "excludeNewerPackages"> {
  const all = settings.text("exclude-newer");
  return {
    ...(all === undefined ? {} : { excludeNewerMs: parseInstant(all, "--exclude-newer <date>") }),
    excludeNewerPackages: new Map(settings.list("exclude-newer-package").map(packageInstant)),
  };
}

/** `numpy=2024-01-01`, or `numpy=false`. */
function packageInstant({ value, origin }: Sourced<string>): readonly [string, number | undefined] {
  const [name = "", ...rest] = value.split("=");
  const text = rest.join("=");
  const instant =
    text === "false"
      ? undefined
      : parseInstant({ value: text, origin }, "--exclude-newer-package <name=date>");
  return [normalizeName(name.trim()), instant];
}

function filesOf(
  settings: Settings,
  name: "requirement" | "constraint" | "override",
): readonly RequirementInput[] {
  return settings.list(name).map(({ value }) => ({ kind: "file", path: value }));
}

function prereleaseOf(settings: Settings): { readonly prereleases?: PrereleaseMode } {
  const named = settings.text("prerelease")?.value;
  switch (named) {
    case "allow":
    case "disallow":
    case "explicit":
    case "if-necessary":
      return { prereleases: named };
    case "if-necessary-or-explicit":
      return { prereleases: "if-necessary" };
    case undefined:
      return settings.flag("pre") ? { prereleases: "allow" } : {};
    default:
      return {};
  }
}

function resolutionOf(settings: Settings): "highest" | "lowest" | "lowest-direct" {
  const named = settings.text("resolution")?.value;
  return named === "lowest" || named === "lowest-direct" ? named : "highest";
}

function linkModeOf(settings: Settings): LinkMode {
  const named = settings.text("link-mode")?.value;
  return named === "copy" || named === "hardlink" || named === "symlink" ? named : "clone";
}
