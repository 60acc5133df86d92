// Every shape of the laboratory over real connections: Node's own TLS, as witness that the shape is what it says, and
// Pinion's client, which accepts or refuses for the cause that the shape is about.

import { connect } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isPinionError } from "../src/errors.ts";
import { labCommands } from "../src/cli/lab-commands.ts";
import { serveShape } from "../src/lab/servers/serve.ts";
import type { ServedShape } from "../src/lab/servers/serve.ts";
import { SHAPES, buildShape } from "../src/lab/shapes/shapes.ts";
import type { Shape } from "../src/lab/shapes/shapes.ts";
import { createClient } from "../src/net/client.ts";
import { loadTrust } from "../src/trust/store.ts";
import { createKeyRing } from "./support/lab-keys.ts";

const keys = createKeyRing();

/** What the engine by itself reports to a shape that Pinion refuses, its name check switched off; by Node's code or OpenSSL's words. */
const ENGINE_REFUSALS: Readonly<Record<string, RegExp>> = {
  expired: /^CERT_HAS_EXPIRED/,
  "expired-intermediate": /^CERT_HAS_EXPIRED/,
  "expired-root": /^CERT_HAS_EXPIRED/,
  "not-yet-valid": /^CERT_NOT_YET_VALID/,
  "clock-skew": /^CERT_NOT_YET_VALID/,
  "unknown-issuer": /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY/,
  "tls-inspection": /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY/,
  "self-signed": /^DEPTH_ZERO_SELF_SIGNED_CERT/,
  "missing-intermediate": /^UNABLE_TO_/,
  "stale-root": /^UNABLE_TO_/,
  "empty-bundle": /^UNABLE_TO_/,
  "bad-signature": /^CERT_SIGNATURE_FAILURE/,
  "bad-signature-intermediate": /^CERT_SIGNATURE_FAILURE/,
  "unsupported-signature-algorithm": /^(UNABLE_TO_|CERT_SIGNATURE_FAILURE)/,
  "ml-dsa-65": /^(UNABLE_TO_|CERT_SIGNATURE_FAILURE)/,
  "weak-signature": /digest algorithm too weak/,
  "weak-signature-ec": /digest algorithm too weak/,
  "weak-signature-md5": /digest algorithm too weak/,
  "wrong-purpose": /^INVALID_PURPOSE/,
  "wrong-purpose-empty": /^INVALID_PURPOSE/,
  "wrong-purpose-intermediate": /^INVALID_PURPOSE/,
  "not-a-ca": /certificate signing|^INVALID_/,
  "not-a-ca-silent": /^INVALID_/,
  "path-length-exceeded": /^PATH_LENGTH_EXCEEDED/,
  "name-constraint-violation": /permitted subtree violation/,
  "name-constraint-excluded": /excluded subtree violation/,
  "unknown-critical-extension": /unhandled critical extension/,
  "unknown-critical-extension-intermediate": /unhandled critical extension/,
  "malformed-certificate": /^(UNABLE_TO_|UNSPECIFIED|INVALID_)/,
  "mismatched-algorithms": /^CERT_SIGNATURE_FAILURE/,
  "client-certificate-required": /certificate required/,
  "client-certificate-rejected": /unknown ca/,
  "protocol-version": /protocol version/,
  "no-shared-cipher": /handshake failure/,
  "handshake-failed": /internal error/,
  "plaintext-server": /wrong version number|packet length too long|record layer failure/,
  "closed-during-handshake": /^ECONNRESET/,
  "sni-intolerant": /^ECONNRESET/,
  "tls-1.3-intolerant": /^ECONNRESET/,
  "cross-signed-detour": /^UNABLE_TO_/,
};

/** What the engine lets pass and Pinion refuses on its own: names are its own check, small keys its own rule. */
const PINIONS_OWN_REFUSALS: ReadonlySet<string> = new Set([
  "weak-key",
  "weak-key-issuer",
  "hostname-mismatch",
  "common-name-only",
  "wildcard-everything",
  "ip-address-as-dns",
]);

describe("serveShape()", () => {
  test.each(SHAPES)("$name: $expected", async (shape) => {
    await using served = await serveShape(shape.name, { keys });
    expect(await ask(served)).toMatch(engineVerdict(shape));
    expect(await pinionVerdict(served)).toBe(shape.expected);
  });

  test("writes the bundle and the client's certificate, says what to try, and leaves nothing behind", async () => {
    const served = await serveShape("client-certificate", { keys });
    expect(readFileSync(served.bundlePath, "utf8")).toBe(served.built.bundlePem);
    expect(readFileSync(served.clientPath ?? "", "utf8")).toContain("PRIVATE KEY");
    expect(
      labCommands(served)
        .join("\n")
        .replaceAll(served.bundlePath, "[BUNDLE]")
        .replaceAll(served.clientPath ?? "", "[CLIENT]")
        .replaceAll(`${served.port}`, "[PORT]"),
    ).toMatchInlineSnapshot(`
      "pinion pip install --cert [BUNDLE] --client-cert [CLIENT] --index-url https://localhost:[PORT]/simple/ --target ./lab greeter
      pinion doctor --cert [BUNDLE] --client-cert [CLIENT] https://localhost:[PORT]/simple/
      SSL_CERT_FILE=[BUNDLE] SSL_CLIENT_CERT=[CLIENT] uv pip install --index-url https://localhost:[PORT]/simple/ --target ./lab greeter
      pip install --cert [BUNDLE] --client-cert [CLIENT] --index-url https://localhost:[PORT]/simple/ --target ./lab greeter
      curl --cacert [BUNDLE] --cert [CLIENT] https://localhost:[PORT]/simple/
      openssl s_client -connect localhost:[PORT] -servername localhost -CAfile [BUNDLE] -cert [CLIENT] </dev/null"
    `);
    await served.close();
    expect(existsSync(served.bundlePath)).toBe(false);
  });

  test.each([
    ["sni-intolerant", { servername: "" }],
    ["tls-1.3-intolerant", { maxVersion: "TLSv1.2" }],
  ] as const)("%s: serves a greeting without what the middlebox cannot bear", async (name, options) => {
    await using served = await serveShape(name, { keys });
    expect(await ask(served, options)).toMatch(/^HTTP\/1.1 200/);
  });

  test("serves the missing intermediate where the certificate says", async () => {
    await using served = await serveShape("missing-intermediate", { keys });
    const url = /http:\/\/127\.0\.0\.1:\d+\/issuer\.cer/.exec(
      Buffer.from(served.built.serverChain[0]?.split("-----")[2] ?? "", "base64").toString("latin1"),
    );
    const answer = await fetch(url?.[0] ?? "");
    expect(answer.headers.get("content-type")).toBe("application/pkix-cert");
    expect(Buffer.from(await answer.arrayBuffer()).equals(served.built.issuerFile ?? Buffer.alloc(0))).toBe(
      true,
    );
  });
});

describe("SHAPES", () => {
  test("has no name twice, and one line for each", () => {
    expect(new Set(SHAPES.map(({ name }) => name)).size).toBe(SHAPES.length);
    for (const { name, description } of SHAPES) {
      expect(name).toMatch(/^[a-z0-9.-]+$/);
      expect(description).toMatch(/^[^\n]{10,119}[^\n.]$/);
    }
  });
});

describe("buildShape()", () => {
  test("suggests similar shapes for an unknown one", () => {
    expect(() => buildShape("ec-p384")).toThrow(
      expect.objectContaining({
        code: "lab/unknown-shape",
        hints: expect.arrayContaining([expect.stringContaining("`ec-p384-sha256`")]),
      }),
    );
  });

  test("mints for another host", () => {
    const { host, serverChain } = buildShape("plain", { keys, host: "pypi.corp.example" });
    expect(host).toBe("pypi.corp.example");
    expect(Buffer.from(serverChain[0]?.split("-----")[2] ?? "", "base64").includes("pypi.corp.example")).toBe(
      true,
    );
  });
});

/** What Pinion's client makes of it: `accept`, or the code of the refusal. */
async function pinionVerdict({ built, url, bundlePath }: ServedShape): Promise<string> {
  const { client } = built;
  const connection = createClient({
    trust: loadTrust({ env: { SSL_CERT_FILE: bundlePath }, home: "/nonexistent" }),
    proxy: {},
    retries: 0,
    userAgent: "pinion-test",
    ...(client !== undefined && {
      clientCertificate: { id: "client", cert: client.chainPem, key: client.keyPem },
    }),
  });
  try {
    await connection.request(url);
    return "accept";
  } catch (error) {
    if (isPinionError(error)) return error.code;
    throw error;
  } finally {
    connection.close();
  }
}

function engineVerdict({ name, expected, needsPathSearch }: Shape): RegExp {
  // The engine of newer runtimes refuses small keys by itself.
  if (PINIONS_OWN_REFUSALS.has(name)) return /^(HTTP\/1.1 200|UNSPECIFIED .* key too (weak|small))/;
  if (expected === "accept" && needsPathSearch !== true) return /^HTTP\/1.1 200/;
  return ENGINE_REFUSALS[name] ?? /this shape has no expected refusal/;
}

/** The first line of the index's answer, or why there is none. */
function ask({ built, port }: ServedShape, more: ConnectionOptions = {}): Promise<string> {
  const options: ConnectionOptions = {
    host: "127.0.0.1",
    port,
    servername: built.host === "127.0.0.1" ? "" : built.host,
    ca: [...built.trusted],
    allowPartialTrustChain: true,
    checkServerIdentity: () => undefined,
    ...(built.client !== undefined && { cert: built.client.chainPem, key: built.client.keyPem }),
    ...more,
  };
  return new Promise((resolve) => {
    const socket = connect(options, () => socket.write("GET /simple/ HTTP/1.0\r\n\r\n"));
    socket.on("data", (chunk: Buffer) => {
      resolve(chunk.toString("latin1").split("\r\n")[0] ?? "");
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(`${error.code} ${error.message}`));
    socket.on("close", () => resolve("closed"));
  });
}
