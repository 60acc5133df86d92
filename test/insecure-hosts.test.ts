// Hosts that are taken out of verification, by the real command: from every place where people configure them already,
// exactly as written, with one warning that says how to do without, and without credentials. Redirects between such
// hosts and others are in net-redirects.test.ts.

import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RunningIndex } from "../src/lab/index/index-server.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { tryIndex } from "./support/try-index.ts";
import { World } from "./support/world.ts";

interface Place {
  readonly name: string;
  readonly args?: (host: string) => readonly string[];
  readonly env?: (host: string) => Readonly<Record<string, string>>;
  readonly file?: (host: string) => readonly [path: string, text: string];
}

/** Where people have it already. */
const PLACES: readonly Place[] = [
  { name: "--allow-insecure-host", args: (host) => ["--allow-insecure-host", host] },
  { name: "--trusted-host", args: (host) => ["--trusted-host", host] },
  { name: "UV_INSECURE_HOST", env: (host) => ({ UV_INSECURE_HOST: host }) },
  { name: "PIP_TRUSTED_HOST", env: (host) => ({ PIP_TRUSTED_HOST: host }) },
  {
    name: "pip.conf",
    env: () => ({ PIP_CONFIG_FILE: "" }),
    file: (host) => [
      "home/.config/pip/pip.conf",
      `[global]\ntrusted-host =\n  elsewhere.example\n  ${host}\n`,
    ],
  },
  {
    name: "[tool.uv] allow-insecure-host",
    file: (host) => ["project/pyproject.toml", `[tool.uv]\nallow-insecure-host = ["${host}"]\n`],
  },
  { name: "uv.toml", file: (host) => ["project/uv.toml", `allow-insecure-host = ["${host}"]\n`] },
];

interface Scene {
  readonly world: World;
  readonly index: RunningIndex;
  /** SHA-256 of the certificate that the server shows. */
  readonly fingerprint: string;
}

async function untrustedIndex(
  options: { readonly withPassword?: boolean; readonly names?: string } = {},
): Promise<Scene> {
  const world = await World.create({ commands: "called" });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const leaf = world.authority("Unknown Root").issue(options.names ?? "another.example");
  const index = await world.index({
    tls: leaf,
    packages: sampleWheels(),
    ...(options.withPassword === true && { auth: { username: "ada", password: "secret" } }),
  });
  return { world, index, fingerprint: parseCertificate(leaf.der).fingerprint };
}

describe("an insecure host", () => {
  test.each(PLACES)("counts from $name, exactly as written", async ({ name, args, env, file }) => {
    const { world, index } = await untrustedIndex();
    const ask = async (host: string): Promise<string> => {
      const [path, text] = file?.(host) ?? ["project/empty", ""];
      world.write(path, text);
      const answer = await tryIndex(world, index.url, {
        args: args?.(host) ?? [],
        env:
          env === undefined
            ? {}
            : { ...env(host), ...(name === "pip.conf" && { PIP_CONFIG_FILE: undefined }) },
      });
      return answer.outcome;
    };
    expect(await ask("LocalHost")).toBe("accept");
    // 443 is another port than the server's.
    expect(await ask("localhost:443")).toMatch(/^tls\//);
  });

  test.each([
    ["the command that makes it unnecessary", "localhost", true],
    ["no command, where trust would not change a wrong host name", "another.example", false],
  ])("is reported once for each run, with the fingerprint and %s", async (_, names, isHelped) => {
    const { world, index, fingerprint } = await untrustedIndex({ names });
    const target = ["--target", `${world.directory}/target`];
    const args = [
      "pip",
      "install",
      ...target,
      "--index-url",
      index.url,
      "--trusted-host",
      "localhost",
      "greeter",
    ];
    const { code, stderr } = await world.cli(args);
    expect(code).toBe(0);
    const warnings = stderr.split("\n").filter((line) => line.startsWith("warning:"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("Certificate verification is disabled for `localhost:[PORT]`");
    expect(warnings[0]).toContain("--trusted-host");
    expect(warnings[0]).toContain(`sha256:${fingerprint}`);
    const advice = "`pinion trust add https://localhost:[PORT]`";
    expect(warnings[0]?.includes(advice)).toBe(isHelped);
    // Law of advice: following it makes the installation without the option.
    const added = await world.cli(["trust", "add", index.url, "--fingerprint", `sha256:${fingerprint}`]);
    expect(added.code === 0).toBe(isHelped);
    const again = await tryIndex(world, index.url, {});
    expect(again.outcome).toBe(isHelped ? "accept" : "tls/hostname-mismatch");
  });

  test("gets no credentials unless that is requested by name", async () => {
    const { world, index } = await untrustedIndex({ withPassword: true });
    const url = index.url.replace("https://", "https://ada:secret@");
    const args = ["--allow-insecure-host", "localhost"];
    const withheld = await tryIndex(world, url, { args });
    expect(withheld.outcome).toBe("index/auth-required");
    expect(withheld.stderr).toContain("No credentials are sent to `localhost:[PORT]`");
    expect(index.requests.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
    const given = await tryIndex(world, url, { args: [...args, "--allow-insecure-credentials"] });
    expect([given.outcome, given.stderr]).toEqual(["accept", expect.not.stringContaining("secret")]);
  });

  test.for([
    ["::1", "accept"],
    ["[0:0:0:0:0:0:0:1]:PORT", "accept"],
    ["[::1]:1", "tls/unknown-issuer"],
  ] as const)("may be an IPv6 address: %s", async ([host, expected], { skip }) => {
    skip(!(await hasIpv6()), "there is no IPv6 loopback");
    const world = await World.create({ commands: "called" });
    onTestFinished(() => world[Symbol.asyncDispose]());
    const tls = world.authority("Unknown Root").issue("by address", { names: ["::1"] });
    const index = await world.index({ tls, packages: sampleWheels(), address: "::1", host: "[::1]" });
    const args = ["--allow-insecure-host", host.replace("PORT", `${index.port}`)];
    expect((await tryIndex(world, index.url, { args })).outcome).toBe(expected);
  });

  test("of another scheme or with a pattern changes nothing, and nonsense is refused", async () => {
    const { world, index } = await untrustedIndex();
    const ask = async (host: string) => tryIndex(world, index.url, { args: ["--allow-insecure-host", host] });
    expect((await ask("http://localhost")).outcome).toMatch(/^tls\//);
    expect((await ask("*host")).outcome).toMatch(/^tls\/|^settings\//);
    expect((await ask("localhost/simple")).stderr).toContain("`localhost/simple`");
  });
});

function hasIpv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(0, "::1", () => server.close(() => resolve(true)));
  });
}
