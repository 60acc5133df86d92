// Client certificates: every form in which people have them, by the real command over real connections under TLS 1.2 and
// 1.3, and a clear word for every way in which one is broken.

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { integer, sequence, toPem } from "../src/lab/certificates/der-writer.ts";
import type { RunningIndex } from "../src/lab/index/index-server.ts";
import { createKey } from "../src/lab/certificates/keys.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { readClientIdentity } from "../src/trust/client-certificate.ts";
import { isPinionError, type PinionError } from "../src/errors.ts";
import { tryIndex } from "./support/try-index.ts";
import { World, hasProgram } from "./support/world.ts";
import type { TestAuthority } from "./support/world.ts";

const PASSPHRASE = "correct horse: battery, staple";
const DAY_MS = 86_400_000;

let world: World;
let root: TestAuthority;
let clients: TestAuthority;
let bundle: string;
beforeAll(async () => {
  world = await World.create({ commands: "called" });
  root = world.authority("Corp Root");
  clients = world.authority("Clients Root");
  bundle = root.writePem();
});
afterAll(() => world[Symbol.asyncDispose]());

/** An index that demands a client certificate of the clients' authority. */
function demanding(protocol: "TLSv1.2" | "TLSv1.3"): Promise<RunningIndex> {
  const demand = { authorities: [clients.pem], isRequired: true };
  const versions = { minVersion: protocol, maxVersion: protocol };
  return world.index({
    tls: { ...root.issue("localhost"), ...versions, clients: demand },
    packages: sampleWheels(),
  });
}

function encrypted(keyPem: string): string {
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;
  return createPrivateKey(keyPem).export(options).toString();
}

interface Form {
  readonly name: string;
  /** Writes the files and gives back what to say. */
  readonly prepare: () => {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
}

const FORMS: readonly Form[] = [
  {
    name: "one PEM file, the key first, with its issuer behind it",
    prepare: () => {
      const issuing = clients.intermediate("Clients Issuing");
      const { chainPem, keyPem } = issuing.issueClient("ada");
      return { args: ["--client-cert", world.write("one.pem", `# mine\n${keyPem}${chainPem}`)] };
    },
  },
  {
    name: "two files",
    prepare: () => {
      const { chainPem, keyPem } = clients.issueClient("ada");
      const [cert, key] = [world.write("two.crt", chainPem), world.write("two.key", keyPem)];
      return { args: ["--client-cert", cert, "--client-key", key] };
    },
  },
  {
    name: "an encrypted key",
    prepare: () => {
      const { chainPem, keyPem } = clients.issueClient("ada");
      const path = world.write("encrypted.pem", chainPem + encrypted(keyPem));
      return { args: ["--client-cert", path], env: { PINION_CLIENT_KEY_PASSPHRASE: PASSPHRASE } };
    },
  },
  {
    name: "SSL_CLIENT_CERT, uv's variable",
    prepare: () => {
      const { chainPem, keyPem } = clients.issueClient("ada");
      return { env: { SSL_CLIENT_CERT: world.write("variable.pem", chainPem + keyPem) } };
    },
  },
  {
    name: "pip.conf's client-cert",
    prepare: () => {
      const { chainPem, keyPem } = clients.issueClient("ada");
      const path = world.write("pip-client.pem", chainPem + keyPem);
      return {
        env: { PIP_CONFIG_FILE: world.write("client-pip.conf", `[global]\nclient-cert = ${path}\n`) },
      };
    },
  },
];

describe("a client certificate", () => {
  test.each(FORMS)("is shown from $name", async ({ prepare }) => {
    const { args = [], env = {} } = prepare();
    await using index = await demanding("TLSv1.3");
    const run = await tryIndex(world, index.url, { args: ["--cert", bundle, ...args], env });
    expect([run.outcome, run.stderr]).toEqual(["accept", expect.not.stringContaining(PASSPHRASE)]);
    expect(new Set(index.requests.map(({ clientName }) => clientName))).toEqual(new Set(["ada"]));
  });

  test.skipIf(!hasProgram("openssl"))("is shown from PKCS#12, under TLS 1.2 too", async () => {
    const pfx = pkcs12("ada.p12");
    const env = { PINION_CLIENT_KEY_PASSPHRASE: PASSPHRASE };
    await using index = await demanding("TLSv1.2");
    const run = await tryIndex(world, index.url, { args: ["--cert", bundle, "--client-cert", pfx], env });
    expect([run.outcome, run.stderr]).toEqual(["accept", ""]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "that is missing or refused is reported as that under %s",
    async (version) => {
      await using index = await demanding(version);
      const none = await tryIndex(world, index.url, { args: ["--cert", bundle] });
      expect(none.outcome).toBe("tls/client-certificate-required");
      expect(none.hints.join("\n")).toContain("--client-cert");
      const stranger = world.authority("Strangers").issueClient("eve");
      const path = world.write(`eve-${version}.pem`, stranger.chainPem + stranger.keyPem);
      const refused = await tryIndex(world, index.url, { args: ["--cert", bundle, "--client-cert", path] });
      expect(refused.outcome).toBe("tls/client-certificate-rejected");
    },
  );

  test("that a server only asks for is not a condition", async () => {
    const demand = { authorities: [clients.pem], isRequired: false };
    await using index = await world.index({
      tls: { ...root.issue("localhost"), clients: demand },
      packages: sampleWheels(),
    });
    expect((await tryIndex(world, index.url, { args: ["--cert", bundle] })).outcome).toBe("accept");
  });
});

interface Fault {
  readonly name: string;
  readonly files: () => { readonly cert: string; readonly key?: string; readonly passphrase?: string };
  readonly words: string;
}

const FAULTS: readonly Fault[] = [
  {
    name: "missing",
    files: () => ({ cert: join(world.directory, "nowhere.pem") }),
    words: "it cannot be read",
  },
  {
    name: "empty",
    files: () => ({ cert: world.write("empty.pem", "") }),
    words: "it is neither PEM nor PKCS#12",
  },
  {
    name: "garbage",
    files: () => ({ cert: world.write("garbage.pem", Buffer.alloc(900, 0xa7)) }),
    words: "it is neither PEM nor PKCS#12",
  },
  {
    name: "a certificate without its key",
    files: () => ({ cert: world.write("lonely.pem", clients.issueClient("ada").pem) }),
    words: "it holds no private key",
  },
  {
    name: "a key without a certificate",
    files: () => ({ cert: world.write("key-only.pem", clients.issueClient("ada").keyPem) }),
    words: "it holds no certificate",
  },
  {
    name: "another certificate's key",
    files: () => ({
      cert: world.write("mismatch.pem", clients.issueClient("ada").pem),
      key: world.write("mismatch.key", clients.issueClient("bob").keyPem),
    }),
    words: "is for another certificate",
  },
  {
    name: "encrypted, without a passphrase",
    files: () => {
      const { pem, keyPem } = clients.issueClient("ada");
      return { cert: world.write("locked.pem", pem + encrypted(keyPem)) };
    },
    words: "its key is encrypted, and no passphrase was given",
  },
  {
    name: "encrypted, with another passphrase",
    files: () => {
      const { pem, keyPem } = clients.issueClient("ada");
      return { cert: world.write("wrong.pem", pem + encrypted(keyPem)), passphrase: "12345" };
    },
    words: "its key is encrypted with another passphrase",
  },
  {
    name: "expired",
    files: () => {
      const past = { notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
      const { pem, keyPem } = clients.issueClient("ada", past);
      return { cert: world.write("expired.pem", pem + keyPem) };
    },
    words: "its certificate expired on 20",
  },
  {
    name: "not valid yet",
    files: () => {
      const { pem, keyPem } = clients.issueClient("ada", { notBefore: new Date(Date.now() + DAY_MS) });
      return { cert: world.write("early.pem", pem + keyPem) };
    },
    words: "its certificate is not valid before 20",
  },
];

describe("readClientIdentity()", () => {
  test.each(FAULTS)("refuses what is $name, and says so without the passphrase", ({ files, words }) => {
    const given = files();
    const error = failureOf(() => readClientIdentity(given));
    expect(error.code).toBe("tls/client-certificate-unusable");
    expect(error.message).toContain("Cannot use the client certificate");
    expect(error.message).toContain(words);
    expect(JSON.stringify([error.message, error.details, error.hints])).not.toContain("12345");
  });

  // Promise: no untrusted input makes a command hang
  // Attack: a project's index table names a file that asks for its passphrase to be hashed as often as can be
  test("takes of a project only what needs no passphrase", () => {
    const refused = { message: expect.stringContaining("only unencrypted PEM") };
    const archive = world.write("project.p12", Buffer.from("3003020103", "hex"));
    expect(failureOf(() => readClientIdentity({ cert: archive, isOfProject: true }))).toMatchObject(refused);
    const { pem, keyPem } = clients.issueClient("ada");
    const cert = world.write("project.pem", pem + encrypted(keyPem));
    const files = { cert, passphrase: PASSPHRASE };
    expect(readClientIdentity(files)).toMatchObject({ cert: expect.stringContaining("BEGIN CERTIFICATE") });
    expect(failureOf(() => readClientIdentity({ ...files, isOfProject: true }))).toMatchObject(refused);
    const plain = world.write("plain.pem", pem + keyPem);
    expect(readClientIdentity({ cert: plain, isOfProject: true })).toMatchObject({ id: expect.any(String) });
    const relabelled = world.write("label.pem", pem + encrypted(keyPem).replaceAll("ENCRYPTED ", ""));
    const hidden = { ...files, cert: relabelled, isOfProject: true } as const;
    expect(failureOf(() => readClientIdentity(hidden))).toMatchObject(refused);
  });

  // Promise: no untrusted input makes a command hang
  // Attack: a project's index table names a key whose opening is a computation with numbers as long as its author wants
  test("takes of a project only keys that open and sign at once", () => {
    const { pem } = clients.issueClient("ada");
    const exported = (key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1"): string =>
      key.export({ type, format: "pem" }).toString();
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const ed25519 = generateKeyPairSync("ed25519").privateKey;
    const taken = [
      exported(rsa, "pkcs8"),
      exported(rsa, "pkcs1"),
      exported(ec, "pkcs8"),
      exported(ec, "sec1"),
      exported(ed25519, "pkcs8"),
    ];
    for (const key of taken) {
      const cert = world.write("taken.pem", pem + key);
      const words = failureOf(() => readClientIdentity({ cert, isOfProject: true })).message;
      expect(words).toContain("is for another certificate");
    }
    const dsa = createKey("DSA-1024").privateKey;
    const long = sequence(integer(0), integer(Buffer.alloc(1040, 1)), integer(65_537));
    for (const key of [
      exported(dsa, "pkcs8"),
      toPem("PRIVATE KEY", long),
      toPem("PRIVATE KEY", Buffer.alloc(8192)),
    ]) {
      const cert = world.write("refused.pem", pem + key);
      const words = failureOf(() => readClientIdentity({ cert, isOfProject: true })).message;
      expect(words).toContain("only unencrypted PEM");
    }
  });

  test.skipIf(!hasProgram("openssl"))("refuses PKCS#12 with another passphrase", () => {
    const cert = pkcs12("locked.p12");
    expect(failureOf(() => readClientIdentity({ cert })).message).toContain("no passphrase was given");
    const wrong = failureOf(() => readClientIdentity({ cert, passphrase: "12345" }));
    expect(wrong.message).toContain("encrypted with another passphrase");
  });

  test("is an error of the command, before anything is asked", async () => {
    await using index = await demanding("TLSv1.3");
    const args = ["--cert", bundle, "--client-cert", join(world.directory, "nowhere.pem")];
    const run = await tryIndex(world, index.url, { args });
    expect([run.exitCode, run.outcome]).toEqual([1, "tls/client-certificate-unusable"]);
    expect(index.requests).toEqual([]);
  });
});

function failureOf(run: () => unknown): PinionError {
  try {
    run();
  } catch (error) {
    if (isPinionError(error)) return error;
    throw error;
  }
  throw new TypeError("it was taken");
}

/** A PKCS#12 file as openssl 3 makes it. */
function pkcs12(name: string): string {
  const { chainPem, keyPem } = clients.issueClient("ada");
  const pem = world.write(`${name}.pem`, chainPem + keyPem);
  const path = join(world.directory, name);
  const words = ["pkcs12", "-export", "-in", pem, "-out", path, "-passout", `pass:${PASSPHRASE}`];
  const made = spawnSync("openssl", words, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  return path;
}
