// The law of advice: whatever is suggested for a refused connection makes it, when it is followed. Over every shape of
// the laboratory.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";

import type { Advice } from "../src/advice.ts";
import { isPinionError } from "../src/errors.ts";
import type { ServedShape } from "../src/lab/servers/serve.ts";
import { SHAPES } from "../src/lab/shapes/shapes.ts";
import { createClient } from "../src/net/client.ts";
import { openConnection, type ConnectOptions } from "../src/net/connections/connect.ts";
import { addHostAnchor } from "../src/trust/host-anchors.ts";
import { TLS_EXCEPTION_NAMES } from "../src/trust/host-trust.ts";
import { objectionToTrusting } from "../src/trust/policy.ts";
import { loadTrust, type TrustSettings } from "../src/trust/store.ts";
import { tryParseCertificate } from "../src/x509/certificates/certificate.ts";
import { readPem } from "../src/x509/certificates/pem.ts";
import { createKeyRing } from "./support/lab-keys.ts";
import { World } from "./support/world.ts";

const keys = createKeyRing();
/** Kinds that were followed, so that the law is not kept by suggesting nothing. */
const followed = new Set<Advice["kind"]>();
const REFUSED = SHAPES.filter(({ expected }) => expected.startsWith("tls/"));

/** Without the shapes whose handshake fails for another reason than the chain, and the bundle that cannot be used. */
const ABOUT_TRUST = REFUSED.filter(
  ({ expected }) =>
    ![
      "tls/client-certificate-required",
      "tls/client-certificate-rejected",
      "tls/protocol-version",
      "tls/no-shared-cipher",
      "tls/handshake-failed",
      "tls/closed-during-handshake",
      "tls/plaintext-server",
      "tls/trust-source-unusable",
    ].includes(expected),
);

describe("advice", () => {
  test.each(REFUSED)("that follows $name makes the connection", async ({ name }) => {
    const world = await World.create();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const served = await world.shape(name, { keys });
    const refusal = await tryToConnect(served, {});
    for (const advice of refusal ?? []) {
      const change = await follow(advice, served, world);
      if (change === undefined) continue;
      followed.add(advice.kind);
      expect([advice, await tryToConnect(served, change)]).toEqual([advice, undefined]);
    }
  });

  test("of every kind that a command can follow was followed", () => {
    expect([...followed].sort()).toEqual([
      "add-ca",
      "allow-tls-exception",
      "fetch-intermediates",
      "trust-this-host",
    ]);
  });
});

describe("`pinion trust add`", () => {
  test.each(ABOUT_TRUST)(
    "takes what makes $name trusted, and nothing else",
    { timeout: 60_000 },
    async ({ name }) => {
      const world = await World.create();
      onTestFinished(() => world[Symbol.asyncDispose]());
      const served = await world.shape(name, { keys });
      const url = new URL(served.url);
      const place = { host: url.hostname.replace(/^\[|\]$/g, ""), port: served.port };
      const sent = readPem(Buffer.from(served.built.chainPem)).certificates;
      const store = loadTrust({ env: { SSL_CERT_FILE: served.bundlePath }, home: "/nonexistent" });
      const verdicts: (readonly [number, boolean, boolean])[] = [];
      for (const [at, der] of sent.entries()) {
        const certificate = tryParseCertificate(der);
        if (certificate === undefined) continue;
        const objection = objectionToTrusting(certificate, { sent, ...place, store });
        const hostTrustFile = join(world.directory, `hosts-${at}.json`);
        await addHostAnchor(hostTrustFile, { ...place, der, added: new Date() });
        const refusal = await tryToConnect(served, { trust: { hostTrustFile } });
        verdicts.push([at, objection === undefined, refusal === undefined]);
      }
      expect(verdicts.filter(([, isTaken, isMade]) => isTaken !== isMade)).toEqual([]);
    },
  );
});

interface Change {
  readonly trust?: Partial<TrustSettings>;
  readonly options?: Partial<ConnectOptions>;
}

/** What the advice changes; undefined for what asks something of other people, or only shows more. */
async function follow(advice: Advice, served: ServedShape, world: World): Promise<Change | undefined> {
  const chain = readPem(Buffer.from(served.built.chainPem)).certificates;
  switch (advice.kind) {
    case "trust-this-host": {
      const hostTrustFile = join(world.directory, "hosts.json");
      const { host, port } = advice;
      await addHostAnchor(hostTrustFile, { host, port, der: chain[0] ?? Buffer.alloc(0), added: new Date() });
      return { trust: { hostTrustFile } };
    }
    case "add-ca": {
      // The nearest to the root that the server sends; every one of them may be an anchor.
      const pem = served.built.serverChain.at(-1) ?? "";
      return { trust: { addedCas: [{ path: world.write("added.pem", pem), origin: "--ca" }] } };
    }
    case "add-intermediate": {
      const pem = served.built.issuerFile;
      if (pem === undefined) return undefined;
      return { trust: { addedCas: [{ path: world.write("issuer.cer", pem), origin: "--ca" }] } };
    }
    case "fetch-intermediates":
      return { options: { fetchIssuer: fetchOverHttp } };
    case "allow-tls-exception":
      return {
        trust: {
          exceptions: [
            {
              host: advice.host,
              port: advice.port,
              allow: TLS_EXCEPTION_NAMES.filter((name) => advice.allow.includes(name)),
              origin: "pinion.toml",
            },
          ],
        },
      };
    default:
      return undefined;
  }
}

/** The advice of the refusal; undefined where the connection is made. */
async function tryToConnect(
  served: ServedShape,
  { trust = {}, options = {} }: Change,
): Promise<readonly Advice[] | undefined> {
  const url = new URL(served.url);
  const endpoint = { host: url.hostname.replace(/^\[|\]$/g, ""), port: served.port, isTls: true };
  const { client } = served.built;
  try {
    const { socket } = await openConnection(endpoint, {
      trust: loadTrust({ env: { SSL_CERT_FILE: served.bundlePath }, home: "/nonexistent", ...trust }),
      lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
      timeoutMs: 20_000,
      ...(client !== undefined && {
        clientCertificate: { id: "client", cert: client.chainPem, key: client.keyPem },
      }),
      ...options,
    });
    socket.destroy();
    return undefined;
  } catch (error) {
    if (!isPinionError(error)) throw error;
    return error.hints.filter((hint) => typeof hint !== "string");
  }
}

async function fetchOverHttp(url: URL, maxBytes: number): Promise<Buffer> {
  const client = createClient({ trust: loadTrust({ env: {}, home: "" }), proxy: {}, userAgent: "test" });
  try {
    return await (await client.request(url, { maxBytes })).bytes();
  } finally {
    client.close();
  }
}
