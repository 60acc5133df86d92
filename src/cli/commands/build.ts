// `pinion build`: source distributions and wheels of projects, as `uv build` and `python -m build` make them.

import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";

import type { OnEvent } from "../../api/events.ts";
import type { Installer } from "../../api/installer.ts";
import type { BuildAllRequest, BuildRequest, ProjectBuild, ProjectFolder } from "../../api/requests.ts";
import { isWithin } from "../../base/files/real-place.ts";
import { statusOf } from "../../base/files/status-of.ts";
import { removeLargeTree } from "../../base/files/remove-tree.ts";
import { readSourceTree } from "../../build/backend/build-system.ts";
import type { RequestedArchive } from "../../build/tools.ts";
import { PinionError } from "../../errors.ts";
import { flagOf, namesOf } from "../../settings/table/command-variables.ts";
import { invalidValue } from "../../settings/values/invalid-argument.ts";
import { isValidName, normalizeName } from "../../pep/name.ts";
import { uniteNames, type NameSet } from "../../pep/name-set.ts";
import { hasOption, listOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findBuildPython } from "../requests/find-destination.ts";
import { packageRules } from "../requests/package-rules.ts";
import { errorAsJson, renderError } from "../screen/render-error.ts";
import type { Output } from "../screen/output.ts";
import { BackendLog } from "../screen/backend-log.ts";
import { listSdist, listWheel, type ListedMember, type ListedProject } from "../archive-list.ts";
import { isPackage, workspaceAround, type Workspace } from "../../sources/projects/workspace.ts";
import { withInstaller } from "../with-installer.ts";

/** As in uv, everything that goes wrong here ends with 2. */
export async function run(context: CommandContext): Promise<ExitCode> {
  try {
    return await build(context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    renderError(error, context.output);
    return 2;
  }
}

async function build(context: CommandContext): Promise<ExitCode> {
  const { output, cwd } = context;
  const wanted = await findWanted(context);
  const python = await findBuildPython(context);
  const log = new BackendLog((line) => output.status(line));
  const hasLogs = context.options["buildLogs"] !== false;
  return await withInstaller(
    context,
    async ({ installer, progress }) => {
      const request = {
        ...requestOf(context, wanted),
        python,
        isOutputShown: !hasLogs || isShown(context),
      };
      if (hasOption(context, "list")) return await list(context, { wanted, request, installer });
      const builds = await buildWanted(wanted, request, installer).finally(() => log.flush());
      progress.stop();
      return report(builds, { output, cwd, folder: wanted.folder });
    },
    (options) => ({
      ...options,
      onEvent: requestedEvents(options.onEvent, {
        log,
        output,
        hasLogs,
        isQuiet: hasOption(context, "list"),
      }),
    }),
  );
}

/** What is to be built: one project or archive, or all projects of a workspace. */
type Wanted = { readonly folder: string; readonly workspace: string | undefined } & (
  | { readonly kind: "one"; readonly path: string; readonly isArchive: boolean }
  | { readonly kind: "all"; readonly projects: readonly ProjectFolder[] }
);

async function findWanted(context: CommandContext): Promise<Wanted> {
  const { cwd } = context;
  const given = context.arguments[0] ?? ".";
  const path = resolve(cwd, given);
  const found = statusOf(
    path,
    (reason, cause) =>
      new PinionError("usage/invalid-argument", `Cannot read the source \`${given}\`: ${reason}`, {
        details: { path: given },
        cause,
      }),
  );
  if (found === undefined)
    throw new PinionError("usage/invalid-argument", `Source \`${given}\` does not exist`, {
      details: { path: given },
    });
  const isArchive = found.isFile();
  const option = hasOption(context, "allPackages") ? "--all-packages" : "--package";
  const name = textOption(context, "package");
  const isOfWorkspace = name !== undefined || option === "--all-packages";
  if (isArchive && isOfWorkspace)
    throw new PinionError("usage/invalid-argument", `Cannot specify \`${option}\` when building from a file`);
  const workspace = isArchive ? undefined : await workspaceAround(path);
  const around = (place: string): Pick<Wanted, "folder" | "workspace"> => ({
    folder: resolve(cwd, textOption(context, "outDir") ?? place),
    workspace: workspace?.folder,
  });
  if (isOfWorkspace) {
    if (workspace === undefined) throw noWorkspace(option);
    const output = around(join(workspace.folder, DIST));
    if (name === undefined) return { kind: "all", projects: await allProjects(workspace, cwd), ...output };
    return { kind: "one", path: await memberOf(workspace, name, cwd), isArchive, ...output };
  }
  const isMember = workspace !== undefined && [...workspace.members.values()].includes(path);
  const beside = isArchive ? dirname(path) : join(isMember ? workspace.folder : path, DIST);
  return { kind: "one", path, isArchive, ...around(beside) };
}

function noWorkspace(option: string): PinionError {
  return new PinionError("usage/invalid-argument", `\`${option}\` was provided, but no workspace was found`, {
    cause: new PinionError(
      "usage/invalid-argument",
      "No `pyproject.toml` found in current directory or any parent directory",
    ),
  });
}

async function memberOf({ members }: Workspace, given: string, cwd: string): Promise<string> {
  if (!isValidName(given))
    throw invalidValue(given, { option: "--package <PACKAGE>", why: "it is not the name of a project" });
  const name = normalizeName(given);
  const folder = members.get(name);
  if (folder === undefined)
    throw new PinionError("usage/invalid-argument", `Package \`${name}\` not found in workspace`);
  if (await isPackage(folder)) return folder;
  const file = shown(join(folder, "pyproject.toml"), cwd);
  throw new PinionError(
    "usage/invalid-argument",
    `Package \`${name}\` is missing a \`build-system\` in \`${file}\``,
  );
}

async function allProjects({ members }: Workspace, cwd: string): Promise<readonly ProjectFolder[]> {
  if (members.size === 0) throw new PinionError("usage/invalid-argument", "No packages found in workspace");
  const projects: ProjectFolder[] = [];
  for (const [name, directory] of members) if (await isPackage(directory)) projects.push({ name, directory });
  const [first] = members.values();
  if (projects.length === 0)
    throw new PinionError(
      "usage/invalid-argument",
      `Workspace does not contain any buildable packages: add a \`build-system\` to \`${shown(join(first ?? "", "pyproject.toml"), cwd)}\``,
    );
  return projects.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

type Request = Omit<BuildAllRequest, "projects">;

function requestOf(
  context: CommandContext,
  { folder, workspace }: Pick<Wanted, "folder" | "workspace">,
): Omit<Request, "python"> {
  const { requiresHashes, builds, ...rules } = packageRules(context);
  return {
    folder,
    workspace,
    formats: formatsOf(context),
    ...rules,
    ...namedBinaries(context, rules),
    builds: { ...builds, requiresHashes: builds?.requiresHashes === true || requiresHashes },
    isCleared: hasOption(context, "clear"),
    isGitIgnored: context.options["createGitignore"] !== false,
  };
}

/** The projects, and the failure of one that is built by itself, as results. */
async function buildWanted(
  wanted: Wanted,
  request: Request,
  installer: Installer,
): Promise<readonly ProjectBuild[]> {
  if (wanted.kind === "all") return await installer.buildAll({ ...request, projects: wanted.projects });
  const { path, isArchive } = wanted;
  if (isArchive && request.formats !== "wheel") throw onlyAWheel(path, request.formats);
  return [{ kind: "built", name: "", files: await installer.build({ ...request, directory: path }) }];
}

/** A source distribution was given, from which only a wheel can be built; what uv says of it. */
function onlyAWheel(path: string, formats: BuildRequest["formats"]): PinionError {
  const message =
    formats === "both"
      ? "Pass `--wheel` explicitly to build a wheel from a source distribution"
      : "Building an `--sdist` from a source distribution is not supported";
  return failedToBuild(path, message);
}

function failedToBuild(path: string, reason: string): PinionError {
  return new PinionError("usage/invalid-argument", `Failed to build \`${path}\``, {
    details: { path },
    cause: new PinionError("usage/invalid-argument", reason),
  });
}

function report(
  builds: readonly ProjectBuild[],
  { output, cwd, folder }: { readonly output: Output; readonly cwd: string; readonly folder: string },
): ExitCode {
  const files = builds.flatMap((each) => (each.kind === "built" ? each.files : []));
  const failures = builds.flatMap((each) => (each.kind === "failed" ? [each.error] : []));
  if (output.isJson) {
    const failed = failures.length === 0 ? {} : { failures: failures.map(errorAsJson) };
    output.json({ folder, files, ...failed });
  } else for (const failure of failures) renderError(failure, output);
  for (const path of files) output.status(`Successfully built ${shown(path, cwd)}`);
  return failures.length === 0 ? 0 : 2;
}

/** `--list`: the archives are made in a folder that is then removed. */
async function list(
  { output, cwd }: CommandContext,
  {
    wanted,
    request,
    installer,
  }: { readonly wanted: Wanted; readonly request: Request; readonly installer: Installer },
): Promise<ExitCode> {
  const paths = wanted.kind === "all" ? wanted.projects.map(({ directory }) => directory) : [wanted.path];
  if (wanted.kind === "one" && wanted.isArchive && request.formats !== "wheel")
    throw onlyAWheel(wanted.path, request.formats);
  const projects = paths.map((path) => listable(path, cwd));
  const scratch = mkdtempSync(join(tmpdir(), "pinion-list-"));
  try {
    const lists: { filename: string; members: readonly ListedMember[] }[] = [];
    for (const [at, project] of projects.entries()) {
      const folder = join(scratch, String(at));
      const formats = request.formats === "both" ? "separate" : request.formats;
      const built = await installer.build({
        ...request,
        formats,
        directory: project.directory,
        folder,
        isCleared: false,
      });
      for (const path of built) {
        const members = path.endsWith(".whl")
          ? listWheel(path, project)
          : await listSdist(path, project, join(folder, "unpacked"));
        lists.push({ filename: basename(path), members });
      }
    }
    if (output.isJson) output.json({ lists });
    else
      for (const { filename, members } of lists) {
        output.print(`Building ${filename} will include the following files:`);
        for (const { name, source = "generated" } of members) output.print(`${name} (${source})`);
      }
    return 0;
  } finally {
    await removeLargeTree(scratch);
  }
}

/** Only of uv's backend is it known which file becomes which member. */
function listable(path: string, cwd: string): ListedProject {
  const refuse = (reason: string): PinionError =>
    failedToBuild(
      path,
      `Can only use \`--list\` with a compatible uv build backend, but \`${shown(path, cwd)}\` is not compatible because ${reason}`,
    );
  if (statSync(path).isFile()) throw refuse("it is a source distribution");
  const { pyproject = {}, buildSystem } = readSourceTree(path);
  if (buildSystem.backend === "uv_build") return { directory: path, pyproject };
  throw refuse(`\`build_system.build-backend\` is not \`uv_build\`, but \`${buildSystem.backend}\``);
}

/** Shows the steps of the builds that were requested, and what their backends print; passes on all other events. */
function requestedEvents(
  passOn: OnEvent | undefined,
  {
    log,
    output,
    hasLogs,
    isQuiet,
  }: {
    readonly log: BackendLog;
    readonly output: Output;
    readonly hasLogs: boolean;
    readonly isQuiet: boolean;
  },
): OnEvent {
  return (event) => {
    if (event.kind === "build-output" && event.isRequested === true) {
      if (hasLogs && !isQuiet) log.add(`${event.stream} ${event.subject}`, event.text);
      return;
    }
    const requested =
      event.kind === "build-started" || event.kind === "build-finished" ? event.requested : undefined;
    if (requested === undefined) return passOn?.(event);
    log.flush();
    if (event.kind === "build-started" && !isQuiet) output.status(stepLine(requested));
  };
}

/** uv's line for the archive that is being built. */
function stepLine({ project, format, isFromSdist }: RequestedArchive): string {
  const wheel = isFromSdist ? "wheel from source distribution" : "wheel";
  return `${project === undefined ? "" : `[${project}] `}Building ${format === "sdist" ? "source distribution" : wheel}...`;
}

/** Whether what backends print is shown as it comes, or, as in uv with `-q`, not at all. With `--json`, failures have it. */
function isShown({ output }: CommandContext): boolean {
  return !output.isJson;
}

/** As uv shows a path: from the working folder where it is below it. */
function shown(path: string, cwd: string): string {
  return isWithin(path, cwd) ? relative(cwd, path) || "." : path;
}

function formatsOf(context: CommandContext): NonNullable<BuildRequest["formats"]> {
  const isSdist = hasOption(context, "sdist");
  if (hasOption(context, "wheel")) return isSdist ? "separate" : "wheel";
  return isSdist ? "sdist" : "both";
}

/** Which distributions build requirements may be, with the options that only this command has, and uv's variables for them. */
function namedBinaries(context: CommandContext, { noBinary, onlyBinary }: BinaryRules): BinaryRules {
  const { env, options, settings } = context;
  const named = (option: string, variable: Parameters<typeof namesOf>[0]): NameSet["names"] => {
    const names = listOption(context, option).map(normalizeName);
    return new Set(names.length > 0 ? names : namesOf(variable, env));
  };
  // Commander names an option that begins with `--no-` by what follows.
  const isWithoutWheels = options["binary"] === false || flagOf("UV_NO_BINARY", env);
  const isWithoutBuilds = settings.origin("no-build").kind !== "flag" && flagOf("UV_NO_BUILD", env);
  return {
    noBinary: uniteNames(noBinary, {
      isForAll: isWithoutWheels,
      names: named("binaryPackage", "UV_NO_BINARY_PACKAGE"),
    }),
    onlyBinary: uniteNames(onlyBinary, {
      isForAll: isWithoutBuilds,
      names: named("buildPackage", "UV_NO_BUILD_PACKAGE"),
    }),
  };
}

type BinaryRules = Pick<BuildRequest, "noBinary" | "onlyBinary">;

const DIST = "dist";
