import { describe, expect, it } from "vitest";

import { createAuthority } from "../lab/mint.ts";
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
      "a section that is no base64",
      "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
      "it is not base64",
    ],
    [
      "a section that is no DER",
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

  it("leaves out what OpenSSL's TRUSTED CERTIFICATE has behind the certificate", () => {
    const settings = Buffer.from("300c300a06082b06010505070301", "hex");
    const base64 = Buffer.concat([first.der, settings]).toString("base64");
    const { certificates } = read(
      `-----BEGIN TRUSTED CERTIFICATE-----\n${base64}\n-----END TRUSTED CERTIFICATE-----\n`,
    );
    expect(certificates.map((der) => Buffer.from(der))).toEqual([first.der]);
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
