// Which of the user's credentials the files of a checked-out project have sent, and where.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, test } from "vitest";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { World } from "./support/world.ts";

const OWN_TABLE = '[[index]]\nname = "corp"\nurl = "https://pypi.corp.example/simple"\nexplicit = true\n';
const OWN_DEFAULT = 'default-index = "corp=https://pypi.corp.example/simple"\n';

const LOGIN = { PINION_INDEX_CORP_USERNAME: "ada", PINION_INDEX_CORP_PASSWORD: "s3cret" };

describe.concurrent("a project that takes a name", () => {
  // Promise: a project does not take the credentials of an index that the user's own settings name
  // Attack: the project has the name, by any setting that takes one, at a server of the attacker
  test.for<readonly [own: string, file: string, text: string]>([
    [OWN_TABLE, "pinion.toml", '[[index]]\nname = "Corp"\nurl = "URL"\ndefault = true\n'],
    [OWN_TABLE, "pinion.toml", 'index = ["corp=URL"]\n'],
    [OWN_TABLE, "pinion.toml", 'default-index = "Corp=URL"\n'],
    [OWN_TABLE, "uv.toml", 'index-url = "CORP=URL"\n'],
    [OWN_DEFAULT, "pinion.toml", '[[index]]\nname = "corp"\nurl = "URL"\ndefault = true\n'],
    [OWN_DEFAULT, "pinion.toml", 'default-index = "corp=URL"\n'],
    [
      'extra-index-url = ["corp=https://pypi.corp.example/simple"]\n',
      "pinion.toml",
      'index = ["corp=URL"]\n',
    ],
    [OWN_TABLE, "pinion.toml", 'find-links = ["Corp=URLgreeter/"]\nno-index = true\n'],
  ])("gets no credentials for the user's name: %s %s %s", async ([own, file, text], { expect }) => {
    await using world = await World.create({ commands: "called" });
    const server = await world.index({ packages: sampleWheels() });
    world.write("home/.config/pinion/pinion.toml", own);
    world.write(`project/${file}`, text.replace("URL", server.url));
    const args = ["pip", "install", "greeter", "--target", "t", "--no-deps"];
    const run = await world.cli(args, { env: LOGIN });
    expect(run.stderr).toContain("The credentials of `PINION_INDEX_CORP_…` are not sent to ");
    expect(server.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify(server.requests)).not.toContain(btoa("ada:s3cret"));
  });
});

describe.concurrent("a requirements file", () => {
  // Promise: a project does not take the credentials of an index that the user's own settings name
  // Attack: a requirements file of the project has the name before its URL, which no other tool takes
  test.for([
    "--index-url corp=URL",
    "--extra-index-url Corp=URL\n--index-url URL",
    "--find-links corp=URLgreeter/\n--no-index",
  ])("gets no credentials by a name: %s", async (text, { expect }) => {
    await using world = await World.create({ commands: "called" });
    const server = await world.index({ packages: sampleWheels() });
    world.write("project/requirements.txt", `${text.replaceAll("URL", server.url)}\ngreeter\n`);
    const args = ["pip", "install", "-r", "requirements.txt", "--target", "t", "--no-deps"];
    const run = await world.cli(args, { env: LOGIN });
    expect(run.stderr).toContain("a requirements file gives the index that name");
    expect(server.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify(server.requests)).not.toContain(btoa("ada:s3cret"));
  });
});

describe.concurrent("a requirements file, over plain HTTP,", () => {
  // Promise: a project does not have the user's credentials sent in clear
  // Attack: a requirements file names the host of a company's index, without TLS: netrc has a login for it
  test.for<readonly [own: string, said: string]>([
    ["", "are not sent to"],
    ['index = ["URL"]\n', ""],
  ])("gets no credentials for its index, unless the user has it too: %j", async ([own, said], { expect }) => {
    await using world = await World.create({ commands: "called" });
    const auth = { username: "ada", password: "s3cret" };
    const server = await world.index({ packages: sampleWheels(), auth });
    const proxy = await world.proxy();
    const url = elsewhere(server.url);
    world.write("home/.netrc", "machine pypi.example login ada password s3cret\n");
    if (own !== "") world.write("home/.config/pinion/pinion.toml", own.replace("URL", url));
    world.write("project/requirements.txt", `--index-url ${url}\ngreeter\n`);
    const args = ["pip", "install", "-r", "requirements.txt", "--target", "t", "--no-deps"];
    const run = await world.cli(args, { env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url } });
    expect(run.stderr).toContain(said);
    expect(run.code === 0).toBe(said === "");
    expect(JSON.stringify(server.requests).includes(btoa("ada:s3cret"))).toBe(said === "");
  });
});

describe.concurrent("a project, over plain HTTP,", () => {
  // Promise: a project does not have the user's credentials sent in clear
  // Attack: a checked-out folder names a proxy for the user's own index without TLS, whose URL has a login
  test.for([
    'proxy = "PROXY"',
    'http-proxy = "PROXY"',
    'proxy = "SOCKS"',
    'proxy = "SCRIPT"',
    '[[index]]\nurl = "INDEX"\nproxy = "PROXY"',
  ])("reads no login of the user's index by its proxy: %s", async (line, { expect }) => {
    await using world = await World.create({ commands: "called" });
    const server = await world.index({ packages: sampleWheels() });
    const url = elsewhere(server.url);
    const [proxy, socks] = [await world.proxy(), await world.socksProxy()];
    const source = `function FindProxyForURL() { return "PROXY 127.0.0.1:${proxy.port}"; }`;
    const script = pathToFileURL(world.write("project/proxy.pac", source)).href;
    const text = line.replace("SCRIPT", `pac+${script}`).replace("SOCKS", socks.url);
    world.write("project/pinion.toml", `${text.replace("PROXY", proxy.url).replace("INDEX", url)}\n`);
    const own = url.replace("://", "://ada:s3cret@");
    const args = ["pip", "install", "greeter", "--no-deps", "--index-url", own, "--target"];
    const run = await world.cli([...args, "t"]);
    expect([...proxy.targets, ...socks.targets]).not.toEqual([]);
    expect(run.stderr).toContain("No credentials are sent to `pypi.example:");
    expect(run.stderr).toContain("which a project's file names");
    expect(JSON.stringify(server.requests)).not.toContain(btoa("ada:s3cret"));
    await world.cli([...args, "t2", "--allow-insecure-credentials"]);
    expect(JSON.stringify(server.requests)).toContain(btoa("ada:s3cret"));
  });

  // Promise: a project does not have the user's credentials sent in clear
  // Attack: its files name the host of a company's index, without TLS: netrc, its `default` and keyring have a login for it
  test.skipIf(process.platform === "win32").for<readonly [string, string, string]>([
    ["without a name", "pinion.toml", '[[index]]\nurl = "URL"\ndefault = true\n'],
    ["with a name", "pinion.toml", '[[index]]\nname = "corp"\nurl = "URL"\ndefault = true\n'],
    [
      "that must have credentials",
      "pinion.toml",
      '[[index]]\nurl = "URL"\ndefault = true\nauthenticate = "always"\n',
    ],
    ["in `default-index`", "pinion.toml", 'default-index = "URL"\n'],
    ["in `index-url`", "uv.toml", 'index-url = "URL"\n'],
    ["with a proxy", "pinion.toml", 'proxy = "PROXY"\n[[index]]\nurl = "URL"\ndefault = true\n'],
  ])("gets no credentials for its index: %s", async ([, file, text], { expect }) => {
    await using world = await World.create({ commands: "called" });
    const auth = { username: "ada", password: "s3cret" };
    const server = await world.index({ packages: sampleWheels(), auth });
    const proxy = await world.proxy();
    const asked = join(world.directory, "asked");
    world.script("bin/keyring", `echo asked > '${asked}'\necho s3cret`);
    world.write(
      "home/.netrc",
      "machine pypi.example login ada password s3cret\ndefault login ada password s3cret\n",
    );
    world.write(`project/${file}`, text.replace("URL", elsewhere(server.url)).replace("PROXY", proxy.url));
    const path = `${join(world.directory, "bin")}${delimiter}${process.env["PATH"]}`;
    const args = [
      "pip",
      "install",
      "greeter",
      "--target",
      "t",
      "--no-deps",
      "--keyring-provider",
      "subprocess",
    ];
    const run = await world.cli(args, {
      env: { ...LOGIN, PATH: path, HTTP_PROXY: proxy.url, http_proxy: proxy.url },
    });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain(
      "The credentials from `[HOME]/.netrc` line 1 are not sent to `http://pypi.example:",
    );
    // What would not help is not suggested.
    expect(run.stderr).toContain("use an https URL, or name the index in your own settings");
    expect(run.stderr).not.toContain("put them into");
    expect(JSON.stringify(server.requests)).not.toContain(btoa("ada:s3cret"));
    expect(existsSync(asked)).toBe(false);
  });

  test.for(["uv.toml", "requirements.txt"])(
    "that names a user for its index is not advised to use what is withheld: %s",
    async (file, { expect }) => {
      await using world = await World.create({ commands: "called" });
      const server = await world.index({ packages: [], auth: { username: "ada", password: "s3cret" } });
      const proxy = await world.proxy();
      const url = elsewhere(server.url).replace("://", "://ada@");
      world.write("home/.netrc", "machine pypi.example login ada password s3cret\n");
      world.write("project/requirements.txt", "greeter\n");
      world.write(
        `project/${file}`,
        file === "uv.toml" ? `index-url = "${url}"\n` : `--index-url ${url}\ngreeter\n`,
      );
      const args = ["pip", "install", "-r", "requirements.txt", "--target", "t", "--no-deps"];
      const run = await world.cli(args, { env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url } });
      expect(run.code).not.toBe(0);
      expect(run.stderr).toMatch(/^hint: only a user name, without a password, was sent to `pypi\.example/m);
      expect(run.stderr).toContain("use an https URL, or name the index in your own settings");
      expect(run.stderr).not.toContain("~/.netrc");
      expect(run.stderr).not.toContain("add the password");
      expect(JSON.stringify(server.requests)).not.toContain(btoa("ada:s3cret"));
    },
  );

  test("names an index that the user has too, which gets the user's credentials as ever", async ({
    expect,
  }) => {
    await using world = await World.create({ commands: "called" });
    const auth = { username: "ada", password: "s3cret" };
    const server = await world.index({ packages: sampleWheels(), auth });
    const proxy = await world.proxy();
    const index = `[[index]]\nurl = "${elsewhere(server.url)}"\ndefault = true\n`;
    world.write("home/.netrc", "machine pypi.example login ada password s3cret\n");
    world.write("home/.config/pinion/pinion.toml", index);
    world.write("project/pinion.toml", index);
    const args = ["pip", "install", "greeter", "--target", "t", "--no-deps"];
    const run = await world.cli(args, { env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url } });
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("are not sent to") });
  });
});

/** The same server by a name that is not this machine's; proxies of the world reach it. */
function elsewhere(url: string): string {
  return url.replace("localhost", "pypi.example");
}
