import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { askKeyring, findProgram } from "./keyring.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-keyring-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(place: string, body: string): string {
  const path = join(folder, place, "keyring");
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(process.platform === "win32")("askKeyring()", () => {
  test("runs the program on PATH without input, and reads its JSON", async () => {
    program("good", `cat; echo '{"username": "kay", "password": "r\\u00fcng"}'`);
    const answer = await askKeyring("https://a.example/", undefined, {
      env: { PATH: `${join(folder, "good")}:/bin:/usr/bin` },
    });
    expect(answer).toEqual({ username: "kay", password: "rüng" });
  });

  test.each([
    ["fails", "exit 1"],
    ["says nothing", "exit 0"],
    ["says something else", "echo '[1]'; exit 0"],
    ["says too much", "yes | head -c 1000000"],
    ["kills itself", "kill -9 $$"],
  ])("has no answer where the program %s", async (what, body) => {
    const path = program(what.replaceAll(" ", "-"), body);
    const answer = await askKeyring("https://a.example/", undefined, {
      env: { PATH: "/bin:/usr/bin" },
      command: path,
    });
    // `[1]` is one line, and two are needed.
    expect(answer).toBeUndefined();
  });

  test("has no answer where there is no program", async () => {
    expect(await askKeyring("x", undefined, { env: {} })).toBeUndefined();
    expect(await askKeyring("x", undefined, { env: {}, command: join(folder, "none") })).toBeUndefined();
  });
});

test.skipIf(process.platform === "win32")(
  "findProgram() passes over the active environment's own",
  async () => {
    program("venv/bin", "exit 0");
    const outer = program("outer", "exit 0");
    const env = {
      PATH: [join(folder, "venv", "bin"), join(folder, "outer")].join(delimiter),
      VIRTUAL_ENV: join(folder, "venv"),
    };
    expect(await findProgram("keyring", env)).toBe(outer);
    expect(await findProgram("keyring", { ...env, VIRTUAL_ENV: "" })).toBe(
      join(folder, "venv", "bin", "keyring"),
    );
  },
);
