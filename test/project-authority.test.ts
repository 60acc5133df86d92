// What the files of a checked-out project may not decide for the user who runs a command in it.

import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { readSettings } from "../src/settings/read.ts";
import { SETTINGS, SETTING_NAMES } from "../src/settings/table/table.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
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
      await using stage = await commandStage({ commands: "called" });
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

  // Promise: a project's file widens nothing that the user trusts
  // Attack: the user trusts the system's certificates only, and a checked-out file brings the bundled roots back
  test.for([
    ["pinion.toml", "system-certs = false\n"],
    ["pyproject.toml", "[tool.pinion]\nsystem-certs = false\n"],
    ["uv.toml", "system-certs = false\n"],
    ["uv.toml", "native-tls = false\n"],
  ] as const)("does not add the bundled roots to the system's: %s, %j", async ([file, text], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("home/.config/pinion/pinion.toml", "system-certs = true\n");
    stage.world.write(`project/${file}`, text);
    const run = await stage.pinion(["config", "--json"]);
    expect(run.stderr).toContain("Ignored `system-certs` of ");
    expect(run.stdout).not.toContain(`project/${file}`);
    stage.world.write(`project/${file}`, text.replace("false", "true"));
    expect((await stage.pinion(["config", "--json"])).stderr).not.toContain("Ignored");
  });

  // Promise: a project's file does not choose whom a build trusts
  // Attack: variables for the builds of other packages switch the verification off, or lead to other certificates
  test.for([
    ["pinion.toml", "[extra-build-variables]\n"],
    ["uv.toml", "[extra-build-variables]\n"],
    ["pyproject.toml", "[tool.uv.pip.extra-build-variables]\n"],
    ["pyproject.toml", "[tool.uv.extra-build-variables]\n"],
  ] as const)("sets no variables of trust for builds: %s, %j", async ([file, table], { expect }) => {
    const names =
      `SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_NO_VERIFY GIT_SSL_CAPATH
      git_ssl_cainfo GIT_CONFIG_COUNT NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED PIP_CERT PIP_TRUSTED_HOST
      UV_INSECURE_HOST PYTHONHTTPSVERIFY GIT_SSH GIT_SSH_COMMAND`.split(/\s+/);
    const variables = [...names, "CFLAGS"].map((name) => `${name} = "x:y=z"`).join(", ");
    const text = `${table}alpha = { ${variables} }\n`;
    await using world = await World.create({ commands: "called" });
    const { directory, home } = world;
    const read = (): ReturnType<typeof readSettings> =>
      readSettings({
        flags: { values: new Map() },
        env: { XDG_CONFIG_DIRS: join(directory, "no-configuration") },
        cwd: join(directory, "project"),
        home,
        platform: process.platform,
        environmentPrefix: undefined,
        command: "install",
      });
    world.write(`project/${file}`, text);
    const { settings, warnings } = read();
    expect(settings.get("extra-build-variables")).toEqual({ alpha: { CFLAGS: "x:y=z" } });
    expect(warnings[0]).toMatch(/^Ignored `SSL_CERT_FILE` of .*: a project's file cannot set it$/);
    world.write(`project/${file}`, "");
    world.write(
      `home/.config/${file === "uv.toml" ? "uv/uv" : "pinion/pinion"}.toml`,
      `[extra-build-variables]\nalpha = { ${variables} }\n`,
    );
    const users = read();
    expect(users.warnings).toEqual([]);
    const counted = Object.keys(users.settings.get("extra-build-variables")["alpha"] ?? {});
    expect(counted.toSorted()).toEqual([...names, "CFLAGS"].toSorted());
  });

  // Promise: a command runs no program that the folder it runs in chose
  // Attack: `keyring-command` of a checked-out pyproject.toml, and an index that demands credentials
  test.skipIf(process.platform === "win32")("runs no program for credentials", async ({ expect }) => {
    await using stage = await commandStage({
      commands: "called",
      auth: { username: "ada", password: "s3cret" },
    });
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
    ["with `no-proxy-env`", { "pinion.toml": `no-proxy-env = true\n${index(CERT)}` }],
    ["with `https-proxy`", { "pinion.toml": `https-proxy = "PROXY"\n${index(CERT)}` }],
    ["in two files", { "pinion.toml": index(CERT), "uv.toml": 'https-proxy = "PROXY"\n' }],
    ["with an exception", { "pinion.toml": `${index('proxy = "PROXY"')}${EXCEPTION}` }],
  ])("does not choose both the proxy and the trust of an index: %s", async ([, files], { expect }) => {
    await using world = await World.create({ commands: "called" });
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
    await using world = await World.create({ commands: "called" });
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
    await using world = await World.create({ commands: "called" });
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
      await using world = await World.create({ commands: "called" });
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

const ONLY_IN_FOLDER = "can name only a place in its own folder";
const NOT_GITS = "cannot name `.git`, or the folder that holds it";
const PLACES = SETTING_NAMES.filter((name) => SETTINGS[name].staysInProject === true);
const UV_PLACES = PLACES.filter((name) => SETTINGS[name].uvPipKey !== undefined);
const FILES: readonly (readonly [table: string, file: string, names: typeof PLACES])[] = [
  ["", "pinion.toml", PLACES],
  ["[tool.pinion]", "pyproject.toml", PLACES],
  ["[pip]", "uv.toml", UV_PLACES],
  ["[tool.uv.pip]", "pyproject.toml", UV_PLACES],
];

describe.skipIf(process.platform === "win32").concurrent("what a project's file has written", () => {
  // Promise: a project's file has nothing written outside of its own folder
  // Attack: a checked-out folder brings a settings file that names a place above it, or a link of its own, or `.git`, in any spelling
  test.for(FILES)("stays in its folder: `%s` in %s", async ([table, file, names], { expect }) => {
    await using world = await World.create({ commands: "called" });
    const { project, directory, home } = world;
    for (const folder of [".git", "module/.git", "vendor"])
      mkdirSync(join(project, folder), { recursive: true });
    mkdirSync(join(directory, "outside"));
    symlinkSync(join(directory, "outside"), join(project, "out"));
    symlinkSync(join(directory, "not-there"), join(project, "dangling"));
    symlinkSync(".git", join(project, "gits"));
    const read = (value: string): readonly [warnings: readonly string[], values: readonly unknown[]] => {
      const lines = names.map((name) => `${name} = "${value}"\n`);
      world.write(`project/${file}`, `${table}\n${lines.join("")}`);
      const { warnings, settings } = readSettings({
        flags: { values: new Map() },
        env: { XDG_CONFIG_DIRS: join(directory, "no-configuration") },
        cwd: project,
        home,
        platform: process.platform,
        environmentPrefix: undefined,
        command: "install",
      });
      return [warnings, names.map((name) => settings.stack(name).inForce[0]?.value)];
    };
    const outside = ["..", "../mine", "vendor/../../mine", `${directory}/mine`, "out", "out/new", "dangling"];
    const spellings = ["git~1/hooks/new", "GIT~1/config", ".g\u200cit/hooks/new", ".git. /config"];
    const gits = [".git", ".GIT/hooks/x", ".git/hooks/new", ...spellings, "gits/config", "module", "."];
    for (const value of [...outside, ...gits]) {
      const reason = outside.includes(value) ? ONLY_IN_FOLDER : NOT_GITS;
      const ignored = names.map(() => expect.stringContaining(`: a project's file ${reason}`));
      expect([value, ...read(value)]).toEqual([value, ignored, names.map(() => undefined)]);
    }
    for (const value of ["vendor", "vendor/../new/place", `${project}/vendor`, "..git", ".gitignored"])
      expect([value, ...read(value)]).toEqual([value, [], names.map(() => expect.any(String))]);
  });

  test("is elsewhere where the user's own file or an option says so", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("home/.config/pinion/pinion.toml", 'output-file = "../../../mine"\n');
    const run = await stage.pinion(["config", "--json"]);
    expect([run.stderr, run.stdout]).toEqual(["", expect.stringContaining('"output-file"')]);
    const installed = await stage.install("wordlist", "--target", "../elsewhere");
    expect(installed.code).toBe(0);
    expect(existsSync(join(stage.world.directory, "elsewhere", "wordlist"))).toBe(true);
  });

  // Promise: a project's file has nothing written outside of its own folder
  // Attack: `output-file` with lines of the project in its header; `target` with a package that brings files of its choice
  test("does not replace a file of the user: pip compile, pip install", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.index.add(makeWheel({ name: "brings", version: "1.0", files: { "profile.sh": "# brought\n" } }));
    const own = stage.world.write("profile.sh", "# The user's.\n");
    stage.world.write("project/pinion.toml", 'output-file = "../profile.sh"\ntarget = ".."\n');
    stage.world.write("project/r.in", "wordlist\n");
    const compiled = await stage.pinion(["pip", "compile", "--index-url", stage.index.url, "r.in"]);
    expect(compiled).toMatchObject({ code: 0, stdout: expect.stringContaining("wordlist==2.0.0") });
    await stage.install("brings");
    expect(readFileSync(own, "utf8")).toBe("# The user's.\n");
  });

  // Promise: a project's file has nothing written outside of its own folder
  // Attack: `root` names a folder of the project in which a link leads out
  test("does not leave the project's root by a link in it", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const { directory, project } = stage.world;
    mkdirSync(join(directory, "outside"));
    mkdirSync(join(project, "image"));
    symlinkSync(join(directory, "outside"), join(project, "image", stage.venv.split("/")[1] ?? ""));
    stage.world.write("project/pinion.toml", 'root = "image"\n');
    const run = await stage.install("greeter");
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining("leads out of the folder that") });
    expect(readdirSync(join(directory, "outside"))).toEqual([]);
  });
});

const LOGIN = { PINION_INDEX_CORP_USERNAME: "ada", PINION_INDEX_CORP_PASSWORD: "s3cret" };

describe.skipIf(process.platform === "win32").concurrent("a settings file that is not a regular file", () => {
  // Promise: no untrusted input makes a command hang, or fill the memory
  // Attack: a pipe, or a link to a device without end, is in the place of a settings file
  test.for(["pinion.toml", "uv.toml", "pyproject.toml"])("is refused as %s", async (name, { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    symlinkSync("/dev/zero", join(stage.world.project, name));
    const { code, stderr } = await stage.pinion(["pip", "list"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("is not a regular file")]);
  });
});
