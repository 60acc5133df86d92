import type { CommandContext, ExitCode } from "../command.ts";
export async function run(_context: CommandContext): Promise<ExitCode> {
  return await Promise.resolve(0);
}
