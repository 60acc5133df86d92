import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { casesOf } from "../../../test/support/cases.ts";
import { isPinionError } from "../../errors.ts";
import { createAuthority, createKey } from "../../lab/certificates/mint.ts";
import { looksLikeCertificate, parseCertificate, trySubject, tryParseCertificate } from "./certificate.ts";
import { explainChain } from "../explain/explain.ts";
import { indexAnchors } from "../rules/path.ts";
import { readPem } from "./pem.ts";

const key = createKey("P-256");
const root = createAuthority("C=DE, O=Corp, CN=Corp Root", { key });
const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA", { key: createKey("P-384") });
const leaf = issuing.issue("pypi.corp.example", {
  key,
  names: ["pypi.corp.example", "10.0.0.1", "*.corp.example"],
});
const anchors = indexAnchors([parseCertificate(root.der)]);
const time = new Date();

/** A certificate with some octets replaced, removed, doubled or put in. */
const mutated = (der: Buffer): fc.Arbitrary<Uint8Array> =>
  fc
    .array(
      fc.record({
        at: fc.nat(der.length - 1),
        kind: fc.constantFrom("set", "flip", "cut", "double", "insert" as const),
        octet: fc.nat(255),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((changes) =>
      changes.reduce((bytes: Buffer, { at, kind, octet }) => {
        const copy = Buffer.from(bytes);
        const position = at % Math.max(copy.length, 1);
        switch (kind) {
          case "set":
            copy[position] = octet;
            return copy;
          case "flip":
            copy[position] = (copy[position] ?? 0) ^ (1 << (octet & 7));
            return copy;
          case "cut":
            return Buffer.concat([copy.subarray(0, position), copy.subarray(position + 1 + (octet & 15))]);
          case "double":
            return Buffer.concat([
              copy.subarray(0, position),
              copy.subarray(Math.max(0, position - (octet & 31))),
            ]);
          case "insert":
            return Buffer.concat([copy.subarray(0, position), Buffer.from([octet]), copy.subarray(position)]);
        }
      }, der),
    );
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  mutated(leaf.der),
  mutated(issuing.der),
  mutated(root.der),
);

describe("parseCertificate", () => {
  it("reads any bytes or throws tls/malformed-certificate", () => {
    fc.assert(
      fc.property(hostile, (bytes) => {
        try {
          parseCertificate(bytes);
        } catch (error) {
          expect(isPinionError(error, "tls/malformed-certificate")).toBe(true);
        }
      }),
      { numRuns: casesOf(3_000) },
    );
  });

  it("keeps bytes that it was given: the signed part and the signature are inside", () => {
    fc.assert(
      fc.property(hostile, (bytes) => {
        const certificate = tryParseCertificate(bytes);
        if (certificate === undefined) return;
        expect(Buffer.from(bytes).includes(Buffer.from(certificate.tbs))).toBe(true);
        expect(Buffer.from(bytes).includes(Buffer.from(certificate.signature))).toBe(true);
        expect(looksLikeCertificate(bytes)).toBe(true);
        expect(trySubject(bytes)?.key).toBe(certificate.subject.key);
      }),
    );
  });
});

describe("readPem", () => {
  it("never throws, and finds at most what is there", () => {
    const lines = fc.constantFrom(
      "-----BEGIN CERTIFICATE-----",
      "-----END CERTIFICATE-----",
      "-----BEGIN ",
      "-----",
      "QUJD",
      "=",
      "\u0000",
      leaf.pem,
      issuing.pem,
    );
    const text = fc.array(lines, { maxLength: 12 }).map((parts) => parts.join("\n"));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (input) => {
        const sections = input.split("-----BEGIN CERTIFICATE-----").length - 1;
        expect(readPem(Buffer.from(input)).certificates.length).toBeLessThanOrEqual(sections);
      }),
    );
  });
});

describe("explainChain", () => {
  const question = { host: "pypi.corp.example", port: 443, anchors, time };

  it("explains any bytes, and never calls a changed chain valid", () => {
    const chain = fc.tuple(hostile, fc.array(hostile, { maxLength: 3 }));
    fc.assert(
      fc.property(chain, ([first, others]) => {
        const explanation = explainChain({ ...question, sent: [first, ...others] });
        const isUntouched = Buffer.compare(first, leaf.der) === 0;
        if (!isUntouched) expect(explanation.path).toBeUndefined();
        expect(explanation.sentence).not.toBe("");
      }),
      { numRuns: 300 },
    );
  });

  it("blames a flipped bit on the certificate that has it, and never accepts it", () => {
    const flips = fc.record({ which: fc.constantFrom(0, 1), at: fc.nat(5_000), bit: fc.nat(7) });
    fc.assert(
      fc.property(flips, ({ which, at, bit }) => {
        const sent = [leaf.der, issuing.der].map((der) => Buffer.from(der));
        const target = sent[which]!;
        target[at % target.length] = target[at % target.length]! ^ (1 << bit);
        const { path, code, blamed } = explainChain({ ...question, sent });
        expect(path).toBeUndefined();
        // Where the issuer's own name changed, the link below it has lost its issuer; that link is then the one to blame.
        const positions = code === "tls/malformed-certificate" ? [undefined, which] : [which, 0];
        expect(positions).toContain(blamed?.position);
      }),
      { numRuns: 400 },
    );
  });
});
