// What `pinion doctor --reproduce` writes, under real servers: nginx starts with its configuration, `openssl s_server`
// with its command line, and the failure is the one that was examined.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine/probe.ts";
import { reproduce } from "../../src/doctor/reproduce/reproduce.ts";
import { parseTarget } from "../../src/doctor/examine/subject.ts";
import { loadTrust } from "../../src/trust/store.ts";
import { World } from "../support/world.ts";
import { CURL, NGINX, OPENSSL } from "./peers.ts";

/** Shapes of every kind that files can reproduce. */
const SHAPES: readonly string[] = [
  "plain",
  "ec-p384-sha512",
  "rsa-2048-sha256-absent",
  "rsa-2048-sha512-pss",
  "ed448",
  "misordered",
  "expired",
  "expired-intermediate",
  "not-yet-valid",
  "clock-skew",
  "unknown-issuer",
  "tls-inspection",
  "self-signed",
  "missing-intermediate",
  "stale-root",
  "bad-signature",
  "bad-signature-intermediate",
  "unsupported-signature-algorithm",
  "weak-signature",
  "weak-key",
  "wrong-purpose",
  "not-a-ca",
  "path-length-exceeded",
  "name-constraint-violation",
  "unknown-critical-extension",
  "malformed-certificate",
  "hostname-mismatch",
  "protocol-version",
  "no-shared-cipher",
  "plaintext-server",
];

describe("reproduce()", () => {
  test.skipIf(NGINX === undefined || CURL.program === undefined)(
    "nginx starts with what it writes, and curl and the doctor see the same",
    { timeout: 240_000 },
    async () => {
      for (const shape of SHAPES) {
        await using world = await World.create();
        const made = await makeReproduction(world, shape, (configuration, port) =>
          configuration.replaceAll("8443", `${port}`),
        );
        world.startProgram(NGINX ?? "", [
          "-e",
          "stderr",
          "-p",
          made.folder,
          "-c",
          join(made.folder, "nginx.conf"),
        ]);
        await listening(made.port);
        expect.soft(await made.codeSeen(), shape).toBe(made.code);
        const run = await askCurl(world, made.port, join(made.folder, "trusted.pem"));
        expect.soft(run, shape).toBe(made.saidByCurl);
      }
    },
  );

  test.skipIf(OPENSSL === undefined)(
    "openssl s_server starts with the command of the README, and the doctor sees the same",
    { timeout: 120_000 },
    async () => {
      for (const shape of ["plain", "expired-intermediate", "stale-root", "client-certificate-required"]) {
        await using world = await World.create();
        const made = await makeReproduction(world, shape, (text) => text);
        const command =
          /^openssl s_server .*$/m.exec(readFileSync(join(made.folder, "README.md"), "utf8"))?.[0] ?? "";
        const words = command.replace("127.0.0.1:8443", `127.0.0.1:${made.port}`).split(" ").slice(1);
        world.startProgram(OPENSSL ?? "", words, { cwd: made.folder });
        await listening(made.port);
        expect.soft(await made.codeSeen(), shape).toBe(made.code);
      }
    },
  );
});

/** Examines a shape of the laboratory and writes what reproduces it. */
async function makeReproduction(
  world: World,
  shape: string,
  change: (configuration: string, port: number) => string,
): Promise<{
  readonly folder: string;
  readonly port: number;
  readonly code: string;
  readonly saidByCurl: string;
  codeSeen(): Promise<string>;
}> {
  const served = await world.shape(shape);
  const see = async (url: string, bundle: string): Promise<Awaited<ReturnType<typeof examine>>> =>
    examine(parseTarget(url), {
      trust: loadTrust({ env: { SSL_CERT_FILE: bundle }, home: world.home }),
      proxy: {},
    });
  const examination = await see(served.url, served.bundlePath);
  const saidByCurl = CURL.program === undefined ? "" : await askCurl(world, served.port, served.bundlePath);
  const folder = join(world.directory, "reproduction");
  const { port } = served;
  // Its port is free again once the shape is closed.
  await served.close();
  mkdirSync(folder);
  for (const { name, content } of reproduce(examination))
    writeFileSync(join(folder, name), name === "nginx.conf" ? change(content, port) : content);
  const code = examination.cause?.code ?? "accept";
  return {
    folder,
    port,
    code,
    saidByCurl,
    codeSeen: async () => {
      const seen = await see(`https://localhost:${port}/`, join(folder, "trusted.pem"));
      return seen.cause?.code ?? "accept";
    },
  };
}

/** What curl says to a server: `accepts`, or its own words. */
async function askCurl(world: World, port: number, bundle: string): Promise<string> {
  const args = ["-sS", "-o", "/dev/null", "--cacert", bundle, `https://localhost:${port}/simple/`];
  const { code, stderr } = await world.program("curl", args);
  return code === 0 ? "accepts" : (stderr.split("\n")[0] ?? "");
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isListening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isListening) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nothing listens");
}
