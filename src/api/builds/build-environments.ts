// Environments for builds: each once for what it holds and for its Python, in the cache, and used again by every build
// that needs the same wheels. One that a build has changed is made again.

import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/make-folders.ts";
import { removeLargeAtomically } from "../../base/remove-tree.ts";
import type { WantedDistribution } from "../../install/plan.ts";
import type { Protection } from "../../net/protection.ts";
import type { Interpreter } from "../../python/interpreter.ts";
import { createVenv, describeVenv } from "../../python/venv.ts";
import { bucketDirectory } from "../../store/buckets.ts";
import { acquireLock } from "../../base/lock.ts";
import type { Destination } from "../destination.ts";
import { PLAN_FORMAT, type ChangePlan } from "../plan/value.ts";

export interface BuildEnvironmentTools {
  readonly cacheDirectory: string;
  /** The wheels of the plan, which are in the cache. */
  readonly wheels: readonly WantedDistribution[];
  readonly apply: (plan: ChangePlan, wheels: readonly WantedDistribution[]) => Promise<unknown>;
  /** The weakest of what the plan was made from, and of what is in it: asked once the wheels are there. */
  readonly protection: () => Protection;
  readonly signal: AbortSignal | undefined;
}

/**
 * The environment that a plan for an empty one describes.
 *
 * @throws what applying the plan throws; cache/locked, environment/…
 */
export async function openBuildEnvironment(
  plan: ChangePlan,
  python: Interpreter,
  { cacheDirectory, wheels, apply, protection, signal }: BuildEnvironmentTools,
): Promise<Interpreter> {
  const bucket = bucketDirectory(cacheDirectory, "environments");
  makeFolders(bucket);
  const path = join(bucket, keyOf(wheels, python, protection()));
  const known = describeVenv(path, python);
  if (isWhole(known)) return known;
  const lock = await acquireLock(`${path}.lock`, { code: "cache/locked", subject: cacheDirectory, signal });
  try {
    if (isWhole(known)) return known;
    await removeLargeAtomically(path);
    const { interpreter } = await createVenv({ path, base: python });
    const destination: Destination = { kind: "environment", interpreter };
    await apply({ ...plan, destination }, wheels);
    writeFileSync(join(path, MARK), contentsOf(interpreter));
    return interpreter;
  } finally {
    lock.release();
  }
}

/** Everything that decides what is in the environment: not where its wheels came from, but which they are. */
function keyOf(
  wheels: readonly WantedDistribution[],
  { baseExecutable, version, isFreeThreaded }: Interpreter,
  protection: Protection,
): string {
  const held = wheels.map(({ name, wheel }) => [name, wheel.sha256]);
  // An unverified run may have chosen them.
  const facts = [
    PLAN_FORMAT,
    baseExecutable,
    version.text,
    isFreeThreaded,
    held.toSorted(byName),
    protection,
  ];
  return hash("sha256", JSON.stringify(facts), "hex").slice(0, KEY_DIGITS);
}

function byName([one = ""]: readonly unknown[], [other = ""]: readonly unknown[]): number {
  return String(one) < String(other) ? -1 : 1;
}

/** Whether it was finished, and holds what it was finished with. */
function isWhole(interpreter: Interpreter): boolean {
  const mark = join(interpreter.prefix, MARK);
  return existsSync(mark) && readFileSync(mark, "utf8") === contentsOf(interpreter);
}

/** The names at its top: whatever is installed or removed shows in them. Bytecode comes with use. */
function contentsOf({ scheme }: Interpreter): string {
  const folders = [...new Set([scheme.purelib, scheme.platlib, scheme.scripts])];
  return folders
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).toSorted() : []))
    .filter((name) => name !== "__pycache__")
    .join("\n");
}

const MARK = "pinion-build-environment";
const KEY_DIGITS = 32;
