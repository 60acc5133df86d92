// What the files of a checked-out project may not decide for the user who runs a command in it.

import { chmodSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { SETTINGS, SETTING_NAMES } from "../src/settings/table.ts";
import { commandStage } from "./support/command-stage.ts";

const SAMPLES: Readonly<Record<string, string>> = {
  "keyring-command": '"./keyring"',
  "shared-cache": '"oci://127.0.0.1:9/wheels"',
  "shared-cache-mode": '"read"',
  "allow-insecure-credentials": "true",
};

describe.concurrent("a project's pinion.toml", () => {
  // Promise: a project's file names no program, no trust for every server, no key and no cache
  // Attack: a checked-out folder brings a pinion.toml that does; a command runs in it
  test.for(SETTING_NAMES.filter((name) => SETTINGS[name].isUserOnly === true))(
    "cannot set `%s`, which the user's file can",
    async (name, { expect }) => {
      await using stage = await commandStage();
      const line = `${name} = ${SAMPLES[name] ?? '"somewhere"'}\n`;
      stage.world.write("project/pinion.toml", line);
      const ignored = await stage.pinion(["config", "--json"]);
      expect(ignored.stderr).toContain(`Ignored \`${name}\` of `);
      expect(ignored.stderr).toContain("a project's file cannot set it");
      expect(ignored.stdout).not.toContain("project/pinion.toml");
      stage.world.write("project/pinion.toml", "");
      stage.world.write("home/.config/pinion/pinion.toml", line);
      const used = await stage.pinion(["config", "--json"]);
      expect(used.stderr).not.toContain("Ignored");
    },
  );

  // Promise: a command runs no program that the folder it runs in chose
  // Attack: `keyring-command` of a checked-out pyproject.toml, and an index that demands credentials
  test.skipIf(process.platform === "win32")("runs no program for credentials", async ({ expect }) => {
    await using stage = await commandStage({ auth: { username: "ada", password: "s3cret" } });
    const canary = join(stage.world.directory, "ran");
    chmodSync(stage.world.write("project/keyring", `#!/bin/sh\necho ran > '${canary}'\n`), 0o755);
    const index = new URL(stage.index.url);
    index.username = "ada";
    stage.world.write(
      "project/pyproject.toml",
      `[tool.pinion]\nkeyring-provider = "subprocess"\nkeyring-command = "./keyring"\nindex-url = "${index.href}"\n`,
    );
    await stage.pinion(["pip", "install", "wordlist"]);
    expect(existsSync(canary)).toBe(false);
  });

  // Promise: a project cannot read what the user's credentials open
  // Attack: its index table names a proxy of the attacker together with a root of the attacker
  test("does not choose both the proxy and the trust of an index", async ({ expect }) => {
    await using stage = await commandStage();
    const proxy = await stage.world.proxy();
    stage.world.write(
      "project/pinion.toml",
      `[[index]]\nname = "own"\nurl = "${stage.index.url}"\ndefault = true\nproxy = "${proxy.url}"\ncert = "own.pem"\n`,
    );
    const { stderr } = await stage.pinion(["config"]);
    expect(stderr).toContain("Ignored `proxy` of the index at ");
  });
});

describe.skipIf(process.platform === "win32").concurrent("a settings file that is not a regular file", () => {
  // Promise: no untrusted input makes a command hang, or fill the memory
  // Attack: a pipe, or a link to a device without end, stands in the place of a settings file
  test.for(["pinion.toml", "uv.toml", "pyproject.toml"])("is refused as %s", async (name, { expect }) => {
    await using stage = await commandStage();
    symlinkSync("/dev/zero", join(stage.world.project, name));
    const { code, stderr } = await stage.pinion(["pip", "list"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("is not a regular file")]);
  });
});
