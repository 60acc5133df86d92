// What the files of a checked-out project may not decide for the user who runs a command in it.

import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { SETTINGS, SETTING_NAMES } from "../src/settings/table.ts";
import { sampleWheels } from "../src/lab/sample-wheels.ts";
import { commandStage } from "./support/command-stage.ts";
import { World } from "./support/world.ts";

const SAMPLES: Readonly<Record<string, string>> = {
  "keyring-command": '"./keyring"',
  "proxy-auth": '"basic"',
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
    stage.world.script("project/keyring", `echo ran > '${canary}'`);
    const index = new URL(stage.index.url);
    index.username = "ada";
    stage.world.write(
      "project/pyproject.toml",
      `[tool.pinion]\nkeyring-provider = "subprocess"\nkeyring-command = "./keyring"\nindex-url = "${index.href}"\n`,
    );
    await stage.pinion(["pip", "install", "wordlist"]);
    expect(existsSync(canary)).toBe(false);
  });

  const CERT = 'cert = "own.pem"';
  const EXCEPTION = '[[tls-exception]]\nhost = "localhost"\nallow = ["weak-key"]\n';
  const index = (lines: string, name = "corp"): string =>
    `[[index]]\nname = "${name}"\nurl = "URL"\ndefault = true\n${lines}\n`;

  // Promise: a project cannot read what the user's credentials open
  // Attack: its files name a proxy of the attacker and a root of the attacker: in one table, in two, in two files
  test.for<readonly [string, Readonly<Record<string, string>>]>([
    ["in one table", { "pinion.toml": index(`proxy = "PROXY"\n${CERT}`) }],
    ["in two tables of one origin", { "pinion.toml": index(CERT) + index('proxy = "PROXY"', "other") }],
    ["with `proxy` for all", { "pinion.toml": `proxy = "PROXY"\n${index(CERT)}` }],
    ["with `https-proxy`", { "pinion.toml": `https-proxy = "PROXY"\n${index(CERT)}` }],
    ["in two files", { "pinion.toml": index(CERT), "uv.toml": 'https-proxy = "PROXY"\n' }],
    ["with an exception", { "pinion.toml": `${index('proxy = "PROXY"')}${EXCEPTION}` }],
  ])("does not choose both the proxy and the trust of an index: %s", async ([, files], { expect }) => {
    await using world = await World.create();
    const attacker = world.authority("Attacker");
    world.write("project/own.pem", attacker.pem);
    const server = await world.index({ tls: world.authority("Corp").issue("localhost") });
    const proxy = await world.inspectingProxy(attacker);
    for (const [name, text] of Object.entries(files))
      world.write(`project/${name}`, text.replaceAll("URL", server.url).replaceAll("PROXY", proxy.url));
    const args = ["pip", "install", "flask", "--target", "t"];
    const run = await world.cli(args, { env: LOGIN });
    expect(run.stderr).toContain("a project's file cannot set it beside an index's `cert`");
    expect(run.code).toBe(1);
    expect([proxy.targets, server.requests]).toEqual([[], []]);
  });

  test("has the trust of its index, through the user's proxy and with the user's credentials", async ({
    expect,
  }) => {
    await using world = await World.create();
    const corp = world.authority("Corp");
    world.write("project/own.pem", corp.pem);
    const auth = { username: "ada", password: "s3cret" };
    const server = await world.index({ tls: corp.issue("localhost"), auth, packages: sampleWheels() });
    const proxy = await world.proxy();
    world.write("project/pinion.toml", index(CERT).replaceAll("URL", server.url));
    const args = ["pip", "install", "greeter", "--target", "t"];
    const run = await world.cli(args, { env: { ...LOGIN, HTTPS_PROXY: proxy.url } });
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Ignored") });
    expect(proxy.targets).not.toEqual([]);
  });

  // Promise: the user's login at proxies goes to no proxy that a project names
  // Attack: a checked-out folder names a proxy that demands a login, by each of the settings for proxies
  test.for([
    'proxy = "PROXY"',
    'https-proxy = "PROXY"',
    '[[index]]\nurl = "https://pypi.example/simple"\ndefault = true\nproxy = "PROXY"',
  ])("gets no login for its proxy: %s", async (line, { expect }) => {
    await using world = await World.create();
    const account = { username: "ada", password: "s3cret" };
    const proxy = await world.proxy({ auth: account });
    const args = ["pip", "install", "flask", "--target", "t", "--index-url", "https://pypi.example/simple"];
    const login = { PINION_PROXY_USERNAME: "ada", PINION_PROXY_PASSWORD: "s3cret" };
    world.write("project/pinion.toml", `${line.replace("PROXY", proxy.url)}\n`);
    const refused = await world.cli(args, { env: login });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("demands credentials")]);
    expect(refused.stderr).toContain("the user's own login is not for it");
  });

  // Promise: a project does not take the credentials of an index that the user's own settings name
  // Attack: a table or a list of the project has the name, at a server of the attacker
  test.for(['[[index]]\nname = "Corp"\nurl = "URL"\ndefault = true\n', 'index = ["corp=URL"]\n'])(
    "gets no credentials for the user's name: %s",
    async (text, { expect }) => {
      await using world = await World.create();
      const server = await world.index({ packages: sampleWheels() });
      world.write(
        "home/.config/pinion/pinion.toml",
        '[[index]]\nname = "corp"\nurl = "https://pypi.corp.example/simple"\nexplicit = true\n',
      );
      world.write("project/pinion.toml", text.replace("URL", server.url));
      const args = ["pip", "install", "greeter", "--target", "t", "--no-deps"];
      const run = await world.cli(args, { env: LOGIN });
      expect(run.stderr).toContain("The credentials of `PINION_INDEX_CORP_…` are not sent to ");
      expect(server.requests.length).toBeGreaterThan(0);
      expect(JSON.stringify(server.requests)).not.toContain(btoa("ada:s3cret"));
    },
  );
});

const LOGIN = { PINION_INDEX_CORP_USERNAME: "ada", PINION_INDEX_CORP_PASSWORD: "s3cret" };

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
