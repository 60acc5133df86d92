// What the settings of a command ask of a lock file, and of a change.

import type { LockPlanRequest, PlanRequest } from "../../api/requests.ts";
import { PinionError } from "../../errors.ts";
import { isPylockName } from "../../lock/read-pylock.ts";
import { conflictingArguments } from "../../settings/values/invalid-argument.ts";
import { normalizeName } from "../../pep/name.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Inputs } from "../../sources/requested.ts";
import { hasOption, listOption, type CommandContext } from "../grammar/command.ts";
import { packageRules } from "./package-rules.ts";

/**
 * The lock file among the files that a command is given; undefined where there is none.
 *
 * @param files as they were given; requirements of the command line are others
 * @throws usage/invalid-argument where something else is given beside it
 */
export function lockFileOf(
  context: CommandContext,
  { arguments: kind = "requirements" }: { readonly arguments?: "requirements" | "files" } = {},
): string | undefined {
  const required = context.settings.get("requirement");
  const files = kind === "files" ? [...context.arguments, ...required] : required;
  const [first, second] = files.filter((file) => isPylockName(withoutExtras(file).file));
  if (first === undefined) return undefined;
  if (second !== undefined)
    throw refusal(`Multiple \`pylock.toml\` files specified: \`${first}\` vs. \`${second}\``);
  const others = kind === "files" ? 0 : context.arguments.length;
  if (files.length > 1 || others > 0 || listOption(context, "editable").length > 0)
    throw refusal("Cannot specify additional requirements alongside a `pylock.toml` file");
  for (const name of NOT_BESIDE_LOCK)
    if (isForCommand(name, context) && context.settings.get(name).length > 0)
      throw refusal(`Cannot specify ${name}s with a \`pylock.toml\` file`);
  if (context.settings.get("only-deps")) throw conflictingArguments("--only-deps", "--requirement");
  return first;
}

/** What is installed from a lock file. `pylock.toml[extra]` chooses extras, as pip has it. */
export function lockRequest(context: CommandContext, given: string): Omit<LockPlanRequest, "into"> {
  const { settings } = context;
  const { file, extras } = withoutExtras(given);
  const groups = settings.get("group").map(({ name }) => normalizeName(name));
  return {
    file,
    extras: settings.get("all-extras")
      ? "all"
      : [...extras.map((name) => normalizeName(name.trim())), ...settings.get("extra")],
    excludedExtras: settings.get("no-extra"),
    groups: groups.length === 0 ? undefined : groups,
    ...packageRules(context),
  };
}

/**
 * What the settings say of a change.
 *
 * @param inputs what is requested, where it is not a lock file
 */
export function changeRequest(
  context: CommandContext,
  inputs?: Inputs,
): Pick<PlanRequest, "upgrade" | "reinstall" | "isExact" | "linkMode"> {
  const { settings } = context;
  return {
    upgrade: upgradedPackages(settings, inputs),
    reinstall: settings.get("reinstall") ? "all" : settings.get("reinstall-package"),
    isExact: hasOption(context, "exact"),
    linkMode: settings.get("link-mode"),
  };
}

/** uv's `--upgrade` is pip's with `--upgrade-strategy eager`; pip's other strategy names what was requested. */
function upgradedPackages(settings: Settings, inputs: Inputs | undefined): "all" | readonly string[] {
  const named = settings.get("upgrade-package");
  if (!settings.get("upgrade")) return named;
  if (settings.get("upgrade-strategy") !== "only-if-needed" || inputs === undefined) return "all";
  const requested = inputs.requirements.flatMap((entry) =>
    entry.kind === "named" ? [entry.requirement.name] : [],
  );
  return [...named, ...requested];
}

/** `sync` has only one of them, and passes over the variables of the others, as in uv. */
function isForCommand(name: (typeof NOT_BESIDE_LOCK)[number], { words }: CommandContext): boolean {
  return name === "constraint" || words.at(-1) !== "sync";
}

function withoutExtras(given: string): { readonly file: string; readonly extras: readonly string[] } {
  const match = /^(.*\.toml)\[([A-Za-z0-9._, -]+)\]$/.exec(given);
  return { file: match?.[1] ?? given, extras: match?.[2]?.split(",") ?? [] };
}

function refusal(message: string): PinionError {
  return new PinionError("usage/invalid-argument", message);
}

/** What chooses versions and files otherwise than the lock file does. */
const NOT_BESIDE_LOCK = ["constraint", "override", "exclude"] as const;
