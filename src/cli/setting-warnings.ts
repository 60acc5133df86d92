// What uv warns of in settings: ambiguous indexes, and words that it will not take any more.

import { formatOrigin } from "../settings/origin.ts";
import type { Settings } from "../settings/settings.ts";
import { SETTINGS, type SettingDefinition } from "../settings/table/table.ts";
import type { CommandSpec } from "./grammar/command.ts";

/** `--index corp` may mean a name some day: a path is better written as one. */
export function ambiguousIndexes(settings: Settings): readonly string[] {
  const defaultIndex = settings.sourced("default-index");
  return [...settings.entries("index"), ...(defaultIndex === undefined ? [] : [defaultIndex])]
    .filter(({ origin, value }) => origin.kind !== "file" && AMBIGUOUS.test(value))
    .map(
      ({ value }) =>
        `Relative paths passed to \`--index\` or \`--default-index\` should be disambiguated from index names (use \`./${value}\`). Support for ambiguous values will be removed in the future`,
    );
}

/** uv's words for what it calls deprecated. */
export function deprecatedValues(settings: Settings): readonly string[] {
  return settings.get("prerelease") === "if-necessary-or-explicit"
    ? [
        "The `if-necessary-or-explicit` pre-release mode is deprecated and will be removed in a future release. Use `if-necessary` instead.",
      ]
    : [];
}

/** What is set for a command, and has no effect. */
export function settingsWithoutEffect(
  settings: Settings,
  { settings: names }: Pick<CommandSpec, "settings">,
): readonly string[] {
  return names.flatMap((name) => {
    const { withoutEffect }: SettingDefinition = SETTINGS[name];
    const origin = withoutEffect === undefined ? undefined : settings.sourced(name)?.origin;
    return origin === undefined ? [] : [`\`${formatOrigin(origin)}\` has no effect (${withoutEffect})`];
  });
}

// Neither a URL, nor NAME=URL, nor a path that begins as one.
const AMBIGUOUS = /^(?![./\\~]|[A-Za-z]:)[^=:]+$/;
