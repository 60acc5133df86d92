// stdout or stderr that takes nothing: a file on a full disk (Linux has a device that behaves like one), or a pipe whose reader
// has gone.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { describe, test } from "vitest";

import { World } from "./support/world.ts";

const COMMAND = fileURLToPath(new URL("../bin/pinion.cjs", import.meta.url));

describe.skipIf(!existsSync("/dev/full"))("output that cannot be written", () => {
  test.for(["lab list", "lab list --json", "config --all", "--help", "--version"])(
    "ends `pinion %s` with 2 and the reason, where it is a result",
    async (words, { expect }) => {
      await using world = await World.create();
      const { code, stderr } = await writeTo(world, words.split(" "), ">/dev/full");
      expect([code, stderr]).toEqual([
        2,
        "error: Cannot write to stdout\n  cause: ENOSPC: no space left on device, write\n",
      ]);
    },
  );

  test.for([
    [2, ["pip", "nope"]],
    [0, ["cache", "clean"]],
  ] as const)("changes nothing of code %d, where it is a message", async ([expected, words], { expect }) => {
    await using world = await World.create();
    const { code, stdout } = await writeTo(world, words, "2>/dev/full");
    expect([code, stdout]).toEqual([expected, ""]);
  });

  test("ends with the failure's code where neither is written", async ({ expect }) => {
    await using world = await World.create();
    const { code } = await writeTo(world, ["lab", "list", "--json"], ">/dev/full 2>&1");
    expect(code).toBe(2);
  });
});

test.skipIf(process.platform === "win32").for(["--help", "pip install --help", "lab list"])(
  "A reader that has gone is no failure of `pinion %s`",
  async (words, { expect }) => {
    await using world = await World.create();
    const through = ["sh", "-c", 'read -r go; exec "$@"', "sh"];
    const command = world.start(words.split(" "), { through });
    command.stdout.destroy();
    await once(command.stdout, "close");
    command.stdin.end("go\n");
    const [stderr, [code]] = await Promise.all([text(command.stderr), once(command, "exit")]);
    expect([code, stderr]).toEqual([0, ""]);
  },
);

function writeTo(world: World, words: readonly string[], where: string): ReturnType<World["program"]> {
  return world.program("sh", ["-c", `exec "$@" ${where}`, "sh", process.execPath, COMMAND, ...words]);
}
