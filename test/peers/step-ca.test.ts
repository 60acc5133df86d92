// The recipe for cert-manager with a certificate of a real private authority: step-ca, with keys on P-384 and signatures
// with SHA-512, issues it over its API; Pinion trusts the root beside the usual ones.

import { execFileSync } from "node:child_process";
import { createPublicKey, randomUUID, sign, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { createKey } from "../../src/lab/certificates/mint.ts";
import { findProgram, World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";
import { OPENSSL } from "./peers.ts";

const STEP_CA = findProgram("step-ca");
const HOST = "localhost";

describe.skipIf(STEP_CA === undefined || OPENSSL === undefined)(
  "step-ca, where it and openssl are installed",
  () => {
    test(
      "issues a certificate that Pinion verifies by the authority's root",
      { timeout: 120_000 },
      async () => {
        await using world = await World.create();
        const ca = await startAuthority(world);
        const issued = await ca.issue();
        expect(issued.chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
        await using index = await world.index({ tls: issued, packages: sampleWheels() });

        const install = (env: Readonly<Record<string, string>>) =>
          world.cli(["pip", "install", "greeter", "--target", "target", "--index-url", index.url], { env });
        expect(await install({})).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("issuer is not trusted"),
        });
        expect(await install({ PINION_TRUST: `system,mozilla,file:${ca.rootPath}` })).toMatchObject({
          code: 0,
          stderr: expect.stringContaining("greeter==2.0.0"),
        });
        const doctor = await world.cli(["doctor", "--json", index.url], {
          env: { SSL_CERT_FILE: ca.rootPath },
        });
        expect(JSON.parse(doctor.stdout)).toMatchObject({ isWell: true });
      },
    );
  },
);

/** Starts step-ca with keys of its own on a free port. */
async function startAuthority(world: World): Promise<{
  readonly rootPath: string;
  issue(): Promise<{ readonly chainPem: string; readonly keyPem: string }>;
}> {
  const root = world.authority("Private Root", { key: "P-384", signing: { digest: "sha512" } });
  const issuing = root.intermediate("Private Issuing CA");
  const provisioner = createKey("P-256");
  const jwk: JsonWebKey = createPublicKey(provisioner.privateKey).export({ format: "jwk" });
  const port = await freePort();
  const rootPath = world.write("ca/root.pem", root.pem);
  const configuration = {
    root: rootPath,
    crt: world.write("ca/issuing.pem", issuing.pem),
    key: world.write("ca/issuing.key", issuing.keyPem),
    address: `127.0.0.1:${port}`,
    dnsNames: [HOST],
    logger: { format: "text" },
    db: { type: "badgerv2", dataSource: join(world.directory, "ca", "db") },
    authority: {
      provisioners: [{ type: "JWK", name: "test", key: { ...jwk, kid: "test", use: "sig", alg: "ES256" } }],
    },
  };
  const file = world.write("ca/ca.json", JSON.stringify(configuration));
  await startListening(world, [STEP_CA ?? "", file], port);
  return {
    rootPath,
    async issue() {
      const keyPath = join(world.directory, "server.key");
      const csr = execFileSync(
        OPENSSL ?? "",
        [
          "req",
          "-new",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:P-256",
          "-nodes",
          "-keyout",
          keyPath,
        ].concat(["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`]),
        { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      );
      const ott = oneTimeToken(provisioner.privateKey, `https://${HOST}:${port}/1.0/sign`);
      const answer = await post(`https://${HOST}:${port}/1.0/sign`, { csr, ott }, root.pem);
      const { certChain } = JSON.parse(answer) as { readonly certChain: readonly string[] };
      return { chainPem: certChain.join("\n"), keyPem: readFileSync(keyPath, "utf8") };
    },
  };
}

/** What step-ca's JWK provisioner wants: a JWT for one use, with the names that it is for. */
function oneTimeToken(privateKey: KeyObject, audience: string): string {
  const now = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: "ES256", kid: "test", typ: "JWT" },
    {
      aud: audience,
      iss: "test",
      sub: HOST,
      sans: [HOST],
      jti: randomUUID(),
      iat: now,
      nbf: now,
      exp: now + 60,
    },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  return `${parts.join(".")}.${sign("sha256", Buffer.from(parts.join(".")), key).toString("base64url")}`;
}

function post(url: string, body: unknown, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const asked = request(url, { method: "POST", ca, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => {
        if (response.statusCode === 201) resolve(text);
        else reject(new Error(`step-ca answered ${response.statusCode}: ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}
