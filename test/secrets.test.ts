// Whole runs with every kind of secret, and a search for it in all that they print and leave behind.

import { createPrivateKey } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { IndexOptions, Oddity, RunningIndex } from "../src/lab/index/index-server.ts";
import type { ClientDemand } from "../src/lab/servers/server-tls.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import type { CliOptions, CliRun, WorldOptions } from "./support/world.ts";
import { World } from "./support/world.ts";

/** Every character in it that a URL must escape, and one that ends a naive reader's user name. */
const SECRET = "s3cr@t:K%y/1f09";
const AUTH = { username: "ada", password: SECRET };
const USERINFO = `ada:${encodeURIComponent(SECRET)}@`;

const ADDRESS = {
  ofIndex: async (world: Secretive) => ["--index-url", withUser((await world.index()).url)],
  ofExtraIndex: async (world: Secretive) => [
    "--no-index",
    "--find-links",
    withUser((await world.index()).flatUrl),
  ],
  ofNamedIndex: async (world: Secretive) => ["--index", `corp=${withUser((await world.index()).url)}`],
};

describe("no secret shows or stays", () => {
  test.each(Object.entries(ADDRESS))("of the URL %s", async (_, addressOf) => {
    await using world = await Secretive.create();
    const where = await addressOf(world);
    const done = await world.install([...where, "greeter[color]"]);
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("greeter==2.0.0")]);
    await world.install([...where, "absent"]);
    await world.install([...where, "greeter==9"]);
    await world.install([...where, "--offline", "legacy-tool"]);
    expect(world.leaks()).toEqual([]);
  });

  test.each<[string, Oddity]>([
    ["answers 401 to everybody", { kind: "status", status: 401 }],
    ["answers 403", { kind: "status", status: 403 }],
    ["answers 404", { kind: "status", status: 404 }],
    ["answers 500", { kind: "status", status: 500 }],
    ["answers an invalid page", { kind: "body", body: "{", on: "pages" }],
    ["answers 304", { kind: "not-modified" }],
    ["cuts pages", { kind: "cut", after: 20, on: "pages" }],
    ["cuts files", { kind: "cut", after: 20, on: "files" }],
    ["serves other files than it promises", { kind: "body", body: "PK", on: "files" }],
    ["redirects without end", { kind: "status", status: 302, headers: { location: "/simple/greeter/" } }],
    [
      "redirects to a URL with that user",
      { kind: "redirect", to: `http://${USERINFO}127.0.0.1:9`, on: "files" },
    ],
    [
      "redirects to no URL",
      { kind: "status", status: 302, headers: { location: `ftp://${USERINFO}elsewhere.example/` } },
    ],
  ])("of an index that %s", async (_, oddity) => {
    await using world = await Secretive.create();
    const index = await world.index();
    index.misbehave(oddity);
    const options = ["--retries", "0", "--index-url", withUser(index.url)];
    await world.install([...options, "greeter"]);
    await world.install([...options, "greeter", "--json"]);
    expect(world.leaks()).toEqual([]);
  });

  test("of a direct URL, which direct_url.json records without it", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    const address = withUser(`${index.origin}/files/wordlist/wordlist-2.0.0-py3-none-any.whl`);
    const done = await world.install([`wordlist @ ${address}`, "--no-deps"]);
    expect(done.code).toBe(0);
    const record = readFileSync(join(world.target, "wordlist-2.0.0.dist-info", "direct_url.json"), "utf8");
    expect(JSON.parse(record)).toMatchObject({
      url: expect.stringContaining(`localhost:${index.port}/files/`),
    });
    await world.install([`wordlist @ ${address.replace("2.0.0", "7.0.0")}`, "--no-deps"]);
    await world.install([`wordlist @ ${address}#sha256=${"0".repeat(64)}`, "--no-deps"]);
    await world.install([`other @ ${address}`, "--no-deps"]);
    expect(world.leaks()).toEqual([]);
  });

  // As processes, which remember the answer of the run that has nothing to do, and have the world's folder for temporary files.
  test("of a signed address, in the report and in direct_url.json", async () => {
    await using world = await Secretive.create({ commands: "started" });
    const index = await world.openIndex();
    const url = `${index.origin}/files/wordlist/wordlist-2.0.0-py3-none-any.whl?X-Amz-Signature=${encodeURIComponent(SECRET)}`;
    expect((await world.install([`wordlist @ ${url}`, "--no-deps", "--json"])).code).toBe(0);
    const record = readFileSync(join(world.target, "wordlist-2.0.0.dist-info", "direct_url.json"), "utf8");
    expect(JSON.parse(record)).toMatchObject({ url: expect.stringContaining("?X-Amz-Signature=****") });
    const again = await world.install([`wordlist @ ${url}`, "--no-deps", "--dry-run"]);
    expect(again.stderr).toContain("Would make no changes");
    await world.install([`wordlist @ ${url}`, "--no-deps", "--no-cache", "--reinstall"]);
    await world.run(["pip", "freeze", "--path", world.target]);
    expect(world.leaks()).toEqual([]);
  });

  test.each([
    ["SSL_CERT_FILE", "install"],
    ["SSL_CERT_DIR", "install"],
    ["REQUESTS_CA_BUNDLE", "install"],
    ["CURL_CA_BUNDLE", "install"],
    ["PIP_CERT", "install"],
    ["PINION_CERT", "install"],
    ["PINION_CLIENT_CERT", "install"],
    ["SSL_CLIENT_CERT", "install"],
    ["PINION_CLIENT_KEY", "install"],
    ["PINION_TARGET", "install"],
    ["PINION_CACHE_DIR", "install"],
    ["PINION_TRUST_FILE", "install"],
    ["PINION_CERT", "config"],
  ])("of PEM text in %s where a path is expected, for %s", async (variable, command) => {
    await using world = await Secretive.create();
    const pem = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;
    const env = { [variable]: pem };
    const { code, stderr } =
      command === "config"
        ? await world.run(["config", "--json"], { env })
        : await world.install(["--index-url", "https://localhost:9/simple", "greeter", "--retries", "0"], {
            env,
          });
    expect([code !== 0, stderr]).toEqual([true, expect.stringContaining("holds a key itself, not a path")]);
    expect(world.leaks()).toEqual([]);
  });

  test("of requirements files, their options, and where they came from", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    const file = world.input(
      "requirements.txt",
      `--index-url ${withUser(index.url)}\n--find-links ${withUser(index.flatUrl)}\ngreeter\n`,
    );
    const broken = world.input(
      "broken.txt",
      `--index-url ${withUser(index.url)}\n--nonsense ${withUser(index.url)}\n`,
    );
    expect((await world.install(["-r", file])).code).toBe(0);
    await world.install(["-r", broken]);
    await world.install(["-r", withUser(`${index.origin}/files/none.txt`)]);
    await world.install([`greeter ~= ${withUser(index.url)}`]);
    expect(world.leaks()).toEqual([]);
  });

  test.each(["PINION_INDEX_CORP_PASSWORD", "UV_INDEX_CORP_PASSWORD"])("of %s", async (variable) => {
    await using world = await Secretive.create();
    const index = await world.index();
    const env = { [variable.replace("PASSWORD", "USERNAME")]: "ada", [variable]: SECRET };
    const args = ["--default-index", `corp=${index.url}`, "greeter"];
    const named = ["--index", `corp=${index.url}`, "greeter"];
    expect((await world.install(named, { env })).code).toBe(0);
    await world.install(args, { env: { ...env, [variable]: `${SECRET}wrong` } });
    await world.install([...named, "--refresh"], { env: { ...env, [variable]: `${SECRET}wrong` } });
    expect(world.leaks()).toEqual([]);
  });

  test("of netrc, mistakes in it included", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    const args = ["--index-url", index.url, "greeter"];
    const right = world.input("netrc", `machine localhost login ada password ${SECRET}\n`);
    const wrong = world.input("netrc-wrong", `machine localhost login ada password ${SECRET} ${SECRET}\n`);
    expect((await world.install(args, { env: { NETRC: right } })).code).toBe(0);
    await world.install([...args, "--refresh"], { env: { NETRC: wrong } });
    expect(world.leaks()).toEqual([]);
  });

  test.skipIf(process.platform === "win32")("of the keyring program", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    const program = world.input(
      "programs/keyring",
      `#!/bin/sh\nprintf '{"username": "ada", "password": "%s"}' '${SECRET}'\n`,
    );
    chmodSync(program, 0o755);
    const env = { PATH: `${dirname(program)}${delimiter}${process.env["PATH"]}` };
    const args = ["--keyring-provider", "subprocess", "--index-url", index.url, "greeter"];
    expect((await world.install(args, { env })).code).toBe(0);
    expect(world.leaks()).toEqual([]);
  });

  test("of a proxy", async () => {
    await using world = await Secretive.create();
    const index = await world.openIndex();
    const proxy = await world.world.proxy({ auth: AUTH });
    const full = await world.world.proxy({ refusal: { status: 503, body: "full" } });
    const socks = await world.world.socksProxy({ auth: AUTH });
    const args = ["--retries", "0", "--index-url", index.url, "greeter"];
    const url = withUser(proxy.url);
    expect((await world.install(args, { env: { HTTPS_PROXY: url } })).code).toBe(0);
    const again = [...args, "--reinstall", "--refresh", "--proxy"];
    expect((await world.install([...again, url])).code).toBe(0);
    expect((await world.install([...again, withUser(socks.url)])).code).toBe(0);
    for (const bad of [
      url.replace("1f09", "1f09x"),
      withUser(full.url),
      withUser(socks.url).replace("1f09", "1f09x"),
      `http://${USERINFO}127.0.0.1:9`,
      `http://${USERINFO}proxy.invalid`,
      `gopher://${USERINFO}127.0.0.1:9`,
      `http://${USERINFO}127.0.0.1:nonsense`,
    ]) {
      const { code } = await world.install([...again, bad]);
      expect([bad, code === 0]).toEqual([bad, false]);
    }
    expect(world.leaks()).toEqual([]);
  });

  test("of a client certificate's key", async () => {
    await using world = await Secretive.create();
    const authority = world.world.authority("Clients");
    const client = authority.issueClient("ada");
    const key = createPrivateKey(client.keyPem).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: SECRET,
    });
    const path = world.input("client.pem", `${client.chainPem}${key.toString()}`);
    const index = await world.openIndex({}, { authorities: [authority.root.pem], isRequired: true });
    const args = ["--retries", "0", "--client-cert", path, "--index-url", index.url, "greeter"];
    const env = { PINION_CLIENT_KEY_PASSPHRASE: SECRET };
    const done = await world.install(args, { env });
    expect([done.code, done.stderr]).toEqual([0, expect.anything()]);
    await world.install(args, { env: { PINION_CLIENT_KEY_PASSPHRASE: `${SECRET}x` } });
    expect(world.leaks()).toEqual([]);
  });

  test("of settings files, in `pinion config`", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    world.input(
      "project/pinion.toml",
      `proxy = "http://${USERINFO}127.0.0.1:9"\n[[index]]\nname = "corp"\nurl = "${withUser(index.url)}"\nproxy = "http://${USERINFO}127.0.0.1:9"\n`,
    );
    const env = {
      UV_INDEX_CORP_PASSWORD: SECRET,
      UV_INDEX: withUser(index.url),
      UV_DEFAULT_INDEX: withUser(index.url),
      PIP_PROXY: `http://${USERINFO}127.0.0.1:9`,
      PIP_INDEX_URL: withUser(index.url),
      PIP_EXTRA_INDEX_URL: `${withUser(index.url)} ${withUser(index.flatUrl)}`,
      ALL_PROXY: `http://${USERINFO}127.0.0.1:9`,
    };
    for (const args of [["config"], ["config", "--all"], ["config", "--json"], ["config", "-v"]])
      expect((await world.run(args, { env })).code).toBe(0);
    await world.install(["greeter"], { env });
    world.input("project/pinion.toml", `proxxy = "http://${USERINFO}127.0.0.1:9"\n`);
    await world.install(["greeter"], { env });
    world.input("project/pinion.toml", `proxy = "http://${USERINFO}127.0.0.1:9\n`);
    await world.install(["greeter"], { env });
    expect(world.leaks()).toEqual([]);
  });

  test("of other commands than installing", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    const options = ["-vv", "--index-url", withUser(index.url)];
    const downloaded = join(world.world.directory, "downloaded");
    const done = await world.run(["pip", "download", ...options, "-d", downloaded, "greeter"]);
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("greeter")]);
    await world.run(["pip", "download", ...options, "--json", "-d", downloaded, "absent"]);
    await world.install([...options.slice(1), "greeter"]);
    for (const command of ["list", "freeze", "check", "tree"])
      await world.run(["pip", command, "-vv", "--target", world.target]);
    await world.run(["pip", "show", "-vv", "--target", world.target, "greeter"]);
    await world.run(["pip", "uninstall", "-vv", "--target", world.target, withUser(index.url)]);
    await world.run(["venv", "-vv", "--seed", ...options.slice(1), join(world.world.directory, "made")]);
    await world.run(["cache", "clean", "-vv", withUser(index.url)]);
    await world.run(["pip", "instal", withUser(index.url)]);
    await world.run(["pip", "install", `--proxyy=${withUser(index.url)}`, "greeter"]);
    expect(world.leaks()).toEqual([]);
  });

  test("in the doctor's reports", async () => {
    await using world = await Secretive.create();
    const index = await world.index();
    const proxy = await world.world.proxy({ auth: AUTH });
    const report = join(world.world.directory, "report.txt");
    await world.run(["doctor", withUser(index.url), "--report", report]);
    await world.run(["doctor", withUser(index.url), "--json"]);
    await world.run(["doctor", withUser(index.url), "--proxy", withUser(proxy.url)]);
    await world.run(["doctor"], {
      env: { UV_INDEX_URL: withUser(index.url), ALL_PROXY: withUser(proxy.url) },
    });
    expect(world.leaks()).toEqual([]);
  });
});

test("the search finds a secret in each of its forms", () => {
  const forms = [
    SECRET,
    encodeURIComponent(SECRET),
    Buffer.from(`ada:${SECRET}`).toString("base64"),
    "K%y/1f09",
  ];
  for (const form of forms) expect(findSecret(Buffer.from(`before ${form} after`))).toBeDefined();
  expect(findSecret(Buffer.from("https://ada:****@localhost/"))).toBeUndefined();
});

/** A world that remembers what its commands printed and which files are its own. */
class Secretive implements AsyncDisposable {
  readonly world: World;
  readonly target: string;
  readonly #inputs = new Set<string>();
  readonly #printed: string[] = [];
  readonly #authority: ReturnType<World["authority"]>;
  readonly #bundle: string;

  private constructor(world: World) {
    this.world = world;
    this.target = join(world.directory, "target");
    this.#authority = world.authority();
    this.#bundle = this.#authority.writePem();
  }

  static async create(options: WorldOptions = { commands: "called" }): Promise<Secretive> {
    return new Secretive(await World.create(options));
  }

  /** An index behind TLS that wants the secret. */
  index(options: IndexOptions = {}): Promise<RunningIndex> {
    return this.openIndex({ auth: AUTH, ...options });
  }

  /** The same, where another secret than a password is what opens it. */
  openIndex(options: IndexOptions = {}, clients?: ClientDemand): Promise<RunningIndex> {
    const { chainPem, keyPem } = this.#authority.issue("localhost");
    const tls = { chainPem, keyPem, ...(clients === undefined ? {} : { clients }) };
    return this.world.index({ packages: sampleWheels(), tls, ...options });
  }

  /** A file that holds a secret because it was put there. */
  input(path: string, content: string): string {
    const whole = this.world.write(path, content);
    this.#inputs.add(whole);
    return whole;
  }

  /** Installs into the world's folder, as talkative as can be. */
  install(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    return this.run(["pip", "install", "-vv", "--target", this.target, ...args], options);
  }

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    const env = { SSL_CERT_FILE: this.#bundle, ...options.env };
    const run = await this.world.run(args, { ...options, env });
    this.#printed.push(`pinion ${args[0]}: ${run.stdout}${run.stderr}`);
    return run;
  }

  /** What was found of a secret, with what stands around it. */
  leaks(): readonly string[] {
    const files = readdirSync(this.world.directory, { recursive: true, encoding: "utf8" })
      .map((path) => join(this.world.directory, path))
      .filter((path) => statSync(path).isFile() && !this.#inputs.has(path));
    return [
      ...this.#printed.map((text) => findSecret(Buffer.from(text))),
      ...files.map((path) => withPath(path, findSecret(readFileSync(path)))),
    ].filter((leak) => leak !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

/** What stands around a secret, in whatever form; undefined where there is none. */
function findSecret(bytes: Buffer): string | undefined {
  const text = bytes.toString("latin1");
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at !== -1) return text.slice(Math.max(0, at - 100), at + form.length + 40);
  }
  return undefined;
}

function withPath(path: string, leak: string | undefined): string | undefined {
  return leak === undefined ? undefined : `${path}: ${leak}`;
}

function withUser(url: string): string {
  return url.replace("://", `://${USERINFO}`);
}

/** The secret, its end (a reader may have cut it at the `@`), escaped, and as HTTP sends it. */
const FORMS: readonly string[] = [
  SECRET,
  SECRET.slice(-8),
  encodeURIComponent(SECRET),
  encodeURIComponent(SECRET).slice(-10),
  Buffer.from(`ada:${SECRET}`).toString("base64").slice(0, 20),
  Buffer.from(SECRET).toString("base64").slice(0, 16),
];
