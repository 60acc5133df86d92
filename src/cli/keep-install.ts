// Keeps what `pip install` has done, where another run could do the same without finding it out: see `remembered-install.ts`.

import { resolve } from "node:path";

import type { Destination } from "../api/destination.ts";
import type { Period } from "../api/events.ts";
import type { ChangePlan, PlannedInstall } from "../api/plan/value.ts";
import { restBelow } from "../base/files/real-place.ts";
import { sha256Of } from "../pep/hashes.ts";
import type { Interpreter } from "../python/interpreters/interpreter.ts";
import { partLooks, type Parted } from "./environment-looks.ts";
import { textOption, type CommandContext } from "./grammar/command.ts";
import type { InstallKeeper } from "./plan-and-apply.ts";
import type { InstallRecipe, RememberedWheel } from "./remembered-install.ts";
import { isPlainPath } from "./remembered-venv.ts";
import { cacheDirectory } from "./requests/installer-options.ts";

/** @param toldAt which line that was written names the environment; undefined where none does */
export function keepInstall(
  context: CommandContext,
  { into, toldAt }: { readonly into: Destination; readonly toldAt: number | undefined },
): InstallKeeper | undefined {
  const { output, recording, cwd } = context;
  if (recording === undefined || into.kind !== "environment" || into.target !== undefined) return undefined;
  if (doesMore(context)) return undefined;
  const { interpreter } = into;
  const layout = layoutOf(interpreter);
  if (layout === undefined) return undefined;
  const cache = cacheDirectory(context);
  let kept: (Parted & { plan: ChangePlan; wheels: readonly RememberedWheel[]; period: Period }) | undefined;
  let writtenBefore = 0;
  return {
    before(plan, period) {
      kept = undefined;
      // The answer of an environment's Python is kept under its path; it follows from what is seen of the environment.
      const answers = resolve(cache, "interpreters-v1");
      const looks = recording.looks([interpreter.prefix, answers]);
      const wheels = wheelsOf(plan);
      if (looks === undefined || wheels === undefined) return;
      const parted = partLooks(looks, interpreter.prefix);
      if (parted === undefined) return;
      const others = parted.others.filter(([, subject]) => !subject.startsWith(`${answers}/`));
      kept = { ...parted, others, plan, wheels, period };
      writtenBefore = output.written.length;
    },
    after() {
      if (kept === undefined) return;
      const { plan, wheels, period, environment, others } = kept;
      const told = output.showsStatus ? 1 + plan.install.length : 0;
      const { written } = output;
      // A warning of what was done says how this environment was.
      if (written.length !== writtenBefore + told + (output.showsStatus ? plan.warnings.length : 0)) return;
      // Of `./.venv` nothing is said, and of another environment something would be.
      const way = output.showsStatus && toldAt === undefined ? undefined : wayOf(context, interpreter);
      recording.rememberInstall({
        cache,
        looks: others,
        period,
        isAnywhere: way !== undefined,
        recipe: {
          cwd,
          cache,
          root: interpreter.prefix,
          below: way ?? "",
          environment,
          ...layout,
          target: interpreter.target,
          linkMode: plan.linkMode,
          wheels,
          written,
          writtenBefore,
          naming:
            way === undefined || toldAt === undefined
              ? undefined
              : namingOf(context, { at: toldAt, interpreter }),
        },
      });
    },
  };
}

/** What is done or shown beside the installation itself. */
function doesMore(context: CommandContext): boolean {
  const { output, settings } = context;
  return (
    process.platform === "win32" ||
    output.isJson ||
    output.verbosity > 0 ||
    textOption(context, "outputFormat") !== undefined ||
    settings.get("strict") ||
    settings.get("compile-bytecode") ||
    settings.get("no-cache")
  );
}

/** Undefined where not all of it is below the environment's folder. */
function layoutOf({
  isVirtual,
  prefix,
  scheme,
  executable,
}: Interpreter): Pick<InstallRecipe, "scheme" | "executable"> | undefined {
  const { purelib, platlib, scripts, data, headers } = scheme;
  const paths = [purelib, platlib, scripts, data, headers, executable];
  if (!isVirtual || paths.some((path) => restBelow(path, prefix) === undefined)) return undefined;
  const inside = (path: string): string => path.slice(prefix.length);
  return {
    scheme: {
      purelib: inside(purelib),
      platlib: inside(platlib),
      scripts: inside(scripts),
      data: inside(data),
      headers: inside(headers),
    },
    executable: inside(executable),
  };
}

/** The wheels of a plan that installs nothing else; undefined where it does more. */
function wheelsOf({ install, remove, keep, metadata }: ChangePlan): readonly RememberedWheel[] | undefined {
  if (remove.length > 0 || keep.length > 0 || metadata !== undefined) return undefined;
  const wheels = install.flatMap((planned) => wheelOf(planned) ?? []);
  return wheels.length === install.length ? wheels : undefined;
}

function wheelOf(planned: PlannedInstall): RememberedWheel | undefined {
  const { name, version, isRequested, source, directUrl } = planned;
  if (source.kind !== "index" || directUrl !== undefined) return undefined;
  const sha256 = sha256Of(source.hashes);
  return sha256 === undefined ? undefined : { name, version, sha256, isRequested };
}

/** What `--python` names below the environment's folder; undefined where it says more than which environment is meant. */
function wayOf(
  { argv, cwd, settings, isOnlyValueOf }: CommandContext,
  { prefix }: Interpreter,
): string | undefined {
  const given = settings.get("python");
  if (given === undefined || !isPlainPath(given) || !isPlainPath(prefix) || !given.includes("/"))
    return undefined;
  if (argv[argv.indexOf("--python") + 1] !== given || !isOnlyValueOf("python", given)) return undefined;
  return restBelow(resolve(cwd, given), prefix);
}

function namingOf(
  { output }: CommandContext,
  { at, interpreter }: { readonly at: number; readonly interpreter: Interpreter },
): InstallRecipe["naming"] {
  const [start = "", end = ""] = output.style("path", "\0").split("\0");
  return { at, version: interpreter.version.text, style: [start, end] };
}
