// `pinion self check` and the manual page.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { SelfCheck } from "../src/cli/self-check.ts";
import { hasProgram, World } from "./support/world.ts";

async function check(
  world: World,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | undefined; readonly find: (name: string) => SelfCheck | undefined }> {
  const { code, stdout } = await world.run(["self", "check", "--json"], { env });
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly SelfCheck[] };
  return { code, find: (name) => checks.find((one) => one.name === name) };
}

describe("self check", () => {
  test("finds what is there, without a connection", async () => {
    await using world = await World.create();
    const { code, find } = await check(world, { HTTPS_PROXY: "http://ada:secret@proxy.example:3128" });
    expect(code).toBe(0);
    for (const name of ["Node.js", "Python", "Cache", "Trust", "Indexes"])
      expect(find(name)).toMatchObject({ status: "ok" });
    expect(find("Proxy")?.detail).toBe("http://ada:****@proxy.example:3128 (HTTPS_PROXY)");
    expect(find("Shared cache")).toMatchObject({ status: "off" });
  });

  test("names what is missing and what does not work without it", async () => {
    await using world = await World.create();
    mkdirSync(join(world.directory, "empty"));
    const file = world.write("a-file", "");
    const { code, find } = await check(world, {
      PATH: join(world.directory, "empty"),
      PINION_CACHE_DIR: file,
      PINION_SHARED_CACHE: "s3://wheels/cache",
    });
    expect(code).toBe(0);
    expect(find("Python")).toMatchObject({ status: "missing", consequence: expect.any(String) });
    expect(find("Git")).toMatchObject({ status: "missing", consequence: expect.any(String) });
    expect(find("Cache")).toMatchObject({ status: "missing", detail: `${file} is not a folder` });
    expect(find("Shared cache")).toMatchObject({ status: "missing", consequence: expect.any(String) });
  });

  test("fails where no server could be verified", async () => {
    await using world = await World.create();
    const { code, find } = await check(world, { SSL_CERT_FILE: join(world.directory, "no-such.pem") });
    expect(find("Trust")?.status).toBe("failed");
    expect(code).toBe(1);
  });

  test("prints a line for each", async () => {
    await using world = await World.create();
    const { stdout, code } = await world.cli(["self", "check"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +Node\.js +\d+\.\d+\.\d+ with OpenSSL/);
    expect(stdout).toContain("Trust");
  });
});

describe("the manual page", () => {
  test("has every command with its options, and nothing that man complains about", async () => {
    await using world = await World.create();
    const { stdout, code } = await world.run(["generate-man-page"]);
    expect(code).toBe(0);
    expect(stdout).toContain('.SS "pinion pip install [options] [package...]"');
    expect(stdout.includes("\\fB\\-i, \\-\\-index\\-url <INDEX_URL>\\fR")).toBe(true);
    if (!hasProgram("groff")) return;
    const path = world.write("pinion.1", stdout);
    const page = await world.program("groff", ["-man", "-Tutf8", "-ww", "-P-c", path]);
    expect({ code: page.code, stderr: page.stderr }).toEqual({ code: 0, stderr: "" });
    expect(page.stdout).toContain("--shared-cache");
  });
});
