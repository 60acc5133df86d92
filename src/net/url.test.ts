import { describe, expect, test } from "vitest";

import { formatHostPort } from "../base/text/host-port.ts";
import {
  bareHost,
  bareUrl,
  endpointOf,
  excerpt,
  isSameOrigin,
  parseHttpUrl,
  redactText,
  redactUrl,
  stripControlCharacters,
} from "./url.ts";
import { processorMs } from "../../test/support/processor-time.ts";

describe("redactUrl()", () => {
  test.each([
    ["an @ inside the password", "https://user:p@ss@host/x", "https://user:****@host/x"],
    ["a token as the only user name", "https://ghp_secret@github.com/a/b", "https://****@github.com/a/b"],
    ["git's user, which is not a secret", "git+ssh://git@host/a.git", "git+ssh://git@host/a.git"],
    ["an empty password", "https://user:@host/", "https://user:****@host/"],
    ["a password without a user", "https://:secret@host/", "https://:****@host/"],
    ["an @ in the path", "https://host:8080/pkg@1.0/x", "https://host:8080/pkg@1.0/x"],
    ["a URL that cannot be parsed", "https://user:se/cr@et@host:99999/x", "https://****@host:99999/x"],
    ["a proxy without a scheme", "user:secret@proxy:3128", "****@proxy:3128"],
    ["a requirement before the URL", "pkg @ https://u:secret@host/p", "pkg @ https://u:****@host/p"],
    ["a signed address", "https://s3/x?X-Amz-Signature=abc&v=1#f", "https://s3/x?X-Amz-Signature=****&v=1#f"],
    ["a token parameter in another case", "https://h/x?Private_Token=abc", "https://h/x?Private_Token=****"],
    ["a URL in a parameter", "s3://b?endpoint=https://u:secret@h&x=1", "s3://b?endpoint=****&x=1"],
    ["an encoded URL in a parameter", "s3://b?endpoint=https%3A%2F%2Fu%3as%40h/", "s3://b?endpoint=****"],
    [
      "a URL without a login in a parameter",
      "s3://b?endpoint=https://h/@a&x=1",
      "s3://b?endpoint=https://h/@a&x=1",
    ],
    ["a line break before the secret", "https://us\ner:secret@host/", "https://us er:****@host/"],
    ["plain text", "no URL at all", "no URL at all"],
  ])("hides the secrets of %s", (_what, text, shown) => {
    expect(redactUrl(text)).toBe(shown);
  });

  test("takes an URL object", () => {
    expect(redactUrl(new URL("https://a:b@host:444/p?q#f"))).toBe("https://a:****@host:444/p?q#f");
  });
});

describe("redactText()", () => {
  test("hides the secrets of every URL in a string", () => {
    expect(redactText("from http://a:b@c/d, then <https://e:f@g/?token=h>.")).toBe(
      "from http://a:****@c/d, then <https://e:****@g/?token=****>.",
    );
  });

  test("scans a hostile text once", () => {
    const text = "https://".repeat(100_000);
    const started = processorMs();
    redactText(text);
    expect(processorMs() - started).toBeLessThan(10_000);
  });
});

describe("stripControlCharacters()", () => {
  test.each([
    ["\u001b[31mred\u001b[0m", "[31mred[0m"],
    ["a\u202ecod.exe", "acod.exe"],
    ["one\r\ntwo\tthree", "one two three"],
    ["\u0000\u0007\u009b2Jx", "2Jx"],
    ["zero\u200bwidth", "zerowidth"],
    ["grüße 漢字", "grüße 漢字"],
  ])("cleans %j", (text, clean) => {
    expect(stripControlCharacters(text)).toBe(clean);
  });
});

describe("excerpt()", () => {
  test("cuts a long text to a line", () => {
    expect(excerpt("x".repeat(1_000_000))).toHaveLength(200);
  });
});

describe("parseHttpUrl()", () => {
  test.each(["ftp://host/", "file:///etc/passwd", "not a URL", "https://", "javascript:alert(1)", ""])(
    "refuses %j",
    (text) => {
      expect(() => parseHttpUrl(text)).toThrow(expect.objectContaining({ code: "net/invalid-url" }));
    },
  );

  test("shows no secret of a URL that it refuses", () => {
    expect(() => parseHttpUrl("ftp://user:secret@host/")).toThrow(/^(?!.*secret)/);
    expect(() => parseHttpUrl("https://user:secret@ho st/")).toThrow(/^(?!.*secret)/);
  });
});

test("endpointOf() takes off brackets, the root's dot and default ports", () => {
  expect(endpointOf(new URL("https://[::1]/"))).toEqual({ host: "::1", port: 443, isTls: true });
  expect(endpointOf(new URL("http://host.example.:8080/"))).toEqual({
    host: "host.example",
    port: 8080,
    isTls: false,
  });
});

test("bareHost() keeps a single dot", () => {
  expect(bareHost(".")).toBe(".");
});

test("formatHostPort() brackets IPv6 addresses", () => {
  expect(formatHostPort("::1", 443)).toBe("[::1]:443");
});

test("bareUrl() takes off credentials and the fragment", () => {
  expect(bareUrl(new URL("https://a:b@host/p?q#f")).href).toBe("https://host/p?q");
});

test.each([
  ["https://HOST/", "https://host:443/x", true],
  ["https://host/", "https://host./", true],
  ["https://host/", "http://host/", false],
  ["https://host/", "https://host:8443/", false],
  ["https://host/", "https://sub.host/", false],
])("isSameOrigin() compares %s with %s", (a, b, expected) => {
  expect(isSameOrigin(new URL(a), new URL(b))).toBe(expected);
});
