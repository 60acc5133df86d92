// Proxies that demand NTLM or Kerberos, as Debian and PyPI have them: px, whose pyspnego verifies NTLMv2; Squid with its own fake
// NTLM helper; and Squid with its Kerberos helper before a key distribution centre on loopback.

import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";

import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { findProgram, World, type CliRun } from "../support/world.ts";
import { ONLY_KNOWN_USERS, writeSquidConfiguration } from "./proxies.ts";
import { freePort, startListening } from "./listening.ts";
import { installedPeer } from "./programs.ts";

const peers = inject("peers");
const px = installedPeer(peers, "px", "px");
const squid = findProgram("squid");
const HELPERS = "/usr/lib/squid";
const koffi = join(peers, "koffi", "node_modules");

describe.skipIf(px === undefined)("px, which verifies NTLMv2", () => {
  test.each([
    ["https through a tunnel", "tls"],
    ["http", "plain"],
  ])("carries %s for the right password and for no other", { timeout: 180_000 }, async (_what, kind) => {
    const world = await createWorld();
    const port = await freePort();
    const listens = [`--port=${port}`, "--listen=127.0.0.1", "--noproxy=127.0.0.0/8,localhost"];
    const user = ["--client-auth=NTLM", "--client-nosspi", "--client-username=Domain\\User"];
    await startListening(
      world,
      ["env", "PX_CLIENT_PASSWORD=Password", px ?? "px", ...listens, ...user],
      port,
    );
    const right = await download(world, kind, `http://Domain%5CUser:Password@127.0.0.1:${port}`);
    expect(right).toMatchObject({ code: 0, stderr: expect.stringContaining("greeter") });
    const wrong = await download(world, kind, `http://Domain%5CUser:other@127.0.0.1:${port}`);
    expect(wrong.code).not.toBe(0);
    // For plain requests px answers 401 itself where a login fails.
    expect(wrong.stderr).toContain(kind === "tls" ? "demands credentials" : "401");
  });
});

describe.skipIf(squid === undefined || !existsSync(join(HELPERS, "ntlm_fake_auth")))("Squid", () => {
  test.each(["tls", "plain"])(
    "carries %s after NTLM, and -v names the login",
    { timeout: 180_000 },
    async (kind) => {
      const world = await createWorld();
      const port = await startSquid(world, [
        `auth_param ntlm program ${join(HELPERS, "ntlm_fake_auth")}`,
        "auth_param ntlm children 2",
      ]);
      const run = await download(world, kind, `http://Domain%5CUser:Password@127.0.0.1:${port}`, "-v");
      expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("greeter") });
      if (kind === "tls") expect(run.stderr).toContain("(logged in by NTLM)");
      const without = await download(world, kind, `http://127.0.0.1:${port}`);
      expect(without.code).not.toBe(0);
      expect(without.stderr).toContain("DOMAIN%5CUSER");
    },
  );

  test.skipIf(findProgram("krb5kdc") === undefined || !existsSync(koffi))(
    "carries what a Kerberos ticket allows, and says so where there is none",
    { timeout: 180_000 },
    async () => {
      const world = await createWorld();
      const kerberos = await startKerberos(world);
      const helper = world.write(
        "squid/negotiate.sh",
        `#!/bin/sh\nexport KRB5_CONFIG=${kerberos.config} KRB5_KTNAME=${kerberos.keytab} KRB5RCACHENAME=none:\nexec ${join(HELPERS, "negotiate_kerberos_auth")} -s HTTP/localhost@PINION.TEST\n`,
      );
      chmodSync(helper, 0o755);
      const port = await startSquid(world, [
        `auth_param negotiate program ${helper}`,
        "auth_param negotiate children 2",
      ]);
      const proxy = `http://localhost:${port}`;
      const env = { KRB5_CONFIG: kerberos.config, NODE_PATH: koffi };
      const ticket = { ...env, KRB5CCNAME: `FILE:${kerberos.cache}` };
      for (const kind of ["tls", "plain"]) {
        const run = await download(world, kind, proxy, "-v", ticket);
        expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("greeter") });
      }
      const without = await download(world, "tls", proxy, "-v", { ...env, KRB5CCNAME: "FILE:/nonexistent" });
      expect(without.code).not.toBe(0);
      expect(without.stderr.replaceAll(/\s+/g, " ")).toContain("GSSAPI gives no ticket for the proxy");
      const unequipped = await download(world, "tls", proxy, "-v", { ...ticket, NODE_PATH: "" });
      expect(unequipped.stderr.replaceAll(/\s+/g, " ")).toContain("npm install -g koffi");
    },
  );
});

async function createWorld(): Promise<World> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  // Started by root, squid runs as another user, who must get at its files.
  for (const folder of [world.directory, dirname(world.directory)]) chmodSync(folder, 0o755);
  return world;
}

/** Downloads a wheel through the proxy, from an index on loopback with or without TLS. */
async function download(
  world: World,
  kind: string,
  proxy: string,
  flag = "--no-deps",
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const root = world.authority();
  const index = await world.index({
    packages: sampleWheels(),
    ...(kind === "tls" ? { tls: root.issue("localhost") } : {}),
  });
  return world.cli(
    [
      "pip",
      "download",
      "--no-deps",
      flag,
      "--no-cache",
      "-d",
      "out",
      "--retries",
      "0",
      "--proxy",
      proxy,
      "--ca",
      root.writePem(),
      "--index-url",
      index.url,
      "greeter",
    ],
    { env, timeoutMs: 90_000 },
  );
}

async function startSquid(world: World, login: readonly string[]): Promise<number> {
  const port = await freePort();
  const path = writeSquidConfiguration(world, port, [...login, ...ONLY_KNOWN_USERS]);
  await startListening(world, [squid ?? "squid", "-N", "-f", path], port);
  return port;
}

interface Kerberos {
  readonly config: string;
  readonly keytab: string;
  /** With a ticket of the user. */
  readonly cache: string;
}

async function startKerberos(world: World): Promise<Kerberos> {
  const port = await freePort();
  const folder = join(world.directory, "kerberos");
  mkdirSync(folder);
  const config = world.write(
    "kerberos/krb5.conf",
    `[libdefaults]\n default_realm = PINION.TEST\n dns_lookup_kdc = false\n dns_lookup_realm = false\n dns_canonicalize_hostname = false\n rdns = false\n[realms]\n PINION.TEST = {\n  kdc = 127.0.0.1:${port}\n }\n[domain_realm]\n localhost = PINION.TEST\n`,
  );
  const profile = world.write(
    "kerberos/kdc.conf",
    `[kdcdefaults]\n kdc_listen = 127.0.0.1:${port}\n kdc_tcp_listen = 127.0.0.1:${port}\n[realms]\n PINION.TEST = {\n  database_name = ${folder}/principal\n  key_stash_file = ${folder}/stash\n  acl_file = ${folder}/acl\n }\n`,
  );
  const keytab = join(folder, "http.keytab");
  const cache = join(folder, "tickets");
  const env = { KRB5_CONFIG: config, KRB5_KDC_PROFILE: profile, KRB5CCNAME: `FILE:${cache}` };
  const run = async (program: string, args: readonly string[], input = ""): Promise<void> => {
    const { code, stderr } = await world.program(findProgram(program) ?? program, args, { env, input });
    if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
  };
  await run("kdb5_util", ["create", "-s", "-P", "master", "-r", "PINION.TEST"]);
  await run("kadmin.local", ["-q", "addprinc -pw secret ada"]);
  await run("kadmin.local", ["-q", "addprinc -randkey HTTP/localhost"]);
  await run("kadmin.local", ["-q", `ktadd -k ${keytab} HTTP/localhost`]);
  chmodSync(keytab, 0o644);
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  await startListening(world, ["env", ...settings, findProgram("krb5kdc") ?? "krb5kdc", "-n"], port);
  await run("kinit", ["ada"], "secret\n");
  return { config, keytab, cache };
}
