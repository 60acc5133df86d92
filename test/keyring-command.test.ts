// The `keyring` program and the credentials of indexes as the command uses them: what a login says reaches the user, a
// keyring that fails is named, and a file goes out with the credentials of the index that listed it.

import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";
import { answer, startScript } from "./support/scripted-server.ts";

const AUTH = { username: "ada", password: "tok" };

describe.skipIf(process.platform === "win32").concurrent("the keyring program", () => {
  test("shows a device login's URL and code, also with -q, and gives the password", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", auth: AUTH });
    const run = await ask(
      stage,
      'case "$*" in get*) echo "sign in at https://login.example code ABCD" >&2; echo tok;; *) exit 2;; esac',
      "--target",
      "one",
      "-q",
    );
    expect(run).toEqual({ code: 0, stdout: "", stderr: "sign in at https://login.example code ABCD\n" });
  });

  test.for([
    ["exit 7", "failed for `http://localhost", "it exited with status 7"],
    ["exit 1", "has no credentials for `", ""],
  ] as const)(
    "that ends with %s is named in the error, and with -v",
    async ([body, said, reason], { expect }) => {
      await using stage = await commandStage({ commands: "called", auth: AUTH });
      const { code, stderr } = await ask(stage, body, "-v");
      expect(code).toBe(1);
      const hints = stderr.split("\n").filter((line) => line.startsWith("hint: "));
      expect(hints[0]).toContain("the keyring program `[WORLD]/bin/keyring`");
      expect(hints[0]).toContain(said);
      expect(hints[0]).toContain(reason);
      expect(hints[1]).toContain("only a user name, without a password, was sent to `localhost:[PORT]`");
      expect(hints.join()).not.toContain("ada");
      expect(stderr).toContain("DEBUG Asking the keyring program `[WORLD]/bin/keyring` for credentials of `");
      expect(stderr).toMatch(/DEBUG After \[TIME\] the keyring program/);
    },
  );

  test("that is missing is named in the error", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", auth: AUTH });
    const { code, stderr } = await stage.pinion(
      ["pip", "install", "--index-url", stage.index.url, "--keyring-provider", "subprocess", "wordlist"],
      { env: { PINION_KEYRING_COMMAND: "/nonexistent/keyring" } },
    );
    expect(code).toBe(1);
    expect(stderr).toContain("hint: the keyring program `/nonexistent/keyring` was not found");
  });
});

test("a user name without a password in an index's URL is not called refused credentials", async ({
  expect,
}) => {
  await using stage = await commandStage({ commands: "called", auth: AUTH });
  const url = stage.index.url.replace("://", "://ada@");
  const { code, stderr } = await stage.pinion(["pip", "install", "--index-url", url, "wordlist"]);
  expect(code).toBe(1);
  expect(stderr).toContain("only a user name, without a password, was sent to `localhost:[PORT]`");
  expect(stderr).not.toContain("and refused");
  expect(stderr).not.toContain("ada");
});

test("a file goes out with the credentials of the index whose page listed it", async ({ expect }) => {
  const wheels = [
    makeWheel({ name: "first", version: "1.0" }),
    makeWheel({ name: "second", version: "1.0", requires: ["first"] }),
  ];
  await using server = await startScript(({ line }) => {
    const [, path = ""] = line.split(" ");
    const [, group, name] = /^\/groups\/([12])\/simple\/([a-z]+)\/$/.exec(path) ?? [];
    const wheel = wheels[Number(group) - 1];
    if (group !== undefined && wheel?.name === name) {
      const link = `<a href="/projects/9${group}/${wheel?.filename}">${wheel?.filename}</a>`;
      return answer(`<title>Links for ${name}</title>${link}`, ["Content-Type: text/html"]);
    }
    const file = wheels.find(({ filename }) => path.endsWith(`/${filename}`));
    return file === undefined ? answer("", [], "404 Not Found") : answer(file.bytes);
  });
  await using stage = await commandStage({ commands: "called" });
  const group = (number: number): string =>
    `http://group${number}:token${number}@127.0.0.1:${server.port}/groups/${number}/simple`;
  const run = await stage.pinion(
    ["pip", "install", "second", "--index-url", group(1), "--extra-index-url", group(2)],
    { env: { NO_PROXY: "127.0.0.1" } },
  );
  expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("second==1.0") });
  const users = server.requests.map(({ line, headers }) => {
    const pair = Buffer.from((headers["authorization"] ?? "").slice("Basic ".length), "base64").toString();
    return [line.split(" ")[1] ?? "", pair] as const;
  });
  const files = users.filter(([path]) => path.startsWith("/projects/"));
  expect(new Set(files.map(([path, pair]) => `${path.slice(0, 12)} ${pair}`))).toEqual(
    new Set(["/projects/91 group1:token1", "/projects/92 group2:token2"]),
  );
  const pages = users.filter(([path]) => path.startsWith("/groups/"));
  for (const [path, pair] of pages) expect(pair).toBe(`group${path.charAt(8)}:token${path.charAt(8)}`);
});

function ask(
  stage: CommandStage,
  body: string,
  ...flags: readonly string[]
): ReturnType<CommandStage["pinion"]> {
  const program = stage.world.script("bin/keyring", body);
  const url = stage.index.url.replace("://", "://ada@");
  return stage.pinion(["pip", "install", "--index-url", url, ...flags, "wordlist"], {
    env: { PINION_KEYRING_COMMAND: program, PINION_KEYRING_PROVIDER: "subprocess" },
  });
}
