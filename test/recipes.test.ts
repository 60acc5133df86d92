// Every recipe of docs/tls.md: its files are written and its commands run as they stand there, against servers of the
// laboratory in place of those that are named. Without the recipe, the same command is refused.

import { chmodSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPrivateKey } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import type { IndexOptions } from "../src/lab/index/index-server.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { World } from "./support/world.ts";

interface Block {
  readonly recipe: string;
  /** Where a file is to be written; undefined for commands. */
  readonly file: string | undefined;
  readonly text: string;
}

/** What stands for the recipe's own world. */
interface Stage {
  readonly env?: Readonly<Record<string, string>>;
  /** Words of the guide and what is meant by them here; the longest first. */
  readonly words?: Readonly<Record<string, string>>;
}

const guide = readFileSync(new URL("../docs/tls.md", import.meta.url), "utf8");
const blocks: readonly Block[] = Array.from(
  guide.matchAll(/<!-- recipe: ([\w-]+)(?:, file: (\S+))? -->\n```\w+\n([^]*?)```/g),
  ([, recipe = "", file, text = ""]) => ({ recipe, file, text }),
);

const STAGES: Readonly<Record<string, (world: World) => Promise<Stage>>> = {
  zscaler: async (world) => {
    const { env, rootPem } = await behindInspection(world, "O=Zscaler Inc., CN=Zscaler Root CA");
    world.write("home/zscaler-root.pem", rootPem);
    return { env };
  },
  netskope: async (world) => {
    const { env, rootPem } = await behindInspection(world, "O=Netskope Inc, CN=Netskope Root");
    const path = world.write("opt/nscacert.pem", rootPem);
    return { env, words: { "/opt/netskope/nscacert.pem": path } };
  },
  umbrella: async (world) => {
    const { env, rootPem } = await behindInspection(world, "O=Cisco, CN=Cisco Umbrella Root CA");
    world.write("home/cisco-umbrella-root.pem", rootPem);
    // The world hides the machine's pip.conf; here the user's own counts.
    return { env: { ...env, PIP_CONFIG_FILE: "" } };
  },
  artifactory: async (world) => {
    const { url, rootPem } = await privateIndex(world, { auth: { username: "ci", password: "t0ken" } });
    world.write("project/corp-root.pem", rootPem);
    return {
      env: { ARTIFACTORY_TOKEN: "t0ken" },
      words: { "https://artifactory.corp.example/artifactory/api/pypi/pypi/simple": url },
    };
  },
  gitlab: async (world) => {
    const auth = { username: "gitlab-ci-token", password: "j0b" };
    const { url, rootPem } = await privateIndex(world, { auth });
    const path = world.write("builds/ca.pem", rootPem);
    const env = { CI_SERVER_TLS_CA_FILE: path, CI_JOB_TOKEN: "j0b" };
    return { env, words: { "$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/pypi/simple": url } };
  },
  "cert-manager": async (world) => {
    const { url, rootPem } = await privateIndex(world);
    const path = world.write("private-ca/ca.crt", rootPem);
    return { words: { "/etc/private-ca/ca.crt": path, "https://pypi.tools.svc.example/simple/": url } };
  },
  "own-certificate": async (world) => {
    const { url, fingerprint } = await privateIndex(world);
    return {
      env: { FINGERPRINT: fingerprint },
      words: { "https://pypi.lab.example/simple/": url, "https://pypi.lab.example/": new URL("/", url).href },
    };
  },
  "client-certificate": async (world) => {
    const clients = world.authority("Clients Root");
    const { url, rootPem } = await privateIndex(world, {}, { authorities: [clients.pem], isRequired: true });
    const { chainPem, keyPem } = clients.issueClient("me");
    const locked = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "s3cret" } as const;
    world.write("home/me.pem", chainPem + createPrivateKey(keyPem).export(locked).toString());
    return {
      env: { KEY_PASSPHRASE: "s3cret", SSL_CERT_FILE: world.write("root.pem", rootPem) },
      words: { "https://pypi.corp.example/simple/": url },
    };
  },
  exception: async (world) => {
    const root = world.authority();
    const tls = root.issue("localhost", { subject: "CN=localhost", names: [] });
    const index = await world.index({ tls, packages: sampleWheels() });
    return {
      env: { SSL_CERT_FILE: root.writePem() },
      words: { "https://nexus.lab.example/simple/": index.url, "nexus.lab.example": "localhost" },
    };
  },
};

describe.skipIf(process.platform === "win32")("docs/tls.md", () => {
  const recipes = [...new Set(blocks.map(({ recipe }) => recipe))];

  test("has a stage for every recipe", () => {
    expect(recipes.toSorted()).toEqual(Object.keys(STAGES).toSorted());
  });

  test.each(recipes)("%s", async (recipe) => {
    const world = await World.create();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const { env = {}, words = {} } = (await STAGES[recipe]?.(world)) ?? {};
    const target = join(world.directory, "target");
    const here = (text: string): string =>
      Object.entries({ ...words, " flask": ` --target "${target}" greeter` }).reduce(
        (changed, [word, meant]) => changed.replaceAll(word, meant),
        text,
      );
    const all = { ...env, PATH: `${commandFolder(world)}:${process.env["PATH"]}`, PINION_RETRIES: "0" };
    const ours = blocks.filter((block) => block.recipe === recipe);
    const script = here(
      ours
        .filter(({ file }) => file === undefined)
        .map(({ text }) => text)
        .join("\n"),
    );

    const bare = /^pinion pip install .*$/m.exec(script)?.[0] ?? "";
    const without = await world.program("sh", ["-euc", bare.replace(/--client-cert \S+/, "")], { env: all });
    expect([without.code, without.stderr]).toEqual([expect.any(Number), expect.stringMatching(/error|×/)]);
    expect(existsSync(target)).toBe(false);

    for (const { file, text } of ours) if (file !== undefined) world.write(file, here(text));
    const run = await world.program("sh", ["-euc", script], { env: all });
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("greeter==2.0.0")]);
    expect(existsSync(join(target, "greeter"))).toBe(true);
    expect(run.stdout + run.stderr).not.toMatch(/t0ken|j0b|s3cret/);
  });
});

/** An index that a proxy of the company opens and signs again; what it signs with is all that can be trusted. */
async function behindInspection(
  world: World,
  name: string,
): Promise<{ readonly env: Readonly<Record<string, string>>; readonly rootPem: string }> {
  const { url } = await privateIndex(world);
  const inspector = world.authority(name);
  const proxy = await world.inspectingProxy(inspector);
  return { env: { HTTPS_PROXY: proxy.url, PINION_DEFAULT_INDEX: url }, rootPem: inspector.pem };
}

async function privateIndex(
  world: World,
  options: IndexOptions = {},
  clients?: { readonly authorities: readonly string[]; readonly isRequired: boolean },
): Promise<{ readonly url: string; readonly rootPem: string; readonly fingerprint: string }> {
  const root = world.authority("Corp Root");
  const issuing = root.intermediate("Corp Issuing CA");
  const leaf = issuing.issue("localhost");
  const tls = { ...leaf, ...(clients !== undefined && { clients }) };
  const { url } = await world.index({ ...options, tls, packages: sampleWheels() });
  return { url, rootPem: root.pem, fingerprint: parseCertificate(leaf.der).fingerprint };
}

/** A folder with the command under its own name, as an installation has it. */
function commandFolder(world: World): string {
  const command = fileURLToPath(new URL("../bin/pinion.cjs", import.meta.url));
  const path = world.write("bin/pinion", `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`);
  chmodSync(path, 0o755);
  return dirname(path);
}
