// `--check` and `--output-format json`, which every command that changes an environment shares.

import type { Change } from "../../api/plan/value.ts";
import { changesDocument } from "./changes-document.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";

/** Whether the command only shows what it would change: `--dry-run`, `--check`. */
export function changesNothing(context: CommandContext): boolean {
  return hasOption(context, "dryRun") || hasOption(context, "check");
}

/** Prints the document of `--output-format json`, and returns the exit code: `--check` fails where something would change. */
export function reportChanges(changes: readonly Change[], context: CommandContext): ExitCode {
  if (textOption(context, "outputFormat") === "json") {
    context.output.indentedJson(changesDocument(changes, { isDryRun: changesNothing(context) }));
  }
  return hasOption(context, "check") && changes.length > 0 ? 1 : 0;
}
