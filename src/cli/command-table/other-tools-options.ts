// Options of uv, pip and pip-compile that have no effect here: accepted, so that a command line that was written for those
// tools works, with a warning where its author would expect an effect.

import { SETTINGS, type SettingDefinition, type SettingName } from "../../settings/table/table.ts";
import type { CommandOption } from "../grammar/command.ts";

/** What uv accepts and what has no effect here. */
export const WITHOUT_EFFECT: readonly CommandOption[] = [
  ...withoutEffect("a hash given by the index is always checked", ["--no-verify-hashes"]),
  settingWithoutEffect("fork-strategy"),
  // What requests the default, or what only concerns other tools, needs no warning.
  ...[
    "--verify-hashes",
    "--prefer-binary",
    "--check-build-dependencies",
    "--no-clean",
    "--src <FOLDER>",
    "--no-warn-script-location",
    "--no-warn-conflicts",
    "--no-user",
    "--no-verify",
  ].map(silently),
];

/** What requests the default, or concerns only other tools. */
const ACCEPTED: readonly string[] = [
  // What Pinion does anyway.
  "--no-managed-python",
  "--no-python-downloads",
  "--preview",
  "--no-preview",
  "--preview-features <PREVIEW_FEATURES>",
  // uv's `pip` interface passes it over too.
  "--project <PROJECT>",
  "--no-input",
  "--progress-bar <TYPE>",
  "--root-user-action <ACTION>",
  "--exists-action <ACTION>",
  "--require-virtualenv",
  "--disable-pip-version-check",
  "--use-feature <FEATURE>",
  "--use-deprecated <FEATURE>",
  "--resume-retries <COUNT>",
  "--debug",
  "--no-python-version-warning",
];

/** Options of uv and pip that every command accepts without effect, before its words too. */
export const GLOBAL_OPTIONS: readonly CommandOption[] = [
  ...withoutEffect("Pinion installs no Python", ["--managed-python"]),
  ...withoutEffect("`-v` shows what is done", ["--log <FILE>"]),
  ...ACCEPTED.map(silently),
  {
    ...silently("--python-preference <PYTHON_PREFERENCE>"),
    choices: ["only-managed", "managed", "system", "only-system"],
  },
];

/** uv answers so to this option of its project commands. */
export const UPGRADE_GROUP: CommandOption = {
  flag: "--upgrade-group <UPGRADE_GROUP>",
  isHidden: true,
  isRepeatable: true,
};

/** What `uv build` accepts, and what has no effect on a build there either, or is what Pinion always does. */
export const UV_BUILD: readonly CommandOption[] = [
  ...withoutEffect("a hash given by the index is always checked", ["--no-verify-hashes"]),
  ...[
    "--force-pep517",
    "-U, --upgrade",
    "-P, --upgrade-package <UPGRADE_PACKAGE>",
    "--upgrade-group <UPGRADE_GROUP>",
    "--prerelease-package <PRERELEASE_PACKAGE>",
  ].map(silently),
  ...(["resolution", "fork-strategy", "prerelease", "link-mode"] as const).map(settingWithoutEffect),
];

/** What virtualenv has, and what uv answers. */
export const VIRTUALENV: readonly CommandOption[] = [
  ...["pip", "setuptools", "wheel"].map((name) => ({
    flag: `--no-${name}`,
    ignored: `virtualenv's \`--no-${name}\` has no effect (Pinion omits \`${name}\` by default)`,
  })),
  {
    flag: "--symlinks",
    ignored: "virtualenv's `--symlinks` has no effect (Pinion always symlinks Python executables)",
  },
];

/** What pip-compile has: without effect here, or refused by the command with its reason. */
export const PIP_TOOLS: readonly CommandOption[] = [
  ...["--allow-unsafe", "--no-allow-unsafe"].map((flag) => ({
    flag,
    ignored: `pip-compile's \`${flag}\` has no effect (Pinion can safely pin \`pip\` and other packages)`,
  })),
  {
    flag: "--no-reuse-hashes",
    ignored: "pip-compile's `--no-reuse-hashes` has no effect (Pinion doesn't reuse hashes)",
  },
  {
    flag: "--no-emit-trusted-host",
    ignored: "pip-compile's `--no-emit-trusted-host` has no effect (Pinion never emits trusted hosts)",
  },
  {
    flag: "--no-emit-options",
    ignored: "pip-compile's `--no-emit-options` has no effect (Pinion never emits options)",
  },
  { flag: "--resolver <RESOLVER>", choices: ["backtracking", "legacy"], isHidden: true },
  ...[
    "--reuse-hashes",
    "--max-rounds <NUMBER>",
    "--emit-trusted-host",
    "--config <FILE>",
    "--emit-options",
    "--pip-args <ARGUMENTS>",
  ].map((flag) => ({ flag, isHidden: true as const })),
];

/** A setting that has its effect in other commands: its value must be one of those that it has there. */
export function settingWithoutEffect(name: SettingName): CommandOption {
  const { flag = "", choices }: SettingDefinition = SETTINGS[name];
  return { ...silently(flag), ...(choices === undefined ? {} : { choices }) };
}

function silently(flag: string): CommandOption {
  return { flag, ignored: "" };
}

function withoutEffect(why: string, flags: readonly string[]): readonly CommandOption[] {
  return flags.map((flag) => {
    const name = /--[a-z-]+/.exec(flag)?.[0] ?? flag;
    return { flag, ignored: `\`${name}\` has no effect (${why})` };
  });
}
