// Every command with its options as help lists them: what shell completion and the man page are made from.

import { SETTINGS, summaryOf, type SettingDefinition } from "../../settings/table/table.ts";
import { specOf, usageOf, type CommandEntry } from "./command.ts";

export interface OptionOutline {
  /** `--index-url`; undefined for an option that has a letter only. */
  readonly long: string | undefined;
  /** `-i` */
  readonly short: string | undefined;
  /** `<url>`; undefined for a flag. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
  readonly summary: string;
}

export interface CommandOutline {
  readonly words: readonly string[];
  readonly summary: string;
  /** `[options] [package...]` */
  readonly usage: string;
  readonly examples: readonly string[];
  readonly options: readonly OptionOutline[];
}

/** The outline of commands, in their order. */
export function outlineCommands(commands: readonly CommandEntry[]): readonly CommandOutline[] {
  return commands
    .map(specOf)
    .map((spec) => ({ ...spec, usage: usageOf(spec) }))
    .map(({ words, summary, usage, settings, summaries, options, examples = [] }) => ({
      words,
      summary,
      usage,
      examples,
      options: [
        ...options
          .filter(
            ({ isHidden, ignored, refused }) =>
              isHidden !== true && ignored === undefined && refused === undefined,
          )
          .map(({ flag, summary: own = "", choices = [] }) => outlineOption(flag, own, choices)),
        ...settings.flatMap((name) => {
          const setting: SettingDefinition = SETTINGS[name];
          const { flag, choices = [], withoutEffect } = setting;
          return flag === undefined || withoutEffect !== undefined
            ? []
            : [outlineOption(flag, summaries?.()[name] ?? summaryOf(setting), choices)];
        }),
      ],
    }));
}

/** `-i, --index-url <url>` as its parts. */
function outlineOption(flag: string, summary: string, choices: readonly string[]): OptionOutline {
  const [, short, long, value] = /^(-\w)?(?:, )?(--[\w-]+)?(?: (.+))?$/.exec(flag) ?? [];
  return { short, long, value, choices, summary };
}
