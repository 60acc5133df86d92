import { expect, test } from "vitest";
import { SETTINGS, summaryOf, type SettingDefinition, type SettingName } from "../../settings/table/table.ts";
import { specOf } from "../grammar/command.ts";
import { outlineCommands } from "../grammar/command-outline.ts";
import { COMMANDS } from "./commands.ts";

const outlines = outlineCommands(COMMANDS).map((outline) => [outline.words.join(" "), outline] as const);
const INSTALLS: ReadonlySet<string> = new Set(["pip install", "pip sync"]);
/** What another command installs all the same. */
const INSTALLING_OPTIONS: ReadonlySet<string> = new Set(["--seed"]);

test.each(outlines)("every option of `%s` has a summary", (_, { options }) => {
  expect(options.filter(({ summary }) => summary === "")).toEqual([]);
});

test.each(outlines.filter(([words]) => !INSTALLS.has(words)))(
  "no option of `%s` speaks of installing what the command does not install",
  (_, { options }) => {
    const wrong = options.filter(
      ({ long = "", summary }) =>
        !INSTALLING_OPTIONS.has(long) && /^(?:Re)?install\b|\binstall (?:into|below|what)\b/i.test(summary),
    );
    expect(wrong).toEqual([]);
  },
);

/** What the words of the table cannot say for every command at once. */
const OF_THE_COMMAND: readonly SettingName[] = [
  "python",
  "system",
  "target",
  "prefix",
  "requirement",
  "no-deps",
];
/** These have the settings of all commands, or of none. */
const GENERAL: ReadonlySet<string> = new Set(["config", "self check"]);

test.each(COMMANDS.map((entry) => [entry.words.join(" "), entry] as const))(
  "`%s` says itself what those options mean that each command uses otherwise",
  (words, entry) => {
    const { settings, summaries } = specOf(entry);
    const without = OF_THE_COMMAND.filter(
      (name) => settings.includes(name) && summaries?.()[name] === undefined && !GENERAL.has(words),
    );
    expect(without).toEqual([]);
  },
);

test("a summary of a command is not the one of the table", () => {
  const idle = COMMANDS.map(specOf).flatMap(({ words, settings, summaries = () => ({}) }) =>
    Object.entries(summaries())
      .filter(([name, summary]) => {
        const definition: SettingDefinition = SETTINGS[name as SettingName];
        return settings.includes(name as SettingName) && summary === summaryOf(definition);
      })
      .map(([name]) => `${words.join(" ")}: ${name}`),
  );
  expect(idle).toEqual([]);
});
