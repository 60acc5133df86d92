// The real command on a pseudo terminal: what it shows there, and what a person types.

import { fileURLToPath } from "node:url";
import type { World } from "./world.ts";

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** Typed once some text is on the screen. */
  readonly typed?: { readonly after: string; readonly text: string };
}

/** Runs the command; `screen` is everything that was written there. Needs `python3`. */
export async function onTerminal(
  world: World,
  args: readonly string[],
  { env = {}, columns = 120, typed = { after: "", text: "" } }: TerminalOptions = {},
): Promise<{ readonly screen: string; readonly code: number | undefined }> {
  const command = [
    process.execPath,
    fileURLToPath(new URL("../../bin/pinion.cjs", import.meta.url)),
    ...args,
  ];
  const { code, stdout } = await world.program(
    "python3",
    ["-c", TERMINAL, `${columns}`, typed.after, typed.text, ...command],
    { env: { TERM: "xterm-256color", ...env } },
  );
  return { screen: stdout, code };
}

const TERMINAL = `
import os, pty, sys, fcntl, termios, struct

columns, mark, text, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(columns), 0, 0))
    os.execvp(command[0], command)
screen = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    screen += piece
    if mark and mark.encode() in screen:
        os.write(terminal, text.encode())
        mark = ""
sys.stdout.buffer.write(screen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
