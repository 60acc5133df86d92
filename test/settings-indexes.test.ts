// What an index's table says reaches that index and no other: its proxy, certificates, credentials, and leave not to verify.

import { describe, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";

const OWN = makeWheel({ name: "own-thing", version: "1.0" });

/** Describes the second index, which has only `own-thing`, in pinion.toml; the default is the stage's. */
function describeIndex(stage: CommandStage, url: string, lines: string): void {
  stage.world.write(
    "project/pinion.toml",
    `index-url = "${stage.index.url}"\n[[index]]\nname = "own"\nurl = "${url}"\n${lines}\n`,
  );
}

const INSTALL = ["pip", "install", "own-thing", "paint"];

describe.concurrent("an index's table", () => {
  test("`proxy` is only for its own requests, and NO_PROXY counts against it", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const own = await stage.world.index({ packages: [OWN] });
    const proxy = await stage.world.proxy();
    describeIndex(stage, own.url, `proxy = "${proxy.url}"`);
    expect((await stage.pinion(INSTALL)).code).toBe(0);
    const hosts = new Set(proxy.targets.map((target) => new URL(target).port));
    expect([...hosts]).toEqual([`${own.port}`]);
    const asked = proxy.targets.length;
    await stage.pinion([...INSTALL, "--refresh", "--reinstall"], { env: { NO_PROXY: "localhost" } });
    expect(proxy.targets.length).toBe(asked);
  });

  test("`cert` and `insecure` are only for its own server", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const root = stage.world.authority("Own Root");
    const own = await stage.world.index({ packages: [OWN], tls: root.issue("localhost") });
    const other = await stage.world.index({ packages: [OWN], tls: root.issue("localhost") });
    describeIndex(stage, own.url, "");
    expect((await stage.pinion(INSTALL)).stderr).toContain("Own Root");
    describeIndex(stage, own.url, `cert = "${root.writePem()}"`);
    expect((await stage.pinion(INSTALL)).code).toBe(0);
    const elsewhere = await stage.pinion([...INSTALL, "--reinstall", "--refresh", "--index", other.url]);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringContaining("Own Root")]);
    describeIndex(stage, own.url, "insecure = true");
    const lifted = await stage.pinion([...INSTALL, "--reinstall", "--refresh"]);
    expect(lifted.code).toBe(0);
    expect(lifted.stderr).toMatch(
      /^warning: Certificate verification is disabled for `localhost:\[PORT\]` by `.*pinion\.toml:4/m,
    );
  });

  test("`client-cert` and `client-key` are shown only to it", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const root = stage.world.authority("Own Root");
    const client = root.issueClient("CN=ada");
    const clients = { authorities: [root.root.pem], isRequired: true };
    const own = await stage.world.index({ packages: [OWN], tls: { ...root.issue("localhost"), clients } });
    const cert = stage.world.write("client.pem", client.chainPem);
    const key = stage.world.write("client.key", client.keyPem);
    const trusted = `cert = "${root.writePem()}"`;
    describeIndex(stage, own.url, trusted);
    expect((await stage.pinion(INSTALL)).code).not.toBe(0);
    describeIndex(stage, own.url, `${trusted}\nclient-cert = "${cert}"\nclient-key = "${key}"`);
    expect((await stage.pinion(INSTALL)).code).toBe(0);
    expect(own.requests.every(({ clientName }) => clientName !== undefined)).toBe(true);
  });

  test("`authenticate` says when credentials are looked for", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const auth = { username: "ada", password: "s3cret" };
    const own = await stage.world.index({ packages: [OWN], auth });
    stage.world.write("home/.netrc", "machine localhost login ada password s3cret\n");
    const statuses = async (lines: string): Promise<readonly number[]> => {
      describeIndex(stage, own.url, lines);
      const before = own.requests.length;
      const run = await stage.pinion([...INSTALL, "--reinstall", "--refresh"]);
      expect(`${run.stdout}${run.stderr}`).not.toContain("s3cret");
      // What was asked early for other projects may arrive when a run that failed is over.
      const asked = own.requests.slice(before).filter(({ path }) => path.includes("own-thing"));
      return asked.map(({ status }) => status);
    };
    expect(new Set(await statuses('authenticate = "never"'))).toEqual(new Set([401]));
    expect(await statuses('authenticate = "always"')).not.toContain(401);
    expect(await statuses("")).not.toContain(401);
  });

  test("a netrc that cannot be read is reported with its line", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const own = await stage.world.index({ packages: [OWN], auth: { username: "ada", password: "s3cret" } });
    stage.world.write("home/.netrc", "machine localhost\n  login ada\n  pasword s3cret\n");
    describeIndex(stage, own.url, "");
    const run = await stage.pinion(INSTALL);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^warning: .*\.netrc.*3/m);
    expect(run.stderr).not.toContain("s3cret");
  });

  test("credentials come from the variables of its name", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const own = await stage.world.index({ packages: [OWN], auth: { username: "ada", password: "s3cret" } });
    describeIndex(stage, own.url, "");
    const env = { UV_INDEX_OWN_USERNAME: "ada", UV_INDEX_OWN_PASSWORD: "s3cret" };
    const run = await stage.pinion([...INSTALL, "-v"], { env });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("with credentials from `UV_INDEX_OWN_USERNAME`");
    expect(run.stderr).not.toContain("s3cret");
    expect(stage.index.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});

describe.concurrent("an index that is named by nothing", () => {
  // Passed over, it would leave its packages to the next index, which may be a public one.
  test.for([
    ["uv.toml", '[[index]]\nurl = ""\n', "uv.toml`:2: `url` of an index must be a URL or a path"],
    ["pinion.toml", '[[index]]\nurl = " "\n', "pinion.toml`:2: `url` of an index must be a URL or a path"],
    ["pyproject.toml", '[[tool.uv.index]]\nurl = ""\n', "pyproject.toml`:2: `url` of an index must be"],
    ["uv.toml", 'find-links = [""]\n', "uv.toml:1 (find-links)` is not a URL or a path"],
    ["pinion.toml", 'find-links = [" "]\n', "pinion.toml:1 (find-links)` is not a URL or a path"],
    ["uv.toml", '[pip]\nfind-links = [""]\n', "uv.toml:2 (pip.find-links)` is not a URL or a path"],
    ["uv.toml", 'index-url = ""\n', "uv.toml:1 (index-url)` is not a URL or a path"],
    ["uv.toml", 'extra-index-url = [""]\n', "uv.toml:1 (extra-index-url)` is not a URL or a path"],
    ["requirements.txt", '--extra-index-url ""\n', "requirements.txt:1` is not a URL or a path"],
  ] as const)("%s: %j", async ([file, text, message], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/requirements.txt", "");
    stage.world.write(`project/${file}`, text);
    const args = ["pip", "install", "paint", "-r", "requirements.txt", "--index", stage.index.url];
    const run = await stage.pinion(args);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stage.index.requests).toEqual([]);
  });

  test.for(["--index=", "--default-index=", "--index-url=", "--extra-index-url=", "--find-links= "])(
    "%s",
    async (flag, { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      const run = await stage.pinion(["pip", "install", "paint", flag, "--index", stage.index.url]);
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("is not a URL or a path")]);
      expect(stage.index.requests).toEqual([]);
    },
  );
});

describe.concurrent("settings of the command", () => {
  test("a variable that says false beats a file's true, and a flag beats both", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/uv.toml", `index-url = "${stage.index.url}"\noffline = true\n`);
    expect((await stage.pinion(["pip", "install", "paint"])).code).toBe(1);
    const env = { PINION_OFFLINE: "0" };
    expect((await stage.pinion(["pip", "install", "paint"], { env })).code).toBe(0);
    expect((await stage.pinion(["pip", "install", "wordlist", "--offline"], { env })).code).toBe(1);
  });

  test("--directory moves the working folder, --config-file and --no-config choose the files", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("elsewhere/pinion.toml", "retries = 7\n");
    stage.world.write("named.toml", "retries = 8\n");
    const retries = async (...flags: readonly string[]): Promise<string> =>
      (await stage.pinion(["config", ...flags])).stdout;
    const folder = `${stage.world.directory}/elsewhere`;
    expect(await retries("--directory", folder)).toContain("retries: 7  [WORLD]/elsewhere/pinion.toml:1");
    expect(await retries("--directory", "../elsewhere", "--no-config")).not.toContain("retries");
    expect(await retries("--config-file", "../named.toml")).toContain("retries: 8  [WORLD]/named.toml:1");
    expect(await retries("--config-file", "../named.toml", "--no-config")).toContain("retries: 8");
    expect((await stage.pinion(["config", "--config-file", "../missing.toml"])).code).toBe(2);
  });

  test("-p, --target and find-links of files and flags are relative to what they belong to", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/wheels/own_thing-1.0-py3-none-any.whl", OWN.bytes);
    stage.world.write("project/pinion.toml", 'find-links = ["wheels"]\nno-index = true\n');
    stage.world.write("project/deeper/x.txt", "");
    const cwd = `${stage.world.project}/deeper`;
    const run = await stage.pinion(["pip", "install", "own-thing", "--target", "out"], { cwd });
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(" + own-thing==1.0")]);
    expect((await stage.pinion(["pip", "freeze", "--target", "deeper/out"])).stdout).toBe("own-thing==1.0\n");
  });
});
