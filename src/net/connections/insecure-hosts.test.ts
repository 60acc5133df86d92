import { describe, expect, test } from "vitest";

import { findInsecureHost, parseInsecureHost } from "./insecure-hosts.ts";

describe("findInsecureHost()", () => {
  test.each([
    ["corp.example", "https://corp.example/", true],
    ["corp.example", "https://corp.example:8443/", true],
    ["corp.example", "https://pypi.corp.example/", false],
    ["corp.example", "https://corp.example.evil/", false],
    ["CORP.Example", "https://corp.example/", true],
    ["corp.example:443", "https://corp.example/", true],
    ["corp.example:443", "https://corp.example:8443/", false],
    ["corp.example:8443", "https://corp.example/", false],
    ["[::1]:8443", "https://[::1]:8443/", true],
    ["::1", "https://[::1]/", true],
    ["[0:0::1]", "https://[::1]/", true],
    ["https://corp.example", "https://corp.example/", true],
    ["http://corp.example", "https://corp.example/", false],
    ["*", "https://anything.example/", true],
    ["bücher.example", "https://xn--bcher-kva.example/", true],
    ["127.0.0.1", "https://127.0.0.1:9/", true],
  ])("%s for %s: %s", (text, url, expected) => {
    const rule = parseInsecureHost(text, "--allow-insecure-host");
    expect(findInsecureHost([rule], new URL(url)) !== undefined).toBe(expected);
  });
});

describe("parseInsecureHost()", () => {
  test.each([
    "",
    "a b",
    "host:port",
    "host:123456",
    "*.corp.example/",
    "user@host",
    "host/path",
    "[::1",
    "ftp://host",
    "host:99999",
  ])("refuses %j", (text) => {
    expect(() => parseInsecureHost(text, "pip.conf:3")).toThrow(
      expect.objectContaining({ code: "settings/invalid", details: { origin: "pip.conf:3" } }),
    );
  });

  test("shows no password that stands before the host", () => {
    expect(() => parseInsecureHost("ada:hunter2@host", "--allow-insecure-host")).toThrow(/`\*{4}@host`$/);
  });
});
