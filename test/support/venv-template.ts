// One virtual environment without pip per process of tests, made by the machine's own Python and copied: to make one takes the
// processor as long as a command.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Puts a virtual environment at a path where nothing stands yet. Its activation scripts name another folder. */
export function copyVenv(path: string): void {
  if (template === undefined) {
    const made = join(realpathSync(mkdtempSync(join(tmpdir(), "pinion-venv-"))), "venv");
    execFileSync(PYTHON, ["-m", "venv", "--without-pip", made]);
    template = made;
  }
  cpSync(template, path, { recursive: true, verbatimSymlinks: true });
}

let template: string | undefined;
const PYTHON = process.platform === "win32" ? "python" : "python3";
