// `pinion generate-man-page`: prints the source of the manual page.

import { VERSION } from "../../version.ts";
import { outlineCommands } from "../command-outline.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { manPage } from "../man-page.ts";

export function run({ commands, output }: CommandContext): Promise<ExitCode> {
  output.result(manPage(outlineCommands(commands), VERSION).trimEnd());
  return Promise.resolve(0);
}
