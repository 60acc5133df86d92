// The real Pythons of the machine, found through the search path and beside what is found there; tests that need one
// that is not there are skipped by name.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { strideOf } from "./cases.ts";

/** One real Python of each minor version: `3.12` and its program. */
export interface RealPython {
  readonly minor: string;
  readonly executable: string;
}

const OLDEST_MINOR = 8;
const NEWEST_MINOR = 15;

/** Finds a Python for each minor version from 3.8 on; of many, `npm test` takes the oldest and the newest. */
export function realPythons(): readonly RealPython[] {
  const first = probe("python3");
  if (first === undefined) return [];
  // Version managers keep Pythons in neighbouring folders: versions/3.12.1, versions/3.13.0.
  const versions = dirname(first.prefix);
  const neighbours = readdirSync(versions)
    .map((entry) => join(versions, entry, "bin", "python3"))
    .filter((path) => existsSync(path));
  const found = new Map([[first.minor, first.executable]]);
  for (const candidate of neighbours) {
    const python = probe(candidate);
    if (python !== undefined && !found.has(python.minor)) found.set(python.minor, python.executable);
  }
  for (let minor = OLDEST_MINOR; minor <= NEWEST_MINOR; minor += 1) {
    const python = found.has(`3.${minor}`) ? undefined : probe(`python3.${minor}`);
    if (python !== undefined) found.set(python.minor, python.executable);
  }
  const all = [...found]
    .map(([minor, executable]) => ({ minor, executable }))
    .filter(({ minor }) => Number(minor.slice(2)) >= OLDEST_MINOR)
    .toSorted((a, b) => Number(a.minor.slice(2)) - Number(b.minor.slice(2)));
  return all.filter((_, at) => at % strideOf(all.length - 1) === 0);
}

/** Runs Python code; undefined where it fails. */
export function tryPython(executable: string, code: string): string | undefined {
  try {
    return execFileSync(executable, ["-I", "-c", code], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}

function probe(
  name: string,
): { readonly minor: string; readonly executable: string; readonly prefix: string } | undefined {
  const code =
    "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable); print(sys.base_prefix)";
  const [minor, executable, prefix] = (tryPython(name, code) ?? "").split("\n");
  return minor && executable && prefix ? { minor, executable, prefix } : undefined;
}
