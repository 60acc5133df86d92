// What `--strict` warns of.

import { firstFew } from "../base/text/first-few.ts";
import { formatProblem, type Problem } from "../inspect/problems.ts";
import type { CommandContext } from "./grammar/command.ts";

/** Tells what is wrong with an environment, beside what a command is about. */
export function warnOfProblems(problems: readonly Problem[], { output }: CommandContext): void {
  const rest = (count: number): string => `There are ${count} more problems: \`pinion pip check\` lists all`;
  for (const warning of firstFew(problems, formatProblem, rest)) output.warn(warning);
}
