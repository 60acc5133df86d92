import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { findProgram } from "../../base/files/find-program.ts";
import { askKeyring, type KeyringEvent } from "./keyring.ts";
import { runKeyring } from "./keyring-process.ts";

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
    const outcome = await askKeyring("https://a.example/", undefined, {
      env: { PATH: `${join(folder, "good")}:/bin:/usr/bin` },
    });
    expect(outcome).toMatchObject({ kind: "found", answer: { username: "kay", password: "rüng" } });
  });

  test.each<[string, string, object]>([
    ["fails", "exit 4", { kind: "failed", reason: "it exited with status 4" }],
    ["fails in words", "echo Traceback >&2; exit 1", { kind: "failed", reason: "it exited with status 1" }],
    ["knows nothing", "exit 1", { kind: "none" }],
    ["says nothing", "exit 0", { kind: "none" }],
    // `[1]` is one line, and two are needed.
    ["says something else", "echo '[1]'; exit 0", { kind: "none" }],
    ["says too much", "yes | head -c 1000000", { kind: "failed", reason: "its answer is too long" }],
    ["kills itself", "kill -9 $$", { kind: "failed", reason: "it was ended by SIGKILL" }],
  ])("has no answer where the program %s", async (what, body, expected) => {
    const path = program(what.replaceAll(" ", "-"), body);
    const options = { env: { PATH: "/bin:/usr/bin" }, command: path };
    expect(await askKeyring("https://a.example/", undefined, options)).toMatchObject(expected);
  });

  test("gives no answer when the program is missing", async () => {
    expect(await askKeyring("x", undefined, { env: {} })).toEqual({ kind: "missing", program: "keyring" });
    const command = join(folder, "none");
    expect(await askKeyring("x", undefined, { env: {}, command })).toEqual({
      kind: "missing",
      program: command,
    });
  });

  // Promise: a command runs no program that the folder it runs in chose
  // Attack: the host and the user of an index's URL are options of the `keyring` program, which load a module from that folder
  test.each([
    ["https://a.example/", "-bmodule.Class"],
    ["-p.", undefined],
    ["-p.", "-bmodule.Class"],
  ])("is not asked for %s and %s, which it would take for options", async (service, username) => {
    const path = program("options", `echo "$*" >> ${join(folder, "asked")}; exit 1`);
    const options = { env: { PATH: "/bin:/usr/bin" }, command: path };
    expect(await askKeyring(service, username, options)).toEqual({ kind: "none", program: path, service });
    expect(existsSync(join(folder, "asked"))).toBe(false);
  });

  test("hands on what the program writes for the user before it has ended", async () => {
    const gate = join(folder, "gate");
    const body = `case "$*" in get*) printf 'sign in at ' >&2; echo 'https://login.example code ABCD' >&2
      until [ -e ${gate} ]; do sleep 0.05; done; echo tok;; *) exit 2;; esac`;
    const events: KeyringEvent[] = [];
    let text = "";
    const outcome = await askKeyring("https://a.example/", "ada", {
      env: { PATH: "/bin:/usr/bin" },
      command: program("device-login", body),
      onEvent: (event) => {
        events.push(event);
        if (event.kind === "output") text += event.text;
        // It goes on only once all of it was seen here.
        if (text === "sign in at https://login.example code ABCD\n") writeFileSync(gate, "");
      },
    });
    expect(outcome).toMatchObject({ kind: "found", answer: { username: "ada", password: "tok" } });
    expect(text).toBe("sign in at https://login.example code ABCD\n");
    expect(events.filter(({ kind }) => kind !== "output").map(({ kind }) => kind)).toEqual([
      "asking",
      "answered",
    ]);
  });

  test("keeps back the usage of a program that does not know the first form, and nothing else", async () => {
    const seen = async (name: string, body: string): Promise<string> => {
      let text = "";
      await askKeyring("https://a.example/", "ada", {
        env: { PATH: "/bin:/usr/bin" },
        command: program(name, body),
        onEvent: (event) => void (text += event.kind === "output" ? event.text : ""),
      });
      return text;
    };
    const usage = "echo 'usage: keyring [-h]' >&2; echo 'keyring: error: unrecognized arguments' >&2";
    expect(await seen("old", `case "$*" in get*) echo tok;; *) ${usage}; exit 2;; esac`)).toBe("");
    expect(await seen("lost", `case "$*" in get*) echo tok;; *) ${usage}; exit 1;; esac`)).toContain("usage");
    expect(await seen("other", `case "$*" in get*) echo tok;; *) echo used >&2; exit 2;; esac`)).toBe(
      "used\n",
    );
  });
});

test.skipIf(process.platform === "win32")(
  "runKeyring() says when the program is slow, and ends it at the limit, its children or not",
  async () => {
    const path = program("slow", "sleep 600 & sleep 600");
    let notices = 0;
    const end = await runKeyring(path, [], {
      env: { PATH: "/bin:/usr/bin" },
      hides: "nothing",
      onOutput: () => {},
      onWaiting: () => void notices++,
      timing: { timeoutMs: 200, noticeMs: 20 },
    });
    expect(end).toEqual({ kind: "timed-out", milliseconds: 200 });
    expect(notices).toBe(1);
  },
);

test.skipIf(process.platform === "win32")(
  "findProgram() passes over the active environment's own",
  async () => {
    program("venv/bin", "exit 0");
    const outer = program("outer", "exit 0");
    const env = {
      PATH: [join(folder, "venv", "bin"), join(folder, "outer")].join(delimiter),
      VIRTUAL_ENV: join(folder, "venv"),
    };
    expect(await findProgram("keyring", env, { passesOver: env.VIRTUAL_ENV })).toBe(outer);
    expect(await findProgram("keyring", env, { passesOver: "" })).toBe(
      join(folder, "venv", "bin", "keyring"),
    );
  },
);

// Promise: a command runs no program that the folder it runs in chose
// Attack: the folder has a program of that name, and PATH an entry that means the current folder
test.skipIf(process.platform === "win32")(
  "findProgram() passes over entries of PATH that are relative to the working folder",
  async () => {
    const outer = program("outer", "exit 0");
    const here = relative(process.cwd(), join(folder, "outer"));
    const env = { PATH: [".", here, join(folder, "outer")].join(delimiter) };
    expect(await findProgram("keyring", env)).toBe(outer);
    expect(await findProgram("keyring", { PATH: here })).toBeUndefined();
  },
);
