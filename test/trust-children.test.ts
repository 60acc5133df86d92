// What child processes are given leads real programs to a server of the laboratory, and without it they refuse it.

import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { writeChildTrust } from "../src/trust/children.ts";
import type { ChildTrust } from "../src/trust/children.ts";
import { loadTrust } from "../src/trust/store.ts";
import { World, hasProgram } from "./support/world.ts";

interface Child {
  readonly name: string;
  readonly program: string;
  readonly args: (url: string) => readonly string[];
  /** In its output when it does not trust the server. */
  readonly refusal: RegExp;
}

const CHILDREN: readonly Child[] = [
  {
    name: "Python's ssl",
    program: "python3",
    args: (url) => ["-I", "-c", "import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()", url],
    refusal: /CERTIFICATE_VERIFY_FAILED/,
  },
  { name: "curl", program: "curl", args: (url) => ["-sS", "-o", "-", url], refusal: /curl: \(60\)/ },
  {
    // Not a repository, so that git fails in any case: what counts is how far it comes.
    name: "git",
    program: "git",
    args: (url) => ["ls-remote", url],
    refusal: /certificate/i,
  },
  {
    name: "Node",
    program: process.execPath,
    args: (url) => ["-e", "fetch(process.argv[1]).catch((error) => { throw error.cause; })", url],
    refusal: /UNABLE_TO_|SELF_SIGNED/,
  },
];

describe("writeChildTrust()", () => {
  test.for(CHILDREN)("leads $name to a private server", async ({ program, args, refusal }, { skip }) => {
    skip(program !== process.execPath && !hasProgram(program), `${program} is not installed`);
    const { world, trust, url } = await privateServer();
    // Isolated mode makes Python deaf to its own variables, not to those of OpenSSL.
    const without = await world.program(program, args(url));
    expect(without.stdout + without.stderr).toMatch(refusal);
    const run = await world.program(program, args(url), { env: trust.env });
    expect(run.stdout + run.stderr).not.toMatch(refusal);
    if (program !== "git") expect([run.code, run.stderr]).toEqual([0, ""]);
  });

  test("writes one file for one trust, whole and PEM, with every anchor", async () => {
    const { trust, directory, store } = await privateServer();
    const again = await writeChildTrust(store, directory);
    expect(again).toEqual(trust);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(readFileSync(trust.path, "utf8")).toBe(store.mergedBundle());
    expect(new Set(Object.values(trust.env))).toEqual(new Set([trust.path]));
    if (hasProgram("openssl")) {
      const { stdout } = spawnSync("openssl", ["storeutl", "-certs", "-noout", trust.path], {
        encoding: "utf8",
      });
      expect(stdout).toContain(`Total found: ${store.anchorsFor("any.example", 443).length}`);
    }
  });

  // Promise: no other user adds to what is trusted
  // Attack: a folder for the bundle that every user can write, with a file under the bundle's name in it
  test.skipIf(process.platform === "win32")("uses no folder that others can write", async () => {
    const { directory, store, trust } = await privateServer();
    writeFileSync(trust.path, "something else");
    chmodSync(directory, 0o777);
    await expect(writeChildTrust(store, directory)).rejects.toMatchObject({
      code: "tls/trust-source-unusable",
    });
    chmodSync(directory, 0o755);
    expect(readFileSync((await writeChildTrust(store, directory)).path, "utf8")).toBe(store.mergedBundle());
  });

  test.skipIf(process.platform === "win32")("makes its folder for only this user", async () => {
    const { directory } = await privateServer();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("says where it cannot write", async () => {
    const { world, store } = await privateServer();
    const file = world.write("no-folder", "");
    await expect(writeChildTrust(store, join(file, "below"))).rejects.toMatchObject({
      code: "tls/trust-source-unusable",
    });
  });
});

interface Scene {
  readonly world: World;
  readonly url: string;
  readonly directory: string;
  readonly store: ReturnType<typeof loadTrust>;
  readonly trust: ChildTrust;
}

async function privateServer(): Promise<Scene> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const root = world.authority("Corp Root");
  const { url } = await world.index({ tls: root.issue("localhost"), packages: sampleWheels() });
  const store = loadTrust({ env: { REQUESTS_CA_BUNDLE: root.writePem() }, home: world.home });
  const directory = join(world.directory, "bundles");
  return { world, url, directory, store, trust: await writeChildTrust(store, directory) };
}
