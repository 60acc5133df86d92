// The command on other runtimes: installed below `PINION_PEERS` as `node-VERSION`.

import { join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { SHAPES } from "../../src/lab/shapes/shapes.ts";
import { createKeyRing } from "../support/lab-keys.ts";
import { World } from "../support/world.ts";
import { installedPeer, pinion } from "./programs.ts";

const keys = createKeyRing();
const COMMAND = join(import.meta.dirname, "..", "..", "bin", "pinion.cjs");
/** One of each kind: what is measured in full on the runtime of the tests is looked at here. */
const SAMPLE: ReadonlySet<string> = new Set([
  "ec-p384-sha512",
  "ec-p521-sha512",
  "rsa-absent-parameters",
  "rsa-pss-key",
  "ed448",
  "leaf-ed25519",
  "cross-signed-detour",
  "v1-trusted",
  "leaf-anchor",
  "client-certificate",
  "expired",
  "unknown-issuer",
  "weak-key",
  "weak-signature",
  "common-name-only",
  "ip-address-as-dns",
]);

// The first is the oldest that is supported.
describe.each(["20.19.0", "22", "24", "26"])("Node %s", (version) => {
  const node = installedPeer(inject("peers"), `node-${version}`, "node");

  test.skipIf(node === undefined).each(SHAPES.filter(({ name }) => SAMPLE.has(name)))(
    "$name: $expected",
    async ({ name, expected }) => {
      const world = await createWorld();
      const served = await world.shape(name, { keys });
      const run = await pinion(COMMAND, node).ask(world, served);
      const outcome = run.code === 0 ? "accept" : /"code":"([^"]+)"/.exec(run.stdout)?.[1];
      expect([outcome, run.stderr.includes("Unexpected")]).toEqual([expected, false]);
    },
  );

  test.skipIf(node === undefined)("gives CommonJS the library by require()", async () => {
    const world = await createWorld();
    const entry = join(import.meta.dirname, "..", "..", "dist", "lib", "index.js");
    const code = `console.log(typeof require(${JSON.stringify(entry)}).createInstaller)`;
    const run = await world.program(node ?? "node", ["-e", code]);
    expect([run.code, run.stdout]).toEqual([0, "function\n"]);
  });

  test.skipIf(node === undefined)("runs the demo", async () => {
    const world = await createWorld();
    const run = await world.program(node ?? "node", [COMMAND, "demo"], { timeoutMs: 120_000 });
    expect([run.code, run.stdout + run.stderr]).toEqual([0, expect.stringContaining("P-384")]);
  });
});

async function createWorld(): Promise<World> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}
