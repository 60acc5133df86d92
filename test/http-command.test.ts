// HTTP as the command does it: what is kept and asked again, waits and retries from every place that sets them, resumed
// downloads, and where credentials go when a server redirects.

import { randomBytes } from "node:crypto";
import { describe, test } from "vitest";
import type { Oddity, RunningIndex } from "../src/lab/index/index-server.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";
import type { CliRun } from "./support/world.ts";

const AUTH = { username: "ada", password: "s3cret" };
const PAGE = "/simple/wordlist/";
const FILE = "/files/wordlist/wordlist-2.0.0-py3-none-any.whl";
const BULKY = makeWheel({ name: "bulky", version: "1.0", files: { "bulky.bin": randomBytes(200_000) } });

describe.concurrent("a page that is kept", () => {
  test.for<[string, readonly Oddity[], readonly number[]]>([
    ["by its strong entity tag", [], [200, 304]],
    ["by its weak entity tag", [{ kind: "validators", form: "weak" }], [200, 304]],
    ["by nothing, and comes whole", [{ kind: "validators", form: "none" }], [200, 200]],
    ["in vain where the server never says 304", [{ kind: "never-not-modified" }], [200, 200]],
  ])("is asked for again %s", async ([, oddities, statuses], { expect }) => {
    await using stage = await commandStage({ commands: "called", oddities });
    for (const folder of ["one", "two"])
      expect((await stage.install("wordlist", "--target", folder)).stderr).toContain("wordlist==2.0.0");
    expect(asked(stage.index, PAGE).map(({ status }) => status)).toEqual(statuses);
  });

  test("is not asked for while it is fresh, but with --refresh, and offline however old", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called", cacheControl: "max-age=600" });
    await stage.install("wordlist", "--target", "one");
    await stage.install("wordlist", "--target", "two");
    expect(asked(stage.index, PAGE)).toHaveLength(1);
    await stage.install("wordlist", "--target", "three", "--refresh");
    expect(asked(stage.index, PAGE)).toHaveLength(2);
    await stage.index.close();
    expect((await stage.install("wordlist", "--offline")).code).toBe(0);
    expect((await stage.install("paint", "--offline")).stderr).toContain("the network was disabled");
  });

  test("is as fresh as the index's own `cache-control` says", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const table = (api: string): string =>
      stage.world.write(
        "project/pinion.toml",
        `[[index]]\nurl = "${stage.index.url}"\ndefault = true\ncache-control = { api = "${api}" }\n`,
      );
    const install = (folder: string, ...flags: readonly string[]): Promise<unknown> =>
      stage.pinion(["pip", "install", "--target", folder, ...flags, "wordlist"]);
    table("max-age=600");
    await install("one");
    await install("two");
    expect(asked(stage.index, PAGE)).toHaveLength(1);
    table("no-store");
    await install("three", "--refresh");
    await install("four");
    const statuses = asked(stage.index, PAGE).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200]);
  });
});

describe.concurrent("a server that is busy", () => {
  test("is asked again when it says, and not before", async ({ expect }) => {
    await using stage = await commandStage({
      commands: "called",
      oddities: [
        { kind: "status", status: 503, headers: { "retry-after": "2" }, times: 1, on: PAGE },
        { kind: "status", status: 429, headers: { "retry-after": "1" }, times: 1, on: FILE },
      ],
    });
    const started = performance.now();
    expect((await stage.install("wordlist")).code).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(3000);
  });

  test.for<[string, Setting]>([
    ["--retries", { flags: ["--retries", "1"] }],
    ["PINION_RETRIES", { env: { PINION_RETRIES: "1" } }],
    ["UV_HTTP_RETRIES", { env: { UV_HTTP_RETRIES: "1" } }],
    ["PIP_RETRIES", { env: { PIP_RETRIES: "1" } }],
    ["pinion.toml", { file: ["project/pinion.toml", "retries = 1\n"] }],
    ["pip.conf", { file: ["home/.config/pip/pip.conf", "[global]\nretries = 1\n"] }],
  ])("is asked as often as %s says", async ([, setting], { expect }) => {
    const busy: Oddity = { kind: "status", status: 503, headers: { "retry-after": "0" }, on: PAGE };
    await using stage = await commandStage({ commands: "called", oddities: [busy] });
    const run = await runWith(setting, stage);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("503")]);
    expect(asked(stage.index, PAGE)).toHaveLength(2);
  });
});

describe.concurrent("a server that falls silent", () => {
  test.for<[string, Setting]>([
    ["--timeout", { flags: ["--timeout", "1"] }],
    ["PINION_HTTP_TIMEOUT", { env: { PINION_HTTP_TIMEOUT: "1" } }],
    ["UV_HTTP_TIMEOUT", { env: { UV_HTTP_TIMEOUT: "1" } }],
    ["UV_REQUEST_TIMEOUT", { env: { UV_REQUEST_TIMEOUT: "1" } }],
    ["HTTP_TIMEOUT", { env: { HTTP_TIMEOUT: "1" } }],
    ["PIP_DEFAULT_TIMEOUT", { env: { PIP_DEFAULT_TIMEOUT: "1" } }],
    ["PIP_TIMEOUT", { env: { PIP_TIMEOUT: "1" } }],
    ["pinion.toml", { file: ["project/pinion.toml", "http-timeout = 1\n"] }],
    ["pip.conf", { file: ["home/.config/pip/pip.conf", "[global]\ntimeout = 1\n"] }],
  ])("is waited for as long as %s says", async ([, setting], { expect }) => {
    await using stage = await commandStage({
      commands: "called",
      oddities: [{ kind: "stall", after: 10, on: PAGE }],
    });
    const run = await runWith(
      { ...setting, flags: [...(setting.flags ?? []), "--retries", "0", "--json"] },
      stage,
    );
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: "net/timeout", details: { timeoutMs: 1000 } },
    });
  });
});

describe.concurrent("a download", () => {
  test("that is cut goes on where it was, if the file is still the same", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", packages: [BULKY] });
    stage.index.misbehave({ kind: "cut", after: 150_000, on: "files", times: 1 });
    expect((await stage.install("bulky")).code).toBe(0);
    const [, second] = asked(stage.index, BULKY.filename, ".whl");
    expect(second).toMatchObject({ status: 206, headers: { "if-range": expect.stringMatching(/^"\w+"$/) } });
    expect(second?.headers.range).toMatch(/^bytes=\d{5,6}-$/);
  });

  test("that is cut begins again where the server passes over the range", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", packages: [BULKY] });
    stage.index.misbehave(
      { kind: "cut", after: 150_000, on: "files", times: 1 },
      { kind: "range", answer: "ignored" },
    );
    expect((await stage.install("bulky")).code).toBe(0);
    expect(asked(stage.index, BULKY.filename, ".whl").map(({ status }) => status)).toEqual([200, 200]);
  });

  test("whose bytes are not the stated ones is not kept", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", packages: [BULKY] });
    stage.index.misbehave({ kind: "body", body: "PK", on: "files", times: 1 });
    const wrong = await stage.install("bulky", "--json");
    expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: "wheel/hash-mismatch" } });
    expect((await stage.install("bulky")).code).toBe(0);
  });
});

describe.concurrent("credentials of an index", () => {
  test("are sent with the first request, and go along within its origin", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", auth: AUTH });
    stage.index.misbehave({ kind: "redirect", to: stage.index.origin, times: 1, on: PAGE });
    const run = await stage.pinion(["pip", "install", "--index-url", withUser(stage.index.url), "wordlist"]);
    expect(run.code).toBe(0);
    expect(stage.index.requests.filter(({ headers }) => headers.authorization === undefined)).toEqual([]);
  });

  test.for<readonly [string, string]>([
    ["another port", "localhost"],
    ["another host", "127.0.0.1"],
  ])("stay behind when a redirect leads to %s", async ([, host], { expect }) => {
    await using stage = await commandStage({ commands: "called", auth: AUTH });
    const other = await stage.world.index({ packages: sampleWheels() });
    const to = other.origin.replace("localhost", host);
    stage.index.misbehave({ kind: "redirect", to, on: "/files/" });
    const run = await stage.pinion(["pip", "install", "--index-url", withUser(stage.index.url), "wordlist"]);
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("wordlist==2.0.0")]);
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  test("stay behind when the page links to files elsewhere", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const files = await stage.world.index({ packages: sampleWheels() });
    const index = await stage.world.index({ packages: sampleWheels(), auth: AUTH, fileOrigin: files.origin });
    const run = await stage.pinion(["pip", "install", "--index-url", withUser(index.url), "wordlist"]);
    expect(run.code).toBe(0);
    expect(files.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  test("never go from https to http", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const root = stage.world.authority();
    const tls = root.issue("localhost");
    const index = await stage.world.index({ packages: sampleWheels(), auth: AUTH, tls });
    index.misbehave({ kind: "redirect", to: stage.index.origin, on: "/files/" });
    const args = ["pip", "install", "--json", "--cert", root.writePem(), "wordlist", "--index-url"];
    const refused = await stage.pinion([...args, withUser(index.url)]);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "net/redirect-loop" } });
    expect(stage.index.requests).toEqual([]);
    // Without any there is nothing to lose: the wheel's digest came over https.
    const open = await stage.world.index({ packages: sampleWheels(), tls });
    open.misbehave({ kind: "redirect", to: stage.index.origin, on: "/files/" });
    expect((await stage.pinion([...args, open.url])).code).toBe(0);
  });
});

interface Setting {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Path below the world, and content. */
  readonly file?: readonly [path: string, content: string];
}

function runWith({ flags = [], env = {}, file }: Setting, { world, index }: CommandStage): Promise<CliRun> {
  if (file !== undefined) world.write(...file);
  const args = ["pip", "install", "--index-url", index.url, ...flags, "wordlist"];
  // The world switches pip's files off.
  return world.run(args, { env: { PIP_CONFIG_FILE: undefined, ...env } });
}

function asked(index: RunningIndex, part: string, end = ""): RunningIndex["requests"] {
  return index.requests.filter(({ path }) => path.includes(part) && path.endsWith(end));
}

function withUser(url: string): string {
  return url.replace("://", `://${AUTH.username}:${AUTH.password}@`);
}
