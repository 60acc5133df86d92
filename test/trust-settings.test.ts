// What an index's own table and `[[tls-exception]]` say, by the real command over real connections: an exception lifts
// one refusal for one host, a pin demands a key, and an index's own certificates count only for its server.

import { describe, expect, onTestFinished, test } from "vitest";
import { basicConstraints } from "../src/lab/certificates/extensions.ts";
import type { RunningIndex } from "../src/lab/index/index-server.ts";
import type { ServerTls } from "../src/lab/servers/server-tls.ts";
import { createKey } from "../src/lab/certificates/mint.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { tryIndex } from "./support/try-index.ts";
import type { IndexAnswer } from "./support/try-index.ts";
import { World } from "./support/world.ts";

const USER_FILE = "home/.config/pinion/pinion.toml";

async function createWorld(): Promise<World> {
  const world = await World.create({ commands: "called" });
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

/** A world whose user has these settings. */
async function inUserFile(
  world: World,
  settings: string,
  index: RunningIndex,
  cert: string,
): Promise<IndexAnswer> {
  world.write(USER_FILE, settings.replaceAll("PORT", `${index.port}`));
  return tryIndex(world, index.url, { args: ["--cert", cert] });
}

interface Excepted {
  readonly name: string;
  readonly code: string;
  readonly serve: (world: World) => { readonly tls: ServerTls; readonly bundle: string };
}

const EXCEPTIONS: readonly Excepted[] = [
  {
    name: "common-name",
    code: "tls/hostname-mismatch",
    serve: (world) => {
      const root = world.authority();
      const { chainPem, keyPem } = root.issue("localhost", { subject: "CN=localhost", names: [] });
      return { tls: { chainPem, keyPem }, bundle: root.writePem() };
    },
  },
  {
    name: "v1-certificate",
    code: "tls/hostname-mismatch",
    serve: (world) => {
      const root = world.authority();
      const { chainPem, keyPem } = root.issue("localhost", { subject: "CN=localhost", version: 1 });
      return { tls: { chainPem, keyPem }, bundle: root.writePem() };
    },
  },
  {
    name: "ca-certificate",
    code: "tls/wrong-purpose",
    serve: (world) => {
      const root = world.authority();
      const { chainPem, keyPem } = root.issue("localhost", {
        extraExtensions: [basicConstraints({ isCa: true })],
      });
      return { tls: { chainPem, keyPem }, bundle: root.writePem() };
    },
  },
  {
    name: "weak-key",
    code: "tls/weak-key",
    serve: (world) => {
      const root = world.authority();
      const { chainPem, keyPem } = root.issue("localhost", { key: createKey("RSA-1024") });
      return { tls: { chainPem, keyPem }, bundle: root.writePem() };
    },
  },
];

describe("[[tls-exception]]", () => {
  test.each(EXCEPTIONS)("$name: lifts that refusal for that host", async ({ name, code, serve }) => {
    const world = await createWorld();
    const { tls, bundle } = serve(world);
    const index = await world.index({ tls, packages: sampleWheels() });
    const refused = await inUserFile(world, "", index, bundle);
    expect([refused.outcome, refused.hints.join("\n")]).toEqual([
      code,
      expect.stringContaining(`\`host = "localhost:[PORT]"\`, \`allow = ["${name}"]\``),
    ]);
    const table = (host: string): string => `[[tls-exception]]\nhost = "${host}"\nallow = ["${name}"]\n`;
    expect((await inUserFile(world, table("LOCALHOST:PORT"), index, bundle)).outcome).toBe("accept");
    expect((await inUserFile(world, table("localhost"), index, bundle)).outcome).toBe("accept");
    // Another host, another port: the refusal stands.
    expect((await inUserFile(world, table("example.com"), index, bundle)).outcome).toBe(code);
    expect((await inUserFile(world, table("localhost:1"), index, bundle)).outcome).toBe(code);
  });

  test("lifts no other refusal", async () => {
    const world = await createWorld();
    const root = world.authority();
    const index = await world.index({ tls: root.issue("other.example") });
    const unknown = await world.index({ tls: root.issue("localhost") });
    const all = '"common-name", "v1-certificate", "ca-certificate", "weak-key"';
    const settings = `[[tls-exception]]\nhost = "localhost"\nallow = [${all}]\n`;
    expect((await inUserFile(world, settings, index, root.writePem())).outcome).toBe("tls/hostname-mismatch");
    const elsewhere = world.authority("Other").writePem();
    expect((await inUserFile(world, settings, unknown, elsewhere)).outcome).toBe("tls/unknown-issuer");
  });

  test.each([
    ["a pattern as host", 'host = "*.corp.example"\nallow = ["common-name"]', "an exception is for one host"],
    ["every host", 'host = "*"\nallow = ["common-name"]', "an exception is for one host"],
    ["no host", 'allow = ["common-name"]', "`host` of a TLS exception must be a string"],
    ["an exception that there is not", 'host = "a.example"\nallow = ["expired"]', '"weak-key"'],
    ["nothing to allow", 'host = "a.example"\nallow = []', '"common-name"'],
    ["another key", 'host = "a.example"\nallow = ["weak-key"]\nverify = false', "`verify`"],
  ])("is refused with %s", async (_, table, words) => {
    const world = await createWorld();
    world.write(USER_FILE, `[[tls-exception]]\n${table}\n`);
    const { exitCode, stderr } = await tryIndex(world, "https://localhost:1/simple/");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("pinion.toml")]);
    expect(stderr).toContain(words);
  });
});

describe("[[index]]", () => {
  test("pins: accepts a chain with one of the keys, and refuses every other", async () => {
    const world = await createWorld();
    const root = world.authority();
    const issuing = root.intermediate("Corp Issuing CA");
    const leaf = issuing.issue("localhost");
    const index = await world.index({ tls: leaf, packages: sampleWheels() });
    const keyOf = (der: Uint8Array): string => parseCertificate(der).publicKey.fingerprint;
    const pinned = async (...pins: readonly string[]): Promise<IndexAnswer> => {
      const list = pins.map((pin) => `"${pin}"`).join(", ");
      const settings = `[[index]]\nurl = "https://localhost:PORT/simple/"\ndefault = true\npins = [${list}]\n`;
      world.write("project/pinion.toml", settings.replaceAll("PORT", `${index.port}`));
      return tryIndex(world, undefined, { args: ["--cert", bundle] });
    };
    const bundle = root.writePem();
    const other = "0".repeat(64);
    for (const { der } of [leaf, issuing, root]) {
      expect((await pinned(`sha256:${other}`, `sha256:${keyOf(der)}`)).outcome).toBe("accept");
    }
    const base64 = Buffer.from(keyOf(leaf.der), "hex").toString("base64");
    expect((await pinned(`sha256//${base64}`)).outcome).toBe("accept");
    const refused = await pinned(`sha256:${other}`);
    expect(refused.outcome).toBe("tls/pin-mismatch");
    expect(refused.message).toBe(
      "Cannot verify localhost:[PORT]: none of its keys matches the pins of the index",
    );
    expect(refused.causes[0]).toContain(`with the key sha256:${keyOf(leaf.der)}`);
    expect((await pinned("sha256:abc")).stderr).toContain(
      "pinion.toml:4 (pins)`: this is not a pin: `sha256:abc`",
    );
  });

  test("cert: is all that its server is held to, and nothing to any other", async () => {
    const world = await createWorld();
    const [corp, public_] = [world.authority("Corp Root"), world.authority("Public Root")];
    const index = await world.index({ tls: corp.issue("localhost"), packages: sampleWheels() });
    const other = await world.index({ tls: corp.issue("localhost"), packages: sampleWheels() });
    const env = { SSL_CERT_FILE: public_.writePem() };
    const settings = (cert: string): string =>
      `[[index]]\nname = "corp"\nurl = "${index.url}"\ndefault = true\ncert = "${cert}"\n`;
    world.write("project/ca/corp.pem", corp.pem);
    world.write("project/ca/wrong.pem", public_.pem);
    // Relative to the file of the settings, whatever the working folder is.
    world.write("project/pinion.toml", settings("ca/corp.pem"));
    world.write("project/below/x", "");
    const cwd = `${world.project}/below`;
    expect((await tryIndex(world, undefined, { env, cwd })).outcome).toBe("accept");
    expect((await tryIndex(world, other.url, { env })).outcome).toBe("tls/unknown-issuer");
    world.write("project/pinion.toml", settings("ca/wrong.pem"));
    const refused = await tryIndex(world, undefined, { env: { SSL_CERT_FILE: corp.writePem() } });
    expect(refused.outcome).toBe("tls/unknown-issuer");
    expect(refused.causes.join("\n")).toContain("ca/wrong.pem");
    // `--trust` names everything outright.
    const named = await tryIndex(world, undefined, {
      env: { SSL_CERT_FILE: corp.writePem() },
      args: ["--trust", "env"],
    });
    expect(named.outcome).toBe("accept");
    world.write("project/pinion.toml", settings("ca/missing.pem"));
    expect((await tryIndex(world, undefined, { env })).outcome).toBe("tls/trust-source-unusable");
  });

  test("client-cert and client-key: are shown to its server, and to no other", async () => {
    const world = await createWorld();
    const root = world.authority();
    const clients = world.authority("Clients");
    const demand = { authorities: [clients.pem], isRequired: true };
    const index = await world.index({
      tls: { ...root.issue("localhost"), clients: demand },
      packages: sampleWheels(),
    });
    const other = await world.index({
      tls: { ...root.issue("localhost"), clients: demand },
      packages: sampleWheels(),
    });
    const client = clients.issueClient("ada");
    world.write("home/.config/pinion/ada.pem", client.chainPem);
    world.write("home/.config/pinion/ada.key", client.keyPem);
    const settings = `[[index]]\nurl = "${index.url}"\ndefault = true\nclient-cert = "ada.pem"\nclient-key = "ada.key"\n`;
    world.write(USER_FILE, settings);
    const args = ["--cert", root.writePem()];
    expect((await tryIndex(world, undefined, { args })).outcome).toBe("accept");
    expect((await tryIndex(world, other.url, { args })).outcome).toBe("tls/client-certificate-required");
  });
});
