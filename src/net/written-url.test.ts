import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPinionError } from "../errors.ts";
import { chooseProxy } from "./proxies/proxy.ts";
import { hideSecrets, parseHttpUrl, redactUrl, shownValue } from "./url.ts";
import { readWrittenUrl } from "./written-url.ts";

const SECRET = "s3cr3t";

describe("readWrittenUrl()", () => {
  test.each([
    [`http://CORP\\ada:${SECRET}@proxy:8080`, "proxy:8080", "CORP%5Cada", SECRET],
    [`https://ada:${SECRET}\\@index.example/simple`, "index.example", "ada", `${SECRET}%5C`],
    [`https://ada:p@${SECRET}@index.example/simple/pkg@1`, "index.example", "ada", `p%40${SECRET}`],
    ["https://index.example/@scope/pkg@1.0.tar.gz", "index.example", "", ""],
    ["https://index.example:8443/a@b", "index.example:8443", "", ""],
  ])("reads %s as curl does", (written, host, username, password) => {
    const url = parseHttpUrl(written);
    expect([url.host, url.username, url.password]).toEqual([host, username, password]);
    expect(redactUrl(written)).not.toContain(SECRET);
  });

  test.each([
    `http:/ada:${SECRET}@index.example/simple`,
    `http://ada:${SECRET}/1@index.example/simple`,
    `http://ada:${SECRET}#1@index.example/simple`,
    `http://ada:${SECRET}?1@index.example/simple`,
    `http://ada:${SECRET}@index.example\\simple`,
    `ht\ttp://ada:${SECRET}@index.example/simple`,
    `http://ada:${SECRET} x@index.example/simple`,
  ])("refuses %j without showing the password", (written) => {
    let refusal: unknown;
    try {
      readWrittenUrl(written);
    } catch (error) {
      refusal = error;
    }
    if (!isPinionError(refusal, "net/invalid-url")) throw new Error("the URL was accepted");
    expect(JSON.stringify([refusal.message, refusal.hints, refusal.details])).not.toContain(SECRET);
    expect(JSON.stringify(refusal.hints[0])).toContain("`%5C`");
    expect(shownValue(written)).not.toContain(SECRET);
  });

  test("sends to the host that is named, and shows no password, for any authority", () => {
    const odd = fc.string({
      unit: fc.constantFrom(..."ab1:@\\%.~!$&'()*+,;=|^[]{}".split("")),
      maxLength: 6,
    });
    fc.assert(
      fc.property(odd, odd, odd, (user, before, after) => {
        const written = `http://${user}:${before}${SECRET}${after}@index.example:8080/simple`;
        expect(redactUrl(written)).not.toContain(SECRET);
        expect(hideSecrets(`before ${written} after`)).not.toContain(SECRET);
        let url: URL;
        try {
          url = parseHttpUrl(written);
        } catch (error) {
          if (!isPinionError(error, "net/invalid-url")) throw error;
          expect(error.message).not.toContain(SECRET);
          return;
        }
        expect(url.host).toBe("index.example:8080");
        expect(url.pathname).toBe("/simple");
        expect(`${url.username}:${url.password}`).toContain(SECRET);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("shownValue()", () => {
  test.each([
    [`ada:${SECRET}@proxy`, "****@proxy"],
    [`http:/ada:${SECRET}@proxy/x`, "****@proxy/x"],
    ["requirements.txt", "requirements.txt"],
    ["ada@example.org", "ada@example.org"],
    [`-----BEGIN PRIVATE KEY-----\n${SECRET}`, "[PEM text]"],
    ["x".repeat(201), "[201 characters]"],
  ])("shows %j as %j", (value, expected) => expect(shownValue(value)).toBe(expected));
});

test.each([`ada:${SECRET}`, `ada:${SECRET}@h:port`, `gopher://ada:${SECRET}@h`])(
  "a proxy that is refused, %j, is refused without its password",
  (value) => {
    const choose = (): unknown => chooseProxy(new URL("http://a/"), { all: { value, origin: "--proxy" } });
    expect(choose).toThrowError(expect.objectContaining({ code: "settings/invalid" }));
    expect(choose).not.toThrowError(SECRET);
  },
);

test("hideSecrets() hides private keys and the parameters that sign", () => {
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`;
  const certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----";
  expect(hideSecrets(`a\n${key}\nb\n${certificate}\nc`)).toBe(`a\n[private key]\nb\n${certificate}\nc`);
  expect(hideSecrets(`-----BEGIN PRIVATE KEY-----\n${SECRET}`)).toBe("[private key]");
  expect(hideSecrets(`at https://h/x.whl?a=1&sig=${SECRET}&X-Amz-Signature=${SECRET}#f now`)).toBe(
    "at https://h/x.whl?a=1&sig=****&X-Amz-Signature=****#f now",
  );
});
