// A client certificate that a real Apache demands for one path only, after the first handshake: under TLS 1.3 that takes
// post-handshake authentication, which Node lacks, so Pinion goes back to TLS 1.2.

import { describe, expect, onTestFinished, test } from "vitest";

import { World } from "../support/world.ts";
import type { CliRun } from "../support/world.ts";
import { APACHE, startApache } from "./apache.ts";

describe.skipIf(APACHE === undefined)("Apache with SSLVerifyClient for a path", () => {
  test.each([
    ["TLSv1.2 and TLSv1.3", "all -SSLv3 -TLSv1 -TLSv1.1"],
    ["TLSv1.2 only", "TLSv1.2"],
  ])("installs over %s", { timeout: 120_000 }, async (_, protocols) => {
    const run = await download(protocols);
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("tiny")]);
  });

  test("says what is missing where the server has TLS 1.3 only", { timeout: 120_000 }, async () => {
    const run = await download("TLSv1.3");
    expect(run.code).not.toBe(0);
    expect(run.stderr.replaceAll(/\s+/g, " ")).toContain("post-handshake authentication");
  });
});

async function download(protocols: string): Promise<CliRun> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { url, bundle, client } = await startApache(world, protocols);
  const trust = ["--cert", bundle, "--client-cert", client];
  return world.cli(["pip", "download", "--no-deps", "-d", "out", ...trust, "--index-url", url, "tiny"]);
}
