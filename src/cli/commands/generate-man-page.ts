// `pinion generate-man-page`: prints the source of the manual page.

import { VERSION } from "../../version.ts";
import { outlineCommands } from "../grammar/command-outline.ts";
import type { CommandContext, ExitCode } from "../grammar/command.ts";
import { manPage } from "../grammar/man-page.ts";

export function run({ commands, output }: CommandContext): Promise<ExitCode> {
  const page = manPage(outlineCommands(commands), VERSION).trimEnd();
  if (output.isJson) output.json({ page });
  else output.result(page);
  return Promise.resolve(0);
}
