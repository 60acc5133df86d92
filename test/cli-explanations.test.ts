// Messages that name what is wrong where the fault itself cannot be seen: times that an index does not give, characters
// that nothing shows, an invalid version, a pipe in a file's place.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import { createAuthority } from "../src/lab/certificates/mint.ts";
import { makeSourceDistribution } from "./support/source-trees.ts";
import { commandStage } from "./support/command-stage.ts";

describe.concurrent("pinion says", () => {
  test("that an index gives no upload times, where --exclude-newer leaves everything out", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called", formats: ["html"] });
    const run = await stage.install("paint", "--exclude-newer", "2030-01-01");
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining(
        "Its index gives no upload time for v1.2.0, and files without one are left out.",
      ),
    ]);
    await using dated = await commandStage({ commands: "called" });
    const installed = await dated.install("paint", "--exclude-newer", "2030-01-01");
    expect([installed.code, installed.stderr]).toEqual([0, expect.not.stringContaining("upload time")]);
  });

  test("which URL was asked, and the one with `/simple/`, where an index has nothing there", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const run = await stage.pinion(["pip", "install", "--index-url", `${stage.index.origin}/`, "paint"]);
    const simple = `${stage.index.origin}/simple/`;
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining(`most indexes end in \`/simple/\`: \`${stage.world.filter(simple)}\``),
    ]);
    // Law of advice: following it makes the installation.
    expect((await stage.pinion(["pip", "install", "--index-url", simple, "paint"])).code).toBe(0);
    const page = await stage.pinion(["pip", "install", "--index-url", `${simple}paint/`, "absent"]);
    expect(page.stderr).toContain(`most indexes end in \`/simple/\`: \`${stage.world.filter(simple)}\``);
  });

  test("that only source distributions exist, which are not built for another target", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/links/only-1.0.tar.gz", "");
    const target = ["--target", "t", "--python-version", "3.12", "--python-platform", "windows"];
    const run = await stage.pinion(["pip", "install", ...target, "--no-index", "-f", "links", "only"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("has no usable wheels");
    expect(run.stderr).toContain("hint: Only source distributions are available for `only` (v1.0)");
  });

  test("that some indexes answer 403 for a project that they do not have", async ({ expect }) => {
    await using stage = await commandStage({
      commands: "called",
      oddities: [{ kind: "status", status: 403, on: "/simple/absent/" }],
    });
    const run = await stage.install("absent");
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining("some indexes answer 403 for a project that they do not have"),
    ]);
  });

  test.for(["frob", "corp2"])(
    "that `%s` is not an index, without a look-up of its name",
    async (word, { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      const env = { PINION_INDEX: `corp=${stage.index.url}` };
      const run = await stage.pinion(["doctor", word], { env });
      expect([run.code, run.stderr]).toEqual([
        2,
        expect.stringContaining(`error: \`${word}\` is neither a configured index nor a URL\n`),
      ]);
      expect(run.stderr).toContain("hint: the named ones are `corp`");
    },
  );

  test.for([
    ["--no-build", "build/disabled|resolve/no-solution"],
    ["--only-binary=:all:", "build/disabled|resolve/no-solution"],
  ] as const)(
    "that only source distributions exist, with %s, and what helps",
    async ([flag, codes], { expect }) => {
      await using stage = await commandStage({
        commands: "called",
        packages: [makeSourceDistribution("alpha", "1.0")],
      });
      const run = await stage.install("alpha", flag);
      expect([run.code, run.stderr]).toEqual([
        1,
        expect.stringMatching(/no (?:usable )?wheels|building from source is disabled/),
      ]);
      expect(run.stderr).toMatch(/^hint: /m);
      const { error } = JSON.parse((await stage.install("alpha", flag, "--json")).stdout) as {
        error: { code: string };
      };
      expect(codes.split("|")).toContain(error.code);
    },
  );

  test.for([
    ["rejects servers", "a00a06082b06010505070301", "its trust settings reject it for TLS servers"],
    [
      "is for clients only",
      "300a06082b06010505070302",
      "its trust settings are for other purposes than TLS servers",
    ],
    ["cannot be read", "a700", "its trust settings cannot be read"],
  ] as const)(
    "why a CA whose trust settings say that it %s is not trusted, to installs and in the doctor",
    async ([, settings, reason], { expect }) => {
      const root = createAuthority("Corp Root");
      await using stage = await commandStage({ commands: "called", tls: root.issue("localhost") });
      const after = Buffer.from(settings, "hex");
      const base64 = Buffer.concat([root.der, Buffer.from([0x30, after.length]), after]).toString("base64");
      const file = stage.world.write(
        "trusted.pem",
        `-----BEGIN TRUSTED CERTIFICATE-----\n${base64}\n-----END TRUSTED CERTIFICATE-----\n`,
      );
      const env = { SSL_CERT_FILE: file };
      const install = await stage.pinion(["pip", "install", "--index-url", stage.index.url, "paint"], {
        env,
      });
      expect([install.code, install.stderr.replaceAll(/\s+/g, " ")]).toEqual([
        expect.any(Number),
        expect.stringContaining(reason),
      ]);
      expect(install.code).not.toBe(0);
      const doctor = await stage.pinion(["doctor", stage.index.url], { env });
      expect(doctor.code).not.toBe(0);
      expect(`${doctor.stdout}${doctor.stderr}`.replaceAll(/\s+/g, " ")).toContain(reason);
    },
  );

  test.for([
    ["a zero-width space", "paint\u200b==1.2.0", "paint\\u200b==1.2.0"],
    ["a zero-width space in the version", "paint==1\u200b.2.0", "paint==1\\u200b.2.0"],
    ["a byte order mark", "pa\ufeffint", "pa\\ufeffint"],
    ["a space that does not break", "paint\u00a0x", "paint\\u00a0x"],
    ["a mark that turns the direction", "paint\u202e", "paint\\u202e"],
  ])("which character is %s in a requirement", async ([, text = "", shown], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const run = await stage.install(text);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(`\`${shown}\``)]);
    writeFileSync(join(stage.world.project, "in.txt"), `wordlist\n${text}\n`);
    const listed = await stage.install("-r", "in.txt");
    expect([listed.code, listed.stderr]).toEqual([2, expect.stringContaining(`       ${shown}\n`)]);
    expect(listed.stderr).not.toMatch(/[\u00a0\u200b\u202e\ufeff]/);
    const removed = await stage.pinion(["pip", "uninstall", text]);
    expect([removed.code, removed.stderr]).toEqual([2, expect.stringContaining(`\`${shown}\``)]);
  });

  test.for(["list", "freeze", "check", "tree"])(
    "in `pip %s` which installed distribution it cannot read",
    async (command, { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      await stage.install("paint");
      const library = join(stage.venv, "lib");
      const site = join(library, readdirSync(library)[0]!, "site-packages");
      mkdirSync(join(site, "odd-1.0.oops!.dist-info"));
      const run = await stage.pinion(["pip", command]);
      expect([run.code, run.stderr]).toEqual([
        0,
        expect.stringMatching(/^warning: Ignoring an invalid distribution: `.*odd-1\.0\.oops!\.dist-info`$/m),
      ]);
    },
  );
});

describe.skipIf(process.platform === "win32").concurrent("a requirements file that is a pipe", () => {
  test("is read like any other: `<(…)`, /dev/stdin and mkfifo, also where nothing comes", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const install = `"${process.execPath}" "${COMMAND}" pip install --index-url "${stage.index.url}"`;
    const shell = (script: string): Promise<readonly [code: number | null, stderr: string]> =>
      new Promise((resolve) => {
        const child = spawn("bash", ["-c", script], {
          cwd: stage.world.project,
          env: stage.world.environment(),
        });
        let stderr = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        child.on("close", (code) => resolve([code, stderr]));
      });
    expect(await shell(`${install} -r <(echo paint) -c <(echo 'paint<2')`)).toEqual([
      0,
      expect.stringContaining(" + paint=="),
    ]);
    expect(await shell(`echo wordlist | ${install} -r /dev/stdin`)).toEqual([
      0,
      expect.stringContaining(" + wordlist=="),
    ]);
    expect(
      await shell(
        `mkfifo late; (sleep 1; echo greeter > late) & ${install} -r late; code=$?; wait; exit $code`,
      ),
    ).toEqual([0, expect.stringContaining(" + greeter==")]);
    expect(await shell(`${install} -r <(true)`)).toEqual([
      0,
      expect.stringContaining("does not contain any dependencies"),
    ]);
  });
});

const COMMAND = join(import.meta.dirname, "..", "bin", "pinion.cjs");
