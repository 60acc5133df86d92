// What `pinion doctor --reproduce` writes, in process: the copy of every shape is refused like the original, for the
// same reason and by the same link, and none of its keys is the original's. Real servers: test/peers/reproduce.test.ts.

import { X509Certificate, createPrivateKey, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Examination } from "../src/doctor/examine/examination.ts";
import { explainChain } from "../src/doctor/explain.ts";
import { examine } from "../src/doctor/examine/probe.ts";
import { remint } from "../src/doctor/reproduce/remint.ts";
import { reproduce } from "../src/doctor/reproduce/reproduce.ts";
import { parseTarget } from "../src/doctor/examine/subject.ts";
import {
  bitString,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
} from "../src/lab/certificates/der-writer.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { serveShape } from "../src/lab/servers/serve.ts";
import { SHAPES } from "../src/lab/shapes/shapes.ts";
import { loadTrust } from "../src/trust/store.ts";
import { parseCertificate, type Certificate } from "../src/x509/certificates/certificate.ts";
import { strideOf } from "./support/cases.ts";
import { createKeyRing } from "./support/lab-keys.ts";
import { World } from "./support/world.ts";

const keys = createKeyRing();

/** One issuer of each kind: fresh keys take their time. */
const ISSUERS: ReadonlySet<string> = new Set([
  "ec-p384-sha512",
  "ec-null-parameters",
  "rsa-2048-sha256-absent",
  "rsa-absent-parameters",
  "rsa-pss-other-mask",
  "rsa-pss-key",
  "ed448",
  "ml-dsa-65",
]);
/** What has no chain has nothing to mint. */
const WITHOUT_CHAIN = /^tls\/(?:client-|protocol|no-shared|handshake|plaintext|closed|trust-source)/;

describe("reproduce()", () => {
  const shapes = SHAPES.filter(
    ({ name, group, expected }) =>
      !WITHOUT_CHAIN.test(expected) &&
      (group === "issuer" || group === "leaf key" ? ISSUERS.has(name) : true),
  ).filter((_, at) => at % strideOf(3) === 0);

  test.each(shapes)("$name is refused as the original: $expected", async ({ name }) => {
    await using world = await World.create();
    const { examination, chainPem } = await seen(name);
    const files = new Map(reproduce(examination).map((file) => [file.name, file]));
    const content = (file: string): string => files.get(file)?.content ?? "";
    const bundle = world.write("trusted.pem", content("trusted.pem"));
    const told = explainChain(content("chain.pem"), {
      host: new URL(examination.target.url).hostname,
      trust: loadTrust({ env: { SSL_CERT_FILE: bundle }, home: world.home }),
    });
    expect([told.cause?.code, told.cause?.blamed?.position]).toEqual([
      examination.cause?.code,
      examination.cause?.blamed?.position,
    ]);
    expect(told.clients.map(({ client, verdict }) => [client, verdict])).toEqual(
      examination.clients.map(({ client, verdict }) => [client, verdict]),
    );
    expect(content("chain.pem").split("BEGIN").length).toBe(chainPem.split("BEGIN").length);
    const leaf = new X509Certificate(content("chain.pem"));
    expect(leaf.checkPrivateKey(createPrivateKey(content("key.pem")))).toBe(true);
    expect(files.get("key.pem")?.isSecret).toBe(true);
    const originals = new Set(
      examination.chain.map((other) => (other.kind === "readable" ? other.keyFingerprint : "")),
    );
    for (const other of told.chain)
      expect(other.kind === "readable" && originals.has(other.keyFingerprint)).toBe(false);
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a server shows a chain of keys that take minutes to make, or of many that take seconds
  test("makes no key that takes long, and few that take seconds", () => {
    const key = keys.key("P-256", "leaf");
    const shown = (bits: number): Certificate => {
      const modulus = (1n << BigInt(bits - 1)) + BigInt(`0x${randomBytes(16).toString("hex")}`);
      const bare = sequence(integer(modulus), integer(65_537));
      const spki = sequence(sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullValue()), bitString(bare));
      return parseCertificate(createAuthority(`Root ${bits}`, { key, spki }).der);
    };
    const madeBits = (bits: readonly number[]): readonly (number | undefined)[] => {
      const { certificates } = remint(bits.map(shown), new Date());
      return [...certificates.values()].map(
        ({ keyPem }) => createPrivateKey(keyPem).asymmetricKeyDetails?.modulusLength,
      );
    };
    expect(madeBits([8192, 2304, 2312, 2320, 2328])).toEqual([2048, 2304, 2312, 2320, 2048]);
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a server shows hundreds of certificates, each of which would take a key
  test("makes few certificates again, and sends the others as they were", () => {
    const key = keys.key("P-256", "leaf");
    const shown = Array.from({ length: 40 }, (_, at) => createAuthority(`CN=Server ${at}`, { key }));
    const told = explainChain(
      shown.map(({ der }) => der),
      {
        host: "server.example",
        trust: loadTrust({ env: {}, home: "/nonexistent" }),
      },
    );
    const url = "https://server.example/";
    const files = reproduce({
      ...told,
      target: { text: url, kind: "address", url },
      isWell: false,
      advice: [],
      steps: [],
      settings: [],
      greetings: [],
      fetched: [],
    });
    const chain = files.find(({ name }) => name === "chain.pem")?.content ?? "";
    expect(chain.match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(40);
    expect(shown.filter(({ pem }) => chain.includes(pem.trim()))).toHaveLength(28);
    expect(files.find(({ name }) => name === "README.md")?.content).toContain("are sent as they were: 28");
  });

  test("says what files cannot reproduce", async () => {
    const examination = await examine(parseTarget("127.0.0.1:1"), {
      trust: loadTrust({ env: {}, home: "/nonexistent" }),
      proxy: {},
    });
    expect(() => reproduce(examination)).toThrow(/net\/refused lies in the network, not in files/);
  });

  test("the command writes the files, the key only for its owner", async () => {
    await using world = await World.create();
    const served = await world.shape("expired");
    const run = await world.cli(["doctor", served.url, "--reproduce", "lab"], {
      env: { SSL_CERT_FILE: served.bundlePath },
    });
    expect(run.stderr).toBe("Wrote `lab`: `README.md` there says how to see the same again\n");
    const over = await world.cli(["doctor", served.url, "--reproduce", "lab"]);
    expect([over.code, over.stderr]).toEqual([
      2,
      "error: `lab` already exists: `--reproduce` needs a new or an empty folder\n",
    ]);
    const again = await world.cli(["doctor", "127.0.0.1:1", "--reproduce", "lab2"]);
    expect(again.stderr).toContain("Cannot reproduce");
    expect(again.code).toBe(1);
  });
});

async function seen(name: string): Promise<{ readonly examination: Examination; readonly chainPem: string }> {
  await using served = await serveShape(name, { keys });
  const { client, chainPem } = served.built;
  const examination = await examine(parseTarget(served.url), {
    trust: loadTrust({ env: { SSL_CERT_FILE: served.bundlePath }, home: "/nonexistent" }),
    proxy: {},
    ...(client !== undefined && {
      clientCertificate: { id: "client", cert: client.chainPem, key: client.keyPem },
    }),
  });
  return { examination, chainPem };
}
