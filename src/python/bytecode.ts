// Compiles modules to bytecode with the Python that will run them: one process for all of them.

import { execFile } from "node:child_process";
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";

import { cancelled } from "../base/work/cancelled.ts";
import { madeOnce } from "../base/work/once.ts";
import { withoutSecrets } from "./interpreters/without-secrets.ts";

export interface CompileOptions {
  /** Variables for that Python. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compiles modules; those that do not compile are passed over, as pip does, and so are those whose bytecode would be written
 * through a link.
 *
 * @returns how many were compiled
 */
export async function compileModules(
  executable: string,
  paths: readonly string[],
  { env, signal }: CompileOptions,
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const options = {
      env: { ...withoutSecrets(env, { isCacheShared: true }) },
      maxBuffer: MAX_OUTPUT_BYTES,
      signal,
    };
    // Without `site`, which runs the `.pth` files of the environment: those that were just installed, too.
    const child = execFile(executable, ["-I", "-S", "-c", SCRIPT], options, (error, stdout) => {
      if (error !== null && signal?.aborted === true)
        reject(cancelled(signal, "Cancelled while bytecode was compiled"));
      else resolve(Number.parseInt(stdout, 10) || 0);
    });
    // A program that ends before it has read the list has compiled nothing.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(paths.filter(keepsOwnBytecode()).join("\0"));
  });
}

/** Whether `__pycache__` beside a module is a folder or not there yet: a checked-out folder may have a link in its place. */
function keepsOwnBytecode(): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const folder = join(dirname(path), "__pycache__");
    return madeOnce(known, folder, () => lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? true);
  };
}

// `quiet=2` keeps the errors of broken files to itself. A folder that a project names may hold whatever Python takes for a line end.
const SCRIPT = `
import compileall, os, sys
count = 0
for path in os.fsdecode(sys.stdin.buffer.read()).split("\\0"):
    if path and compileall.compile_file(path, quiet=2):
        count += 1
print(count)
`;

const MAX_OUTPUT_BYTES = 65_536;
