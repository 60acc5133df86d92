import { X509Certificate, createPublicKey, verify } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  EXTENSION_OIDS,
  basicConstraints,
  extendedKeyUsage,
  nameConstraints,
  unknownExtension,
} from "./extensions.ts";
import { KeyRing, createAuthority, mintCertificate } from "./mint.ts";
import type { KeySpec, SignatureSpec } from "./mint.ts";

const OPENSSL = "openssl";
const ring = new KeyRing();
const folder = mkdtempSync(join(tmpdir(), "pinion-mint-"));
const hasOpenssl = spawnSync(OPENSSL, ["version"]).status === 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ISSUERS: readonly (readonly [KeySpec, SignatureSpec])[] = [
  ["P-384", { digest: "sha512" }],
  ["RSA-2048", { parameters: "absent" }],
  ["RSA-2048", { scheme: "pss", saltLength: 0 }],
  ["RSA-2048", { scheme: "pss", digest: "sha384", maskDigest: "sha256" }],
  ["RSA-2048", { scheme: "pss", digest: "sha1", saltLength: 20 }],
  ["RSA-2048", { digest: "sha3-256" }],
  ["RSA-2048", { digest: "md5" }],
  ["RSA-PSS-2048", {}],
  ["RSA-1024", {}],
  ["P-256", { parameters: "null" }],
  ["P-521", { digest: "sha256" }],
  ["P-224", {}],
  ["Ed25519", {}],
  ["Ed448", {}],
  ["DSA-2048", { digest: "sha256" }],
];

describe("mintCertificate()", () => {
  test.each(ISSUERS)("signs with %s %o so that the runtime verifies it", (spec, signing) => {
    const root = createAuthority("O=Corp, CN=Corp Root", { key: ring.key(spec, "root"), signing });
    const leaf = root.issue("pypi.corp.example", { key: ring.key("P-256", "leaf") });
    const parsed = new X509Certificate(leaf.pem);

    expect(parsed.verify(createPublicKey(root.key.privateKey))).toBe(true);
    expect(parsed.checkIssued(new X509Certificate(root.pem))).toBe(true);
    expect(parsed.issuer).toBe("O=Corp\nCN=Corp Root");
    expect(parsed.subjectAltName).toBe("DNS:pypi.corp.example");
  });

  test.skipIf(!hasOpenssl).each(ISSUERS)(
    "signs with %s %o so that openssl verifies the chain",
    (spec, signing) => {
      const root = createAuthority("Corp Root", { key: ring.key(spec, "root"), signing });
      const issuing = root.intermediate("Corp Issuing CA", { key: ring.key("P-256", "issuing") });
      const leaf = issuing.issue("pypi.corp.example", { key: ring.key("P-256", "leaf") });

      const result = opensslVerify(root.pem, issuing.pem, leaf.pem);
      expect(result).toContain(": OK");
    },
  );

  test("signs with an algorithm that the runtime's X.509 reader does not know", () => {
    const key = ring.key("P-256", "root");
    const signature = { digest: "sha3-256" } as const;
    let fields: Buffer = Buffer.alloc(0);
    const { der } = mintCertificate({
      key,
      subject: "x",
      signature,
      rewriteFields: (all) => {
        fields = Buffer.concat(all);
        return all;
      },
    });
    const end = der.indexOf(fields) + fields.length;
    const signed = der.subarray(4, end);
    const octets = der.subarray(der.indexOf(Buffer.from([0x00, 0x30]), end) + 1);
    expect(verify(signature.digest, signed, createPublicKey(key.privateKey), octets)).toBe(true);
  });

  test("writes names, addresses and times as openssl reads them", () => {
    const { pem } = mintCertificate({
      key: ring.key("P-256", "leaf"),
      subject: [
        ["C", "DE"],
        ["O", "Größe & Söhne"],
        ["CN", "x", "printable"],
      ],
      serial: 0x8000n,
      notBefore: new Date("1949-12-31T23:59:59Z"),
      notAfter: new Date("2050-01-01T00:00:00Z"),
    });
    const parsed = new X509Certificate(pem);
    expect(parsed.subject).toBe("C=DE\nO=Größe & Söhne\nCN=x");
    expect(parsed.serialNumber).toBe("8000");
    expect(parsed.validFrom).toBe("Dec 31 23:59:59 1949 GMT");
    expect(parsed.validTo).toBe("Jan  1 00:00:00 2050 GMT");
  });

  test("writes a version 1 certificate without extensions", () => {
    const root = createAuthority("Old Root", { key: ring.key("P-256", "root"), version: 1 });
    expect(root.der.includes(Buffer.from("551d13", "hex"))).toBe(false);
    expect(new X509Certificate(root.pem).ca).toBe(false);
  });

  test("names other algorithm parameters outside than inside", () => {
    const key = ring.key("RSA-2048", "root");
    const { der } = mintCertificate({
      key,
      subject: "x",
      signature: { parameters: "absent" },
      outerSignature: { parameters: "null" },
    });
    const absent = Buffer.from("300b06092a864886f70d01010b", "hex");
    const present = Buffer.from("300d06092a864886f70d01010b0500", "hex");
    expect(der.includes(absent)).toBe(true);
    expect(der.includes(present)).toBe(true);
    expect(der.indexOf(absent)).toBeLessThan(der.indexOf(present));
  });

  test("corrupts a signature only where it is asked to", () => {
    const root = createAuthority("Root", { key: ring.key("P-256", "root") });
    const leaf = root.issue("localhost", { key: ring.key("P-256", "leaf"), isSignatureCorrupted: true });
    expect(new X509Certificate(leaf.pem).verify(createPublicKey(root.key.privateKey))).toBe(false);
  });

  test("rewrites fields before it signs them", () => {
    const root = createAuthority("Root", { key: ring.key("P-256", "root") });
    const leaf = root.issue("localhost", {
      key: ring.key("P-256", "leaf"),
      rewriteFields: (fields) => fields.slice(0, -1),
    });
    const parsed = new X509Certificate(leaf.pem);
    expect(parsed.subjectAltName).toBeUndefined();
    expect(parsed.verify(createPublicKey(root.key.privateKey))).toBe(true);
  });
});

describe("createAuthority()", () => {
  test("issues for host names, wildcards and addresses", () => {
    const root = createAuthority("Root", { key: ring.key("P-256", "root") });
    const leaf = root.issue("localhost", {
      key: ring.key("P-256", "leaf"),
      names: ["localhost", "*.corp.example", "127.0.0.1", "::1", "fd00::1.2.3.4"],
    });
    expect(new X509Certificate(leaf.pem).subjectAltName).toBe(
      "DNS:localhost, DNS:*.corp.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:0:0:0:0:0:102:304",
    );
  });

  test("sends the intermediates, nearest first, and not the root", () => {
    const root = createAuthority("Root", { key: ring.key("P-256", "root") });
    const upper = root.intermediate("Upper", { key: ring.key("P-256", "upper") });
    const leaf = upper
      .intermediate("Lower", { key: ring.key("P-256", "lower") })
      .issue("localhost", { key: ring.key("P-256", "leaf") });
    const names = leaf.chain.map(({ pem }) => new X509Certificate(pem).subject);
    expect(names).toEqual(["CN=Lower", "CN=Upper"]);
    expect(leaf.chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
  });

  test("replaces, adds and leaves out extensions", () => {
    const root = createAuthority("Root", { key: ring.key("P-256", "root") });
    const { der } = root.issue("localhost", {
      key: ring.key("P-256", "leaf"),
      extraExtensions: [unknownExtension({ isCritical: true }), extendedKeyUsage()],
      withoutExtensions: [EXTENSION_OIDS.subjectKeyIdentifier],
    });
    const parsed = new X509Certificate(der);
    expect(parsed.keyUsage ?? []).toEqual([]);
    expect(der.includes(Buffer.from("551d0e", "hex"))).toBe(false);
    expect(der.includes(Buffer.from("883701", "hex"))).toBe(true);
  });

  test.skipIf(!hasOpenssl)("makes chains that break one rule", () => {
    const leafKey = ring.key("P-256", "leaf");
    const root = createAuthority("Root", { key: ring.key("P-256", "root") });
    const constrained = root.intermediate("Constrained", {
      key: ring.key("P-256", "issuing"),
      extraExtensions: [nameConstraints({ permitted: ["corp.example"], excluded: ["10.0.0.0/8"] })],
    });
    const short = root.intermediate("Short", {
      key: ring.key("P-256", "issuing"),
      extraExtensions: [basicConstraints({ isCa: true, pathLength: 0 })],
    });
    const below = short.intermediate("Below", { key: ring.key("P-256", "lower") });
    const verdicts = [
      opensslVerify(root.pem, constrained.pem, constrained.issue("a.corp.example", { key: leafKey }).pem),
      opensslVerify(root.pem, constrained.pem, constrained.issue("other.example", { key: leafKey }).pem),
      opensslVerify(root.pem, constrained.pem, constrained.issue("10.1.2.3", { key: leafKey }).pem),
      opensslVerify(root.pem, short.pem + below.pem, below.issue("localhost", { key: leafKey }).pem),
      opensslVerify(root.pem, "", root.issue("localhost", { key: leafKey, notAfter: new Date(0) }).pem),
    ];
    expect(verdicts.map((verdict) => /: OK|error \d+/.exec(verdict)?.[0])).toEqual([
      ": OK",
      "error 47",
      "error 48",
      "error 25",
      "error 10",
    ]);
  });
});

describe("KeyRing", () => {
  test("makes a key once per kind and use, and uses a given one for all", () => {
    const given = ring.key("P-384", "given").pem;
    const other = new KeyRing({ "P-384": given });
    expect([other.key("P-384", "root").pem, other.key("P-384", "leaf").pem]).toEqual([given, given]);
    expect(other.key("P-256", "root")).toBe(other.key("P-256", "root"));
    expect(other.key("P-256", "root")).not.toBe(other.key("P-256", "leaf"));
  });
});

function opensslVerify(root: string, intermediates: string, leaf: string): string {
  const paths = [root, intermediates, leaf].map((pem, at) => {
    const path = join(folder, `${at}.pem`);
    writeFileSync(path, pem);
    return path;
  });
  const [rootPath = "", intermediatePath = "", leafPath = ""] = paths;
  const untrusted = intermediates === "" ? [] : ["-untrusted", intermediatePath];
  // Level 0, because the weak algorithms are meant here.
  const args = ["verify", "-auth_level", "0", "-CAfile", rootPath, ...untrusted, leafPath];
  const { stdout, stderr } = spawnSync(OPENSSL, args, { encoding: "utf8" });
  return stdout + stderr;
}
