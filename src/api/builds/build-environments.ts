// Environments for builds: each once for what it holds and for its Python, in the cache, and used again by every build
// that needs the same wheels. One that a build has changed is made again.

import { createHash, hash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { removeLargeAtomically } from "../../base/files/remove-tree.ts";
import { inTurns, Turns, type Pausing } from "../../base/work/turns.ts";
import type { WantedDistribution } from "../../install/plan.ts";
import type { Protection } from "../../net/protection.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import { createVenv, describeVenv } from "../../python/venv/venv.ts";
import { bucketDirectory } from "../../store/cache/buckets.ts";
import { acquireLock } from "../../base/files/lock.ts";
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
  const turns = new Turns(signal);
  if (await inTurns(isWhole(known), turns)) return known;
  const lock = await acquireLock(`${path}.lock`, { code: "cache/locked", subject: cacheDirectory, signal });
  try {
    if (await inTurns(isWhole(known), turns)) return known;
    await removeLargeAtomically(path);
    const { interpreter } = await createVenv({ path, base: python });
    const destination: Destination = { kind: "environment", interpreter };
    await apply({ ...plan, destination }, wheels);
    writeFileSync(join(path, MARK), await inTurns(contentsOf(interpreter), turns));
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
function* isWhole(interpreter: Interpreter): Pausing<boolean> {
  const mark = join(interpreter.prefix, MARK);
  return existsSync(mark) && readFileSync(mark, "utf8") === (yield* contentsOf(interpreter));
}

/** The digest of the names, sizes and times of its files, which whatever a build changes shows in. Bytecode comes with use. */
function* contentsOf({ scheme }: Interpreter): Pausing<string> {
  const digest = createHash("sha256");
  const folders = [...new Set([scheme.purelib, scheme.platlib, scheme.scripts])];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    yield;
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).toSorted()) {
      if (name === "__pycache__") continue;
      const path = join(folder, name);
      const status = lstatSync(path, { throwIfNoEntry: false });
      if (status?.isDirectory() === true) folders.push(path);
      // Whole seconds, which are what an archive of the cache keeps.
      else if (status !== undefined)
        digest.update(`${JSON.stringify([path, status.size, Math.floor(status.mtimeMs / 1000)])}\n`);
    }
  }
  return digest.digest("hex");
}

const MARK = "pinion-build-environment";
const KEY_DIGITS = 32;
