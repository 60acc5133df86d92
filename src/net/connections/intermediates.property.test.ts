import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAuthority } from "../../lab/certificates/mint.ts";
import { readIssuerFile } from "./intermediates.ts";

const { der, pem } = createAuthority("CN=Issuing CA", { key: "Ed25519" });

describe("readIssuerFile()", () => {
  test("reads DER and PEM", () => {
    expect(readIssuerFile(der)).toHaveLength(1);
    expect(readIssuerFile(Buffer.from(pem + pem))).toHaveLength(2);
  });

  test("law: any bytes give certificates or none, and never an error", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(der.length - 1), fc.nat(255)).map(([at, value]) => {
        const changed = Uint8Array.from(der);
        changed[at] = value;
        return changed;
      }),
      fc.string().map((text) => Buffer.from(`-----BEGIN PKCS7-----\n${text}\n-----END PKCS7-----`)),
    );
    expect(() => fc.assert(fc.property(bytes, (input) => readIssuerFile(input).length <= 16))).not.toThrow();
  });
});
