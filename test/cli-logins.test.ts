// A login where a name or a path is meant is in no message: whoever reads a log of the run reads no password.

import { expect, test } from "vitest";

import { World } from "./support/world.ts";

test.each([
  ["pip", "install", "ada:hunter2@host:1"],
  ["pip", "install", "-e", "ada:hunter2@host"],
  ["pip", "install", "-r", "ada:hunter2@host/x"],
  ["pip", "install", "-c", "ada:hunter2@host", "paint"],
  ["pip", "install", "--exclude-newer", "ada:hunter2@host", "paint"],
  ["pip", "install", "--config-settings", "ada:hunter2@host", "paint"],
  ["pip", "compile", "ada:hunter2@host"],
  ["pip", "sync", "ada:hunter2@host"],
  ["pip", "uninstall", "ada:hunter2@host"],
  ["pip", "show", "ada:hunter2@host"],
  ["lock", "verify", "ada:hunter2@host"],
  ["build", "ada:hunter2@host"],
  ["ada:hunter2@host"],
])("%s %s %s %s", async (...args) => {
  await using world = await World.create({ commands: "called" });
  const env = { VIRTUAL_ENV: world.venv().path };
  for (const more of [[], ["--json"]]) {
    const { code, stdout, stderr } = await world.cli([...args, ...more], { env });
    expect([code, `${stdout}${stderr}`]).toEqual([
      expect.toBeOneOf([1, 2]),
      expect.not.stringContaining("hunter2"),
    ]);
  }
  const { stderr } = await world.cli(args, { env });
  expect(stderr).toContain("****@host");
});

test("venv shows no login of the path that it is given", async () => {
  await using world = await World.create({ commands: "called" });
  const { code, stdout, stderr } = await world.cli(["venv", "ada:hunter2@host/x"]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("at: ****@host/x\n");
  expect(`${stdout}${stderr}`).not.toContain("hunter2");
});
