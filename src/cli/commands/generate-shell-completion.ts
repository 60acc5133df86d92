// `pinion generate-shell-completion`: prints the completion script of a shell.

import type { CommandContext, ExitCode } from "../grammar/command.ts";
import { outlineCommands } from "../grammar/command-outline.ts";
import { invalidValue } from "../../settings/values/invalid-argument.ts";
import { SHELLS, shellCompletion } from "../grammar/shell-completion.ts";

export function run({ arguments: [name = ""], commands, output }: CommandContext): Promise<ExitCode> {
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) {
    throw invalidValue(name, { option: "<shell>", why: `expected ${SHELLS.join(", ")}` });
  }
  const script = shellCompletion(shell, outlineCommands(commands)).trimEnd();
  if (output.isJson) output.json({ shell, script });
  else output.result(script);
  return Promise.resolve(0);
}
