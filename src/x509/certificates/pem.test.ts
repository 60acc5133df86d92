import { describe, expect, it } from "vitest";

import { createAuthority } from "../../lab/certificates/mint.ts";
import { formatPem, readPem } from "./pem.ts";

const first = createAuthority("First");
const second = createAuthority("Second");
const read = (text: string | Uint8Array) => readPem(typeof text === "string" ? Buffer.from(text) : text);
const body = first.pem.split("\n").slice(1, -2).join("\n");

describe("readPem", () => {
  it.each([
    [
      "comments, blank lines and text between sections",
      `# roots\n\nSubject: CN=x\n${first.pem}\nsome text\n${second.pem}# end`,
    ],
    ["CRLF line ends", (first.pem + second.pem).replaceAll("\n", "\r\n")],
    ["old Macintosh line ends", (first.pem + second.pem).replaceAll("\n", "\r")],
    [
      "a byte order mark and text that is not ASCII",
      `\ufeffÖffentliche Wurzel — ключ\n${first.pem}${second.pem}`,
    ],
    ["no line break before the next section", first.pem.trimEnd() + second.pem],
    [
      "other sections in between",
      `${first.pem}-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n${second.pem}`,
    ],
    ["a key in front", `${first.keyPem}${first.pem}${second.pem}`],
    ["indented lines", (first.pem + second.pem).replaceAll(/^(?!-)/gm, "    ")],
    [
      "the body on a single line",
      `-----BEGIN CERTIFICATE-----\n${body.replaceAll("\n", "")}\n-----END CERTIFICATE-----\n${second.pem}`,
    ],
    ["the old label of OpenSSL", first.pem.replaceAll("CERTIFICATE", "X509 CERTIFICATE") + second.pem],
    ["a BEGIN line that is broken", `-----BEGIN CERT\n${first.pem}${second.pem}`],
  ])("finds both certificates with %s", (_, text) => {
    expect(read(text).certificates.map((der) => Buffer.from(der))).toEqual([first.der, second.der]);
  });

  it.each([
    [
      "a section that is not base64",
      "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
      "it is not base64",
    ],
    [
      "a section that is not DER",
      "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
      "it is not DER",
    ],
    [
      "a section that is cut off",
      `-----BEGIN CERTIFICATE-----\n${body.slice(0, 80)}\n-----END CERTIFICATE-----\n`,
      "it is not DER",
    ],
    ["a section without its END line", `-----BEGIN CERTIFICATE-----\n${body}\n`, "its END line is missing"],
    ["an empty section", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "it is not DER"],
  ])("reports %s and reads the others", (_, bad, reason) => {
    const { certificates, damaged } = read(bad + second.pem);
    expect(certificates).toHaveLength(1);
    expect(damaged).toEqual([{ position: 1, reason }]);
  });

  it("reads DER, one or several one after another", () => {
    expect(read(first.der).certificates).toHaveLength(1);
    expect(read(Buffer.concat([first.der, second.der])).certificates).toHaveLength(2);
    expect(read(Buffer.concat([first.der, Buffer.from("junk")])).damaged).toEqual([
      { position: 2, reason: "it is not DER" },
    ]);
  });

  describe("OpenSSL's trust settings after a certificate", () => {
    const SERVER = "06082b06010505070301";
    const CLIENT = "06082b06010505070302";
    const ANY = "0604551d2500";
    const der = (tag: string, ...parts: readonly string[]): string => {
      const content = parts.join("");
      return `${tag}${(content.length / 2).toString(16).padStart(2, "0")}${content}`;
    };
    const settings = (...parts: readonly string[]): Buffer => Buffer.from(der("30", ...parts), "hex");

    it.each<[string, Buffer, string | undefined]>([
      ["none", Buffer.alloc(0), undefined],
      ["an alias only", settings(der("0c", "41")), undefined],
      ["serverAuth trusted", settings(der("30", SERVER)), undefined],
      ["any purpose trusted", settings(der("30", CLIENT, ANY)), undefined],
      ["clientAuth rejected", settings(der("a0", CLIENT)), undefined],
      ["serverAuth rejected", settings(der("a0", SERVER)), "its trust settings reject it for TLS servers"],
      ["any purpose rejected", settings(der("a0", ANY)), "its trust settings reject it for TLS servers"],
      [
        "serverAuth trusted and rejected",
        settings(der("30", SERVER), der("a0", CLIENT, SERVER)),
        "its trust settings reject it for TLS servers",
      ],
      [
        "clientAuth trusted only",
        settings(der("30", CLIENT)),
        "its trust settings are for other purposes than TLS servers",
      ],
      ["an empty list", settings("3000"), "its trust settings are for other purposes than TLS servers"],
      ["bytes that are not settings", Buffer.from("junk"), "its trust settings cannot be read"],
      ["unknown parts", settings(der("a7", "00")), "its trust settings cannot be read"],
      ["two settings", Buffer.concat([settings(), settings()]), "its trust settings cannot be read"],
    ])("%s", (_, after, reason) => {
      const base64 = Buffer.concat([first.der, after]).toString("base64");
      const found = read(
        `-----BEGIN TRUSTED CERTIFICATE-----\n${base64}\n-----END TRUSTED CERTIFICATE-----\n${second.pem}`,
      );
      const isAnchor = reason === undefined;
      expect(found.certificates.map((one) => Buffer.from(one))).toEqual(
        isAnchor ? [first.der, second.der] : [second.der],
      );
      expect(found.rejected.map((one) => Buffer.from(one))).toEqual(isAnchor ? [] : [first.der]);
      expect(found.damaged).toEqual(isAnchor ? [] : [{ position: 1, reason }]);
    });

    it("counts against the same certificate without settings, before or after it", () => {
      const after = Buffer.concat([first.der, settings(der("a0", SERVER))]).toString("base64");
      const distrusted = `-----BEGIN TRUSTED CERTIFICATE-----\n${after}\n-----END TRUSTED CERTIFICATE-----\n`;
      for (const bundle of [distrusted + first.pem + second.pem, second.pem + first.pem + distrusted])
        expect(read(bundle).certificates.map((one) => Buffer.from(one))).toEqual([second.der]);
    });

    it("counts in DER too", () => {
      const found = read(Buffer.concat([second.der, first.der, settings(der("a0", SERVER))]));
      expect(found.certificates.map((one) => Buffer.from(one))).toEqual([second.der]);
      expect(found.damaged).toEqual([
        { position: 2, reason: "its trust settings reject it for TLS servers" },
      ]);
    });
  });

  it("names the other sections", () => {
    expect(read(first.keyPem).otherLabels).toEqual(["PRIVATE KEY"]);
  });

  it("finds nothing in nothing", () => {
    for (const text of ["", "0", "0x30", "hello", "-----BEGIN ", "-----BEGIN CERTIFICATE-----"]) {
      expect(read(text).certificates).toEqual([]);
    }
  });

  it("formats what it reads", () => {
    expect(formatPem(first.der)).toBe(first.pem);
  });
});
