// A plan from making to reporting: what `install` and `sync` share.

import { resolve } from "node:path";
import { isPinionError } from "../errors.ts";
import { sitePackagesOf, targetOf, type Destination } from "../api/destination.ts";
import type { Period } from "../api/events.ts";
import type { Installer } from "../api/installer.ts";
import {
  changesOf,
  type Change,
  type ChangePlan,
  type InstallationPlan,
  type PlannedInstall,
} from "../api/plan/value.ts";
import { listInstalled } from "../python/environments/environment.ts";
import { readRecord } from "../python/environments/installed-record.ts";
import { sha256Of } from "../pep/hashes.ts";
import { cacheFault } from "../store/cache/cache-owner.ts";
import { openStore } from "../store/store.ts";
import { cacheDirectory } from "./requests/installer-options.ts";
import { splitReinstalled } from "./screen/changes-document.ts";
import { changesNothing, reportChanges } from "./screen/report-changes.ts";
import { didLine, printChanges, timedLine, wouldLine } from "./screen/changes.ts";
import { hasOption, type CommandContext, type ExitCode } from "./grammar/command.ts";
import { nowMs } from "../base/work/clock.ts";
import { concerns, findProblemsInTurns } from "../inspect/problems.ts";
import { warnOfProblems } from "./warn-of-problems.ts";
import type { Progress } from "./screen/progress.ts";

/** What surrounds a plan. */
export interface PlanRun {
  readonly context: CommandContext;
  readonly started: number;
  readonly progress: Progress;
  /** Called with the plan that was applied or shown. */
  readonly onResult?: ((plan: InstallationPlan) => Promise<void>) | undefined;
  /** When the resolution of the plan holds, where it was recalled. */
  readonly recalled?: (() => Period | undefined) | undefined;
  /** Keeps what is done, so that it can be done again. */
  readonly openKeeper?: (() => Promise<InstallKeeper | undefined>) | undefined;
  readonly attempt?: number;
}

/** Looks at a plan before it is carried out, and may keep it then. */
export interface InstallKeeper {
  before(plan: ChangePlan, period: Period): void;
  /** Called when what changed was printed. */
  after(): void;
}

/** Makes a plan, shows or applies it, and reports what changed. */
export async function planAndApply(
  installer: Pick<Installer, "apply">,
  makePlan: () => Promise<InstallationPlan>,
  run: PlanRun,
): Promise<ExitCode> {
  const { context, progress, onResult, recalled, attempt = 1 } = run;
  const { output, signal } = context;
  const plan = await makePlan();
  if (plan.kind === "satisfied") {
    // A report is written each time.
    if (onResult === undefined) output.markRepeatable();
    tellChecked(plan.requirements, run);
    return await finish(run, { plan, changes: [] });
  }
  if (changesNothing(context)) {
    progress.stop();
    const period = recalled?.();
    if (onResult === undefined && period !== undefined) output.markRepeatable(period);
    tellDryRun(plan, context);
    return await finish(run, { plan, changes: changesOf(plan) });
  }
  if (plan.install.length === 0 && plan.remove.length === 0) {
    tellChecked(plan.keep.length, run);
    return await finish(run, { plan, changes: [] });
  }
  let changes: readonly Change[];
  const period = recalled?.();
  const keeper = period === undefined ? undefined : await run.openKeeper?.();
  if (period !== undefined) keeper?.before(plan, period);
  try {
    changes = await installer.apply(plan, { signal });
  } catch (error) {
    // Another command was faster: what it left is the state to compare with.
    if (attempt >= MAX_ATTEMPTS || !isPinionError(error, "environment/changed")) throw error;
    return await planAndApply(installer, makePlan, { ...run, attempt: attempt + 1 });
  }
  progress.stop();
  if (context.settings.get("compile-bytecode")) await compileBytecode(changes, plan.destination, context);
  printChanges(changes, output);
  const code = await finish(run, { plan, changes });
  if (code === 0) keeper?.after();
  return code;
}

async function finish(
  { context, onResult }: PlanRun,
  { plan, changes }: { readonly plan: InstallationPlan; readonly changes: readonly Change[] },
): Promise<ExitCode> {
  const { output } = context;
  // As uv, which ends before the warnings where a check finds a difference.
  if (!hasOption(context, "check") || changes.length === 0)
    for (const warning of plan.warnings) output.warn(warning);
  if (context.settings.get("strict") && plan.kind === "changes" && !changesNothing(context)) {
    const names = new Set([...plan.install, ...plan.keep].map(({ name }) => name));
    const installed = listInstalled(sitePackagesOf(plan.destination));
    const problems = await findProblemsInTurns(installed, targetOf(plan.destination), context.signal);
    warnOfProblems(
      problems.filter((problem) => concerns(problem, names)),
      context,
    );
  }
  await onResult?.(plan);
  if (output.isJson)
    output.json({
      changes: withFiles(changes, plan),
      satisfied: plan.kind === "satisfied",
      warnings: plan.warnings,
    });
  return reportChanges(changes, context);
}

/** For programs, each change with the file that it installs: its URL and the hashes that are stated for it. */
function withFiles(changes: readonly Change[], plan: InstallationPlan): readonly object[] {
  const sources = new Map(
    plan.kind === "changes" ? plan.install.map(({ name, source }) => [name, source]) : [],
  );
  return changes.map((change) => {
    const source = change.action === "removed" ? undefined : sources.get(change.name);
    if (source === undefined) return change;
    const { url } = source;
    return { ...change, file: { url, hashes: "hashes" in source ? source.hashes : {} } };
  });
}

function tellChecked(number: number, { context, started }: PlanRun): void {
  const { output } = context;
  const milliseconds = nowMs() - started;
  output.timedStatus(timedLine("Checked", { count: number, noun: "package", milliseconds }, output));
  if (changesNothing(context)) output.status("Would make no changes");
}

function tellDryRun(plan: ChangePlan, context: CommandContext): void {
  const { output } = context;
  const { install, remove } = plan;
  if (install.length === 0 && remove.length === 0) {
    output.status("Would make no changes");
    return;
  }
  const missing = install.filter((planned) => !isCached(planned, plan.refresh, context));
  if (missing.length > 0) output.status(wouldLine("download", missing.length, output));
  if (remove.length > 0) output.status(wouldLine("uninstall", remove.length, output));
  if (install.length > 0) output.status(wouldLine("install", install.length, output));
  printChanges(splitReinstalled(changesOf(plan)), output, { areFetched: false });
}

/** Whether the cache holds a wheel; what has to be built, or is fetched again whatever the cache holds, is not counted as held. */
function isCached(
  { name, source }: PlannedInstall,
  refresh: ChangePlan["refresh"],
  context: CommandContext,
): boolean {
  const sha256 = source.kind === "index" || source.kind === "direct" ? sha256Of(source.hashes) : undefined;
  if (sha256 === undefined || refresh === "all" || refresh.includes(name)) return false;
  const directory = cacheDirectory(context);
  if (context.settings.get("no-cache") || cacheFault(directory) !== undefined) return false;
  return openStore(directory).hasAnyWheel([sha256]);
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
    .flatMap(({ directory, location }) => readRecord(directory).map(({ path }) => resolve(location, path)))
    .filter((path) => path.endsWith(".py"));
  const { compileModules } = await import("../python/bytecode.ts");
  const files = await compileModules(executable, modules, { env, signal });
  const milliseconds = nowMs() - started;
  output.status(didLine("Bytecode compiled", { count: files, noun: "file", milliseconds }, output));
}

// Each needs another command that changes the same environment in between.
const MAX_ATTEMPTS = 5;
