import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";

import { isPinionError } from "../../errors.ts";
import { createAuthority, createKey, mintCertificate } from "../../lab/certificates/mint.ts";
import { formatName, looksLikeCertificate, parseCertificate, trySubject } from "./certificate.ts";
import { readPem } from "./pem.ts";

interface MatrixCase {
  readonly id: string;
  readonly pos?: "A" | "B" | "C";
  readonly issuer?: string;
  readonly scheme?: string;
  readonly digest?: string;
  readonly peer_certificate: string;
  readonly untrusted_intermediates: readonly string[];
  readonly trusted_certs: readonly string[];
}

const matrix: { readonly cases: readonly MatrixCase[] } = JSON.parse(
  readFileSync(new URL("../../../test/client-matrix/chains-and-verdicts.json", import.meta.url), "utf8"),
);
const parsePem = (pem: string) => parseCertificate(readPem(Buffer.from(pem)).certificates[0]!);
const key = createKey("P-256");

describe("parseCertificate", () => {
  const signed = matrix.cases.filter(({ id }) => !/^(?:odd|leafkey)\//.test(id));

  it.each(signed)("names the algorithms of $id", ({ id, issuer, scheme, digest, pos, ...chain }) => {
    // Position C: the link under test is the intermediate's; A and B: the server's.
    const link = parsePem(pos === "C" ? chain.untrusted_intermediates[0]! : chain.peer_certificate);
    const signer = parsePem(pos === "B" ? chain.untrusted_intermediates[0]! : chain.trusted_certs[0]!);
    expect(signer.publicKey.algorithm, id).toBe(
      issuer!.startsWith("P-") ? `EC ${issuer}` : issuer!.replace("-", " "),
    );
    const { keyKind, hash, parameters, pss } = link.signatureAlgorithm;
    expect(hash ?? "-").toBe(digest);
    if (scheme === "pkcs1") expect([keyKind, parameters]).toEqual(["rsa", "null"]);
    if (scheme === "pkcs1-absent") expect([keyKind, parameters]).toEqual(["rsa", "absent"]);
    if (scheme === "pss")
      expect([parameters, pss?.hash, pss?.maskHash, pss?.trailerField]).toEqual(["pss", digest, digest, 1]);
    if (scheme === "ecdsa") expect([keyKind, parameters]).toEqual(["ec", "absent"]);
  });

  it("reads every field", () => {
    const root = createAuthority("C=DE, O=Corp\\, Inc, CN=Corp Root", { key });
    const certificate = parseCertificate(
      root.issue("pypi.corp.example", {
        key,
        serial: 0x0123n,
        notBefore: new Date("2026-01-01T00:00:00Z"),
        notAfter: new Date("2050-06-01T00:00:00Z"),
      }).der,
    );
    expect(certificate).toMatchObject({
      version: 3,
      serial: "0123",
      notBefore: new Date("2026-01-01T00:00:00Z"),
      notAfter: new Date("2050-06-01T00:00:00Z"),
      isSelfIssued: false,
      subjectAltNames: [{ kind: "dns", value: "pypi.corp.example" }],
      extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"],
      authorityKeyId: { keyId: root.key.identifier.toString("hex"), issuer: undefined, serial: undefined },
      publicKey: { algorithm: "EC P-256", kind: "ec", bits: 256, curve: "P-256" },
      signatureAlgorithm: { name: "ecdsa-with-SHA256", hash: "sha256", parameters: "absent" },
      problems: [],
    });
    expect(parseCertificate(root.der)).toMatchObject({
      isSelfIssued: true,
      basicConstraints: { isAuthority: true, pathLength: undefined },
      keyUsage: ["keyCertSign", "cRLSign"],
    });
  });

  it("keeps an extension that it cannot read as a problem, with the rest of the certificate", () => {
    const broken = { oid: "2.5.29.19", isCritical: true, value: Buffer.from("30053003", "hex") };
    const certificate = parseCertificate(
      mintCertificate({ key, subject: "x", extensions: [broken, broken] }).der,
    );
    expect(certificate.basicConstraints).toBeUndefined();
    expect(certificate.problems).toEqual([
      { kind: "unreadable-extension", extension: "basicConstraints", message: "has a length beyond its end" },
      { kind: "duplicate-extension", extension: "basicConstraints" },
    ]);
  });

  it.each([
    ["no bytes", Buffer.alloc(0)],
    ["text", Buffer.from("hello")],
    ["an empty sequence", Buffer.from("3000", "hex")],
    ["bytes behind the end", Buffer.concat([mintCertificate({ key, subject: "x" }).der, Buffer.alloc(1)])],
    ["a megabyte", Buffer.alloc(1 << 20, 0x30)],
  ])("refuses %s", (_, der) => {
    try {
      parseCertificate(der);
      expect.unreachable();
    } catch (error) {
      expect(isPinionError(error, "tls/malformed-certificate")).toBe(true);
    }
  });

  it("takes what is common although it is not DER: a negative serial number, an explicit FALSE", () => {
    const extension = { oid: "2.5.29.19", isCritical: false, value: Buffer.from("3003010100", "hex") };
    const { der } = mintCertificate({
      key,
      subject: "x",
      serial: Buffer.from("ff", "hex"),
      extensions: [extension],
    });
    expect(parseCertificate(der)).toMatchObject({
      serial: "ff",
      basicConstraints: { isAuthority: false },
      problems: [],
    });
  });
});

describe("formatName", () => {
  it.each([
    ["O=Corp, CN=Corp Root", "O=Corp, CN=Corp Root"],
    ["", "(no name)"],
  ])("%s", (subject, expected) => {
    expect(formatName(parseCertificate(mintCertificate({ key, subject }).der).subject)).toBe(expected);
  });

  it("quotes what could be mistaken for another attribute, and prints nothing that moves the cursor", () => {
    const evil = mintCertificate({
      key,
      subject: [
        ["CN", 'a, O="b'],
        ["O", "\u001b[2J\u202egnp\r\n"],
      ],
    });
    expect(formatName(parseCertificate(evil.der).subject)).toBe(String.raw`CN="a, O=\"b", O=�[2J�gnp��`);
  });

  // Promise: what a server says of itself is shown as text
  // Attack: a name has blanks up to the end of the line, and then the fingerprint that the user compares, before the prompt of `trust add`
  test("has no blanks that would begin another line of a terminal, and a length that leaves its place to what follows", () => {
    const fake = `     certificate sha256:${"ab".repeat(32)}`;
    const padded = mintCertificate({ key, subject: [["CN", `Corp${" ".repeat(70)}${fake}`]] });
    expect(formatName(parseCertificate(padded.der).subject)).not.toMatch(/\s\s/);
    const many = Array.from({ length: 30 }, () => ["O", "a".repeat(200)] as const);
    const long = formatName(parseCertificate(mintCertificate({ key, subject: many }).der).subject);
    expect(long.length).toBeLessThan(1100);
  });
});

describe("Name.key", () => {
  const keyOf = (subject: Parameters<typeof mintCertificate>[0]["subject"]) =>
    trySubject(mintCertificate({ key, subject }).der)?.key;

  it("ignores letter case, runs of blanks and the string type (RFC 5280 section 7.1)", () => {
    expect(keyOf([["CN", " Corp   ROOT ", "utf8"]])).toBe(keyOf([["CN", "corp root", "printable"]]));
  });

  it("distinguishes values that only look alike when they are joined", () => {
    expect(
      keyOf([
        ["CN", "a"],
        ["O", "b"],
      ]),
    ).not.toBe(keyOf([["CN", "a/2.5.4.10=1:b"]]));
  });
});

describe("looksLikeCertificate", () => {
  it("agrees with the whole parser about what is not a certificate", () => {
    expect(looksLikeCertificate(mintCertificate({ key, subject: "x" }).der)).toBe(true);
    expect(looksLikeCertificate(Buffer.from("30820100", "hex"))).toBe(false);
    expect(looksLikeCertificate(key.spki)).toBe(false);
  });
});
