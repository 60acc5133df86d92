import { describe, expect, it } from "vitest";

import { createAuthority, createKey } from "../../lab/certificates/mint.ts";
import { parseCertificate } from "../certificates/certificate.ts";
import { isPublicSuffix, matchesHost, matchesPattern } from "./names.ts";

const key = createKey("P-256");
const root = createAuthority("Root", { key });
const certificateFor = (...names: readonly string[]) =>
  parseCertificate(root.issue("Some Name", { key, names }).der);

describe("matchesPattern", () => {
  it.each([
    ["example.com", "example.com", true],
    ["EXAMPLE.com", "example.com", true],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "xn--bcher-kva.example.com", true],
    ["*.corp_net.example", "a.corp_net.example", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", "a.b.example.com", false],
    ["*.example.com", ".example.com", false],
    ["*", "localhost", false],
    ["*.com", "example.com", false],
    ["*.co.uk", "example.co.uk", false],
    ["*.internal", "pypi.internal", false],
    ["f*o.example.com", "foo.example.com", false],
    ["ba*.example.com", "baz.example.com", false],
    ["*z.example.com", "baz.example.com", false],
    ["foo.*.example.com", "foo.bar.example.com", false],
    ["*.*.example.com", "a.b.example.com", false],
    ["**.example.com", "a.example.com", false],
    ["example.com.", "example.com", false],
    [".example.com", "example.com", false],
    ["example.com\0.evil.org", "example.com", false],
    ["", "", false],
    ["exämple.com", "exämple.com", false],
  ])("%s for %s: %s", (pattern, host, expected) => {
    expect(matchesPattern(pattern, host)).toBe(expected);
  });
});

describe("matchesHost", () => {
  it.each([
    ["[::1]", "::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["FD00::1", "fd00::1"],
    ["127.0.0.1", "127.0.0.1"],
    ["PyPI.Corp.Example", "pypi.corp.example"],
    ["pypi.corp.example.", "pypi.corp.example"],
    ["bücher.example", "xn--bcher-kva.example"],
  ])("%s is %s", (host, name) => {
    expect(matchesHost(certificateFor(name), host).kind).toBe("match");
  });

  it("accepts an address from an iPAddress only, and a name from a dNSName only", () => {
    const asName = parseCertificate(
      root.issue("x", { key, names: [{ kind: "dns", value: "127.0.0.1" }] }).der,
    );
    expect(matchesHost(asName, "127.0.0.1").kind).toBe("mismatch");
    const mapped = certificateFor("::ffff:127.0.0.1");
    expect(matchesHost(mapped, "127.0.0.1").kind).toBe("mismatch");
  });

  it("never falls back to the common name, and says that one is there", () => {
    const certificate = parseCertificate(root.issue("pypi.corp.example", { key, names: [] }).der);
    expect(matchesHost(certificate, "pypi.corp.example")).toEqual({
      kind: "mismatch",
      names: [],
      reason: "only-common-name",
    });
  });

  it("lists the names that the certificate is for, fit to print", () => {
    const match = matchesHost(
      certificateFor("a.example.com", "10.0.0.1", "b\u001b[31m.example"),
      "c.example.com",
    );
    expect(match).toEqual({
      kind: "mismatch",
      names: ["a.example.com", "10.0.0.1", "b\ufffd[31m.example"],
      reason: "other-names",
    });
  });
});

describe("isPublicSuffix", () => {
  it.each([
    ["com", true],
    ["co.uk", true],
    ["ac.jp", true],
    ["example.com", false],
    ["corp.example", false],
    ["co.example", false],
    ["uk.co.uk", false],
  ])("%s: %s", (domain, expected) => {
    expect(isPublicSuffix(domain)).toBe(expected);
  });
});
