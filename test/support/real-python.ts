// Puts the folder of the real `python3` before everything else on the search path. Where a version manager's shim stands
// there, each start of Python costs several processes, and the tests start it hundreds of times.

import { execFileSync } from "node:child_process";
import { delimiter, dirname } from "node:path";

/** Vitest calls it once, before the first test file. */
export default function realPythonFirst(): void {
  if (process.platform === "win32") return;
  const path = process.env["PATH"] ?? "";
  const executable = realPython();
  if (executable === undefined) return;
  const folder = dirname(executable);
  if (!path.split(delimiter).includes(folder)) process.env["PATH"] = `${folder}${delimiter}${path}`;
}

function realPython(): string | undefined {
  const code = "import sys; print(sys.executable)";
  try {
    return execFileSync("python3", ["-I", "-c", code], { encoding: "utf8" }).trim() || undefined;
  } catch {
    // Not there: the tests that need one are skipped by name.
    return undefined;
  }
}
