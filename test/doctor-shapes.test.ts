// Every shape of the laboratory through the doctor: the right cause, at the right step, and the right certificate blamed.

import { describe, expect, test } from "vitest";
import { examine } from "../src/doctor/examine/probe.ts";
import type { StepName } from "../src/doctor/examine/examination.ts";
import { parseTarget } from "../src/doctor/examine/subject.ts";
import { serveShape } from "../src/lab/servers/serve.ts";
import { SHAPES } from "../src/lab/shapes/shapes.ts";
import { loadTrust } from "../src/trust/store.ts";
import { createKeyRing } from "./support/lab-keys.ts";

const keys = createKeyRing();

const SERVER = "CN=localhost";
const ISSUING = "O=Corp, CN=Corp Issuing CA";
const ROOT = "O=Corp, CN=Corp Root";

/** Where each refusal lies, and whose it is; none where no certificate is to blame. */
const BLAME: Readonly<Record<string, readonly [step: StepName, subject: string | undefined]>> = {
  "ml-dsa-65": ["chain", SERVER],
  expired: ["chain", SERVER],
  "expired-intermediate": ["chain", ISSUING],
  "expired-root": ["chain", ROOT],
  "not-yet-valid": ["chain", SERVER],
  "clock-skew": ["chain", SERVER],
  "unknown-issuer": ["trust", ISSUING],
  "tls-inspection": ["trust", "C=US, ST=California, O=Zscaler Inc., CN=Zscaler Intermediate Root CA"],
  "self-signed": ["trust", SERVER],
  "missing-intermediate": ["chain", SERVER],
  "stale-root": ["trust", ISSUING],
  "empty-bundle": ["trust", undefined],
  "bad-signature": ["chain", SERVER],
  "bad-signature-intermediate": ["chain", ISSUING],
  "unsupported-signature-algorithm": ["chain", SERVER],
  "weak-signature": ["chain", SERVER],
  "weak-signature-ec": ["chain", SERVER],
  "weak-signature-md5": ["chain", SERVER],
  "weak-key": ["chain", SERVER],
  "weak-key-issuer": ["chain", ISSUING],
  "wrong-purpose": ["chain", SERVER],
  "wrong-purpose-empty": ["chain", SERVER],
  "wrong-purpose-intermediate": ["chain", ISSUING],
  "not-a-ca": ["chain", ISSUING],
  "not-a-ca-silent": ["chain", ISSUING],
  "path-length-exceeded": ["chain", "O=Corp, CN=Corp Last CA"],
  "name-constraint-violation": ["chain", SERVER],
  "name-constraint-excluded": ["chain", SERVER],
  "unknown-critical-extension": ["chain", SERVER],
  "unknown-critical-extension-intermediate": ["chain", ISSUING],
  "malformed-certificate": ["chain", ISSUING],
  "mismatched-algorithms": ["chain", SERVER],
  "hostname-mismatch": ["name", "CN=pypi.internal"],
  "common-name-only": ["name", SERVER],
  "wildcard-everything": ["name", SERVER],
  "ip-address-as-dns": ["name", "CN=127.0.0.1"],
  "client-certificate-required": ["handshake", undefined],
  "client-certificate-rejected": ["handshake", undefined],
  "protocol-version": ["handshake", undefined],
  "no-shared-cipher": ["handshake", undefined],
  "handshake-failed": ["handshake", undefined],
  "plaintext-server": ["handshake", undefined],
  "closed-during-handshake": ["handshake", undefined],
  "sni-intolerant": ["handshake", undefined],
  "tls-1.3-intolerant": ["handshake", undefined],
};

describe("examine()", () => {
  test.each(SHAPES)("$name: $expected", async ({ name, expected }) => {
    await using served = await serveShape(name, { keys });
    const { client } = served.built;
    const examination = await examine(parseTarget(served.url), {
      trust: loadTrust({ env: { SSL_CERT_FILE: served.bundlePath }, home: "/nonexistent" }),
      proxy: {},
      ...(client !== undefined && {
        clientCertificate: { id: "client", cert: client.chainPem, key: client.keyPem },
      }),
    });
    const { cause, isWell, steps, advice, chain, clients } = examination;
    // A runtime that has ML-DSA accepts it.
    const isAccepted = expected === "accept" || (name === "ml-dsa-65" && isWell);
    const [step, subject] = BLAME[name] ?? [];
    expect(cause?.code ?? "accept").toBe(isAccepted ? "accept" : expected);
    expect(isWell).toBe(isAccepted);
    if (isAccepted) {
      expect(steps.filter(({ status }) => status === "failed")).toEqual([]);
      expect(examination.http?.index).toMatchObject({ format: "json" });
      expect(chain.length).toBe(served.built.serverChain.length);
    } else {
      expect([cause?.step, cause?.blamed?.subject]).toEqual([step, subject]);
      expect(steps.find(({ name: told }) => told === step)?.status).toBe("failed");
      expect(advice.map(({ kind }) => kind)).not.toContain("examine");
      // The only algorithm that this runtime lacks and a newer one has.
      const updates = advice.filter(({ kind }) => kind === "update-runtime");
      expect(updates).toEqual(name === "ml-dsa-65" ? [{ kind: "update-runtime", node: "24.7" }] : []);
    }
    if (chain.length > 0 && expected !== "tls/trust-source-unusable")
      expect(clients.length).toBeGreaterThan(10);
  });
});
