// The command as a process: a command line from this process's words, variables and folders.

import { homedir } from "node:os";
import { runCommandLine } from "./command-line.ts";
import { runProcess } from "./process.ts";
import type { Recording } from "./recording.ts";

/** Runs the command line of this process and ends it with the command's exit code. */
export function main(recording?: Recording): void {
  runProcess(
    async (signal, screens) =>
      await runCommandLine({
        argv: process.argv.slice(2),
        env: process.env,
        cwd: process.cwd(),
        home: homedir(),
        ...screens,
        signal,
        recording,
      }),
  );
}
