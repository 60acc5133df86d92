// The library `pinion/tls` on its own: its example runs, its agent serves `node:https`, and its errors carry their data.

import { readFileSync } from "node:fs";
import { get } from "node:https";
import { describe, expect, test } from "vitest";
import { ADVICE_WORDS } from "../src/cli/screen/advice-text.ts";
import { buildShape } from "../src/lab/shapes/shapes.ts";
import {
  createAgent,
  explainChain,
  explainTls,
  isPinionError,
  loadTrust,
  openConnection,
  renderReport,
} from "../src/tls.ts";
import { createKeyRing } from "./support/lab-keys.ts";
import { World } from "./support/world.ts";

const keys = createKeyRing();

describe("pinion/tls", () => {
  test("its example explains a refusal", async () => {
    await using world = await World.create();
    const served = await world.shape("expired-intermediate");
    const source = readFileSync(new URL("../src/tls.ts", import.meta.url), "utf8");
    const example = /@example\n([^]*?) \*\n \* @module/.exec(source)?.[1] ?? "";
    const code = example.replaceAll(/^ \* ?/gm, "").replace(/^import .*$/m, "");
    const names = ["explainTls", "loadTrust", "bundle", "address"];
    const run: (...given: unknown[]) => Promise<unknown> = Reflect.construct(AsyncFunction, [...names, code]);
    expect(await run(explainTls, loadTrust, served.bundlePath, served.url)).toBe(
      "tls/expired: O=Corp, CN=Corp Issuing CA",
    );
  });
});

describe("explainTls()", () => {
  test("examines any TLS server with the trust that the variables name", async () => {
    await using world = await World.create();
    const served = await world.shape("ec-p384-sha512");
    const told = await explainTls(`localhost:${served.port}`, { env: { SSL_CERT_FILE: served.bundlePath } });
    expect(told).toMatchObject({ isWell: true, target: { kind: "host" } });
    expect(renderReport(told, { words: ADVICE_WORDS })).toContain("ecdsa-with-SHA512");
  });

  test("is refused for what is not a URL", async () => {
    await expect(Promise.resolve().then(() => explainTls("ftp://localhost/"))).rejects.toThrow(
      expect.objectContaining({ code: "net/invalid-url" }),
    );
  });

  test("ends with its signal", async () => {
    const signal = AbortSignal.abort();
    await expect(explainTls("localhost:1", { signal })).rejects.toThrow(
      expect.objectContaining({ code: "net/cancelled" }),
    );
  });
});

describe("explainChain()", () => {
  test.each([
    ["plain", undefined],
    ["expired-intermediate", "tls/expired"],
    ["stale-root", "tls/bad-signature"],
    ["name-constraint-violation", "tls/name-constraint-violation"],
  ])("judges the chain of %s without a connection", async (shape, code) => {
    await using world = await World.create();
    const { chainPem, bundlePem, host } = buildShape(shape, { keys });
    const trust = loadTrust({
      env: { SSL_CERT_FILE: world.write("bundle.pem", bundlePem) },
      home: world.home,
    });
    const told = explainChain(chainPem, { host, trust });
    expect([told.isTrusted, told.cause?.code]).toEqual([code === undefined, code]);
    expect(told.chain.length).toBeGreaterThan(1);
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  });

  test("takes DER as well, and refuses what holds no certificate", () => {
    const { serverChain, host } = buildShape("plain", { keys });
    const ders = serverChain.map((pem) => Buffer.from(pem.split("-----")[2] ?? "", "base64"));
    expect(explainChain(ders, { host }).cause?.code).toBe("tls/unknown-issuer");
    expect(() => explainChain("nothing", { host })).toThrow(
      expect.objectContaining({ code: "tls/malformed-certificate" }),
    );
  });
});

test("explainChain() gives no verdict without usable trust", async () => {
  await using world = await World.create();
  const { chainPem, host } = buildShape("plain", { keys });
  const trust = loadTrust({ env: { SSL_CERT_FILE: world.write("empty.pem", "nothing") }, home: world.home });
  expect(() => explainChain(chainPem, { host, trust })).toThrow(
    expect.objectContaining({ code: "tls/trust-source-unusable" }),
  );
});

describe("createAgent()", () => {
  test("node:https connects through it, and fails with the explanation", async () => {
    await using world = await World.create();
    const served = await world.shape("ec-p384-sha512");
    const trust = loadTrust({ env: { SSL_CERT_FILE: served.bundlePath }, home: world.home });
    expect(await ask(served.url, createAgent({ trust }))).toBe(200);
    const strange = loadTrust({
      env: { SSL_CERT_FILE: world.authority("Elsewhere").writePem() },
      home: world.home,
    });
    await expect(ask(served.url, createAgent({ trust: strange }))).rejects.toThrow(
      expect.objectContaining({ code: "tls/unknown-issuer" }),
    );
  });
});

describe("openConnection()", () => {
  test("its refusals carry the findings, and the trust that would accept", async () => {
    await using world = await World.create();
    const root = world.authority();
    const index = await world.index({ tls: root.issue("localhost") });
    const trust = loadTrust({
      env: { REQUESTS_CA_BUNDLE: root.writePem() },
      home: world.home,
      cert: { value: world.authority("Elsewhere").writePem(), origin: "--cert" },
    });
    const endpoint = { host: "localhost", port: index.port, isTls: true };
    const error: unknown = await openConnection(endpoint, { trust, timeoutMs: 60_000 }).catch(
      (thrown: unknown) => thrown,
    );
    if (!isPinionError(error)) throw new Error("it should have been refused");
    expect(error.code).toBe("tls/unknown-issuer");
    expect(error.details).toMatchObject({
      blamed: { subject: "CN=localhost", position: 0 },
      wouldTrust: [{ root: "CN=Corp Root" }],
      findings: expect.any(Array),
    });
  });
});

function ask(url: string, agent: ReturnType<typeof createAgent>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      response.resume();
      resolve(response.statusCode);
      agent.destroy();
    });
    request.on("error", reject);
  });
}

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
