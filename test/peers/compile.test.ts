// `pip compile` of real requirement sets against the configured index: the same lines as uv 0.13.9, for the platforms and
// Pythons in turn, and for all environments at once. With `PINION_NETWORK=1` only; what does not fit into the time is skipped
// by name.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, inject, test, type TestContext } from "vitest";

import { World, type CliRun } from "../support/world.ts";
import { uv } from "./peers.ts";

interface RequirementSets {
  readonly sets: Readonly<Record<string, readonly string[]>>;
  readonly universal: readonly string[];
}

const UV = uv("0.13.9").program;
const NETWORK = inject("network");
const { sets, universal } = JSON.parse(
  readFileSync(new URL("requirement-sets.json", import.meta.url), "utf8"),
) as RequirementSets;

const PLATFORMS = [
  "linux",
  "macos",
  "windows",
  "x86_64-unknown-linux-musl",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
];
const PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

const ALL = "all environments";

/** Each set with a platform and a Python; six and seven have no common divisor, so all pairs come up. Then for all at once. */
const CASES = Object.keys(sets).flatMap((name, index) => [
  [name, PLATFORMS[index % PLATFORMS.length]!, PYTHONS[index % PYTHONS.length]!] as const,
  ...(universal.includes(name) ? [[name, ALL, "3.11"] as const] : []),
]);

describe.skipIf(UV === undefined || Object.keys(NETWORK).length === 0)(
  "pip compile does as uv 0.13.9",
  () => {
    let world: World;
    let endsAt = 0;
    beforeAll(async () => {
      world = await World.create();
      for (const [name, requirements] of Object.entries(sets))
        writeFileSync(join(world.project, `${name}.in`), `${requirements.join("\n")}\n`);
      endsAt = performance.now() + TIME_MS;
    });
    afterAll(() => world[Symbol.asyncDispose]());

    /** The lines and exit codes of both. */
    async function outcomes(
      words: readonly string[],
      { skip }: TestContext,
    ): Promise<Readonly<Record<"ours" | "theirs", Outcome>>> {
      skip(performance.now() > endsAt, "the time for the network is used up");
      // Nothing that appears from now on changes an answer; builds are left to other tests.
      const rules = ["--no-build", "--no-header", "--exclude-newer", "2026-11-01T00:00:00Z"];
      const args = ["pip", "compile", ...words, ...rules];
      const options = { timeoutMs: 120_000, env: NETWORK };
      const ours = await world.run(args, options);
      const theirs = await world.program(UV ?? "uv", args, {
        ...options,
        env: { ...NETWORK, UV_CACHE_DIR: join(world.directory, "uv-cache"), UV_PYTHON_DOWNLOADS: "never" },
      });
      return { ours: outcomeOf(ours), theirs: outcomeOf(theirs) };
    }

    test.concurrent.for(CASES)("%s for %s, Python %s", async ([name, platform, python], context) => {
      const { expect } = context;
      const target = platform === ALL ? ["--universal"] : ["--python-platform", platform];
      const { ours, theirs } = await outcomes([`${name}.in`, ...target, "--python-version", python], context);
      expect(ours).toEqual(theirs);
    });
  },
);

interface Outcome {
  readonly code: number | undefined;
  readonly lines: readonly string[];
}

function outcomeOf({ code, stdout }: CliRun): Outcome {
  return { code, lines: stdout.split("\n") };
}

/** For the network, in milliseconds: with what has begun by then, the file takes less than three minutes. */
const TIME_MS = 150_000;
