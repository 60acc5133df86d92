import { describe, expect, it } from "vitest";

import { SHAPES, buildShape } from "../../lab/shapes/shapes.ts";
import { createAuthority, createKey, mintCertificate } from "../../lab/certificates/mint.ts";
import { createKeyRing } from "../../../test/support/lab-keys.ts";
import { parseCertificate } from "../certificates/certificate.ts";
import { adviceText } from "../../cli/screen/advice-text.ts";
import { explainChain } from "./explain.ts";
import type { ChainQuestion } from "./question.ts";
import { indexAnchors } from "../rules/path.ts";
import { readPem } from "../certificates/pem.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

const keys = createKeyRing();
const ders = (pems: readonly string[]): readonly Uint8Array[] =>
  pems.flatMap((pem) => readPem(Buffer.from(pem)).certificates);
const anchorsOf = (pems: readonly string[]) => indexAnchors(ders(pems).map((der) => parseCertificate(der)));
const root = createAuthority("O=Corp, CN=Corp Root", { key: createKey("P-256") });
const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA 2", { key: createKey("P-256") });
const leaf = issuing.issue("pypi.corp.example", { key: createKey("P-256") });
const question: ChainQuestion = {
  sent: [leaf.der, issuing.der],
  host: "pypi.corp.example",
  port: 443,
  anchors: anchorsOf([root.pem]),
  time: new Date(),
};

describe("explainChain", () => {
  // Shapes whose fault is in the chain; the others fail before or behind it. Large RSA keys are slow to sign with.
  const shapes = SHAPES.filter(
    ({ expected, name }) => !BEYOND_THE_CHAIN.has(expected) && !/^(?:ml-dsa|(?:leaf-)?rsa-[348])/.test(name),
  );

  it.each(shapes)("finds the cause of $name", ({ name, expected }) => {
    const { serverChain, trusted, host } = buildShape(name, { keys });
    const { code, path } = explainChain({
      ...question,
      sent: ders(serverChain),
      anchors: anchorsOf(trusted),
      host,
    });
    expect(path === undefined ? code : "accept").toBe(expected);
  });

  it("says who signed, and that no CA of that name is trusted", () => {
    const other = createAuthority("O=Other, CN=Other Root", { key: createKey("P-256") });
    const explanation = explainChain({ ...question, anchors: anchorsOf([other.pem]) });
    expect(explanation.sentence).toBe(
      "`O=Corp, CN=Corp Issuing CA 2` is signed by `O=Corp, CN=Corp Root`, and no trusted certificate has that name",
    );
    expect(explanation.blamed).toMatchObject({
      position: 1,
      subject: "O=Corp, CN=Corp Issuing CA 2",
      signatureAlgorithm: "ecdsa-with-SHA256",
    });
  });

  it("names the trust that would do, and the option for it", () => {
    const explanation = explainChain({
      ...question,
      anchors: anchorsOf([]),
      alternatives: [
        {
          name: "the bundled Mozilla roots",
          changes: [{ kind: "name-sources", list: "env,mozilla" }],
          anchors: () => anchorsOf([]),
        },
        {
          name: "the system store",
          changes: SYSTEM_CHANGES,
          anchors: () => anchorsOf([root.pem]),
        },
      ],
    });
    expect(explanation.wouldTrust).toEqual([
      {
        name: "the system store",
        root: "O=Corp, CN=Corp Root",
        changes: SYSTEM_CHANGES,
      },
    ]);
    expect(explanation.advice[0]).toEqual({
      kind: "use-trust-source",
      source: "the system store",
      root: "O=Corp, CN=Corp Root",
      changes: SYSTEM_CHANGES,
    });
  });

  it("reports the most specific cause, and the others after it", () => {
    const stale = issuing.issue("other.example", {
      key: createKey("P-256"),
      notAfter: new Date(Date.now() - 60_000),
    });
    const { code, others } = explainChain({
      ...question,
      sent: [stale.der, issuing.der],
      anchors: anchorsOf([]),
    });
    expect([code, ...others.map((other) => other.code)]).toEqual([
      "tls/expired",
      "tls/hostname-mismatch",
      "tls/unknown-issuer",
    ]);
  });

  it("finds the missing intermediate among those from elsewhere", () => {
    const { code, path } = explainChain({ ...question, sent: [leaf.der], extra: [issuing.der] });
    expect([code, path?.certificates.length]).toEqual(["tls/missing-intermediate", 3]);
  });

  it("distinguishes a distrusted root from an unknown one", () => {
    expect(
      explainChain({ ...question, anchors: anchorsOf([]), distrustedAnchors: anchorsOf([root.pem]) }).code,
    ).toBe("tls/revoked");
  });

  it.each([
    ["C=US, O=Netskope Inc, CN=ca.corp.goskope.com", "Netskope"],
    ["CN=mitmproxy, O=mitmproxy", "mitmproxy"],
    ["O=DO_NOT_TRUST, OU=Created by http://www.fiddler2.com, CN=DO_NOT_TRUST_FiddlerRoot", "Fiddler"],
    ["C=US, O=Fortinet, OU=Certificate Authority, CN=FG100FTK21000000", "Fortinet FortiGate"],
    ["O=Cisco, CN=Cisco Umbrella Root CA", "Cisco Umbrella"],
    ["O=Palo Alto Networks, CN=decrypt.corp.example", "Palo Alto Networks"],
    ["O=AO Kaspersky Lab, CN=Kaspersky Anti-Virus Personal Root Certificate", "Kaspersky"],
    ["O=PortSwigger, OU=PortSwigger CA, CN=PortSwigger CA", "Burp Suite"],
  ])("knows the inspecting product behind %s", (name, product) => {
    const inspecting = createAuthority(name, { key: createKey("P-256") });
    const { code, headline } = explainChain({
      ...question,
      sent: [inspecting.issue("pypi.corp.example", { key: leaf.key }).der, inspecting.der],
    });
    expect(code).toBe("tls/tls-inspection");
    expect(headline).toBe(`${product} inspects this connection, and its root is not trusted`);
  });

  it("prints nothing that a server's names could do to a terminal", () => {
    const evil = mintCertificate({ key: leaf.key, subject: [["CN", "\u001b]0;x\u0007\u202e"]] });
    const { sentence, advice, headline } = explainChain({ ...question, sent: [evil.der] });
    expect([sentence, headline, ...advice.map(adviceText)].join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each([
    ["no certificate", []],
    ["bytes that are not a certificate", [Buffer.from("hello")]],
    ["ten thousand times the same", Array.from({ length: 10_000 }, () => issuing.der)],
  ])("explains %s", (_, sent) => {
    const started = processorMs();
    expect(explainChain({ ...question, sent }).sentence).not.toBe("");
    expect(processorMs() - started).toBeLessThan(SLOWEST_MS);
  });
});

const BEYOND_THE_CHAIN: ReadonlySet<string> = new Set([
  "tls/trust-source-unusable",
  "tls/client-certificate-required",
  "tls/client-certificate-rejected",
  "tls/protocol-version",
  "tls/no-shared-cipher",
  "tls/handshake-failed",
  "tls/plaintext-server",
  "tls/closed-during-handshake",
]);

/** The design wants 250 ms; machines that run many tests at once take several times as long. */
const SLOWEST_MS = 10_000;

const SYSTEM_CHANGES = [
  { kind: "name-sources", list: "env,system" },
  { kind: "drop-settings", names: ["SSL_CERT_FILE"] },
] as const;
