// `uv pip …` works with `pinion` in place of `uv`: the same command lines through uv 0.13.9 and Pinion. What differs on
// purpose stands in uv-differences.json with its reason, and in docs/differences.md; an agreement that is not expected fails too.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { World } from "../support/world.ts";
import { uv } from "./peers.ts";
import { runThrough, type Stage } from "./side-by-side.ts";
import { BUILD_LINES } from "./uv-build-lines.ts";
import { COMMAND_LINES, PACKAGES } from "./uv-command-lines.ts";

const UV = uv("0.13.9").program;
const DIFFERENCES = JSON.parse(
  readFileSync(new URL("uv-differences.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

describe.skipIf(UV === undefined)("the command line does as uv 0.13.9", () => {
  let world: World;
  let stage: Stage;

  beforeAll(async () => {
    world = await World.create({ cache: "empty" });
    const wheels = join(world.directory, "wheels");
    mkdirSync(wheels);
    for (const { filename, bytes } of PACKAGES) writeFileSync(join(wheels, filename), bytes);
    stage = {
      index: await world.index({ packages: PACKAGES }),
      venv: world.venv().path,
      wheels,
    };
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const all = [...COMMAND_LINES, ...BUILD_LINES];
  const lines = all.map((line) => [line.name, line] as const);
  test.concurrent.each(lines)("%s", async (_, line) => {
    const [theirs, ours] = await Promise.all([
      runThrough({ uv: UV ?? "" }, line, stage),
      runThrough("pinion", line, stage),
    ]);
    const reason = DIFFERENCES[line.name];
    if (reason === undefined) expect(ours).toEqual(theirs);
    else expect(ours, `differs on purpose (${reason}), and does not`).not.toEqual(theirs);
  });

  test("every difference is one of a command line", () => {
    const names = new Set(all.map(({ name }) => name));
    expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });
});
