// What the system refuses to look at is an explained failure. A name that is too long is refused to every user, a loop of links too.

import { symlinkSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { World } from "./support/world.ts";

const LONG = "x".repeat(300);

test.each([
  [["build", LONG]],
  [["--directory", LONG, "pip", "list"]],
  [["--cache-dir", LONG, "pip", "install", "nothing"]],
  [["pip", "install", "--target", LONG, "nothing"]],
  [["pip", "install", "--prefix", LONG, "nothing"]],
])("%j says what the system refused", async (args) => {
  await using world = await World.create({ commands: "called" });
  const env = { VIRTUAL_ENV: world.venv().path };
  const { code, stderr } = await world.cli([...args, "--offline"], { env });
  expect([code, stderr]).toEqual([expect.toBeOneOf([1, 2]), expect.stringContaining("too long")]);
  expect(stderr).not.toContain("Unexpected failure");
});

test.skipIf(process.platform === "win32")(
  "a link that leads to itself is neither project nor metadata",
  async () => {
    await using world = await World.create({ commands: "called" });
    const venv = world.venv();
    const setup = world.write("project/loop/other.txt", "");
    symlinkSync("setup.py", join(setup, "..", "setup.py"));
    const env = { VIRTUAL_ENV: venv.path };
    const built = await world.cli(["build", "loop"], { env });
    expect([built.code, built.stderr]).toEqual([2, expect.stringContaining("Failed to read")]);
    const site = venv.evaluate("import sysconfig; print(sysconfig.get_path('purelib'))");
    symlinkSync("loop-1.0.egg-info", join(site, "loop-1.0.egg-info"));
    const listed = await world.cli(["pip", "list"], { env });
    expect([listed.code, `${listed.stdout}${listed.stderr}`]).toEqual([
      expect.toBeOneOf([0, 2]),
      expect.not.stringContaining("Unexpected failure"),
    ]);
  },
);
