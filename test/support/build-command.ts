// Rebuilds the command's bundle before the tests, where the sources are newer: what tests start is what they test.

import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Vitest calls it once, before the first test file. */
export default function buildCommand(): void {
  const top = fileURLToPath(new URL("../..", import.meta.url));
  const built = modifiedAt(join(top, "dist", "command"));
  const isStale = readdirSync(join(top, "src"), { recursive: true, encoding: "utf8" }).some(
    (path) =>
      path.endsWith(".ts") && !path.endsWith(".test.ts") && modifiedAt(join(top, "src", path)) > built,
  );
  const isInflaterStale = readdirSync(join(top, "assembly")).some(
    (name) => modifiedAt(join(top, "assembly", name)) > modifiedAt(join(top, "dist", "inflate.wasm")),
  );
  if (!isStale && !isInflaterStale) return;
  execFileSync(process.execPath, [join(top, "scripts", "build.mjs"), "--command-only"], { stdio: "inherit" });
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
