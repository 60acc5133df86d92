// `pinion self check`: what Pinion needs on this machine, and what is missing.

import type { CommandContext, ExitCode } from "../grammar/command.ts";
import { checkSelf, type SelfCheck } from "../self-check.ts";
import { VERSION } from "../../version.ts";
import type { Style } from "../screen/output.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const checks = await checkSelf(context);
  const isUsable = checks.every(({ status }) => status !== "failed");
  if (output.isJson) output.json({ version: VERSION, isUsable, checks });
  else for (const check of checks) for (const line of linesOf(check, context)) output.result(line);
  return isUsable ? 0 : 1;
}

function linesOf(
  { name, status, detail, consequence }: SelfCheck,
  { output }: CommandContext,
): readonly string[] {
  const label = output.resultStyle(STYLES[status], status.padEnd(7));
  const line = `${label} ${name.padEnd(12)} ${detail}`;
  return consequence === undefined ? [line] : [line, `${" ".repeat(21)}${consequence}`];
}

const STYLES: Readonly<Record<SelfCheck["status"], Style>> = {
  ok: "good",
  missing: "warning",
  off: "dim",
  failed: "error",
};
