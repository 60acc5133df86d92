import { describe, expect, test } from "vitest";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import { indexTarget, parseTarget } from "./subject.ts";

const corp: IndexLocation = {
  name: "corp",
  url: "https://pypi.corp.example/simple",
  kind: "simple",
  isDefault: false,
  isExplicit: false,
  origin: "pip.conf:3",
};

describe("parseTarget()", () => {
  test.each([
    ["https://[::1]:8443/x", "address", "https://[::1]:8443/x"],
    ["::1", "host", "https://[::1]/"],
    ["[::1]:8443", "host", "https://[::1]:8443/"],
    ["pypi.org", "host", "https://pypi.org/"],
    ["pypi.org:8443", "host", "https://pypi.org:8443/"],
    ["https://pypi.org/simple", "index", "https://pypi.org/simple/"],
    ["https://ada:secret@pypi.org/simple/", "index", "https://pypi.org/simple/"],
    ["http://pypi.org/files", "address", "http://pypi.org/files"],
    ["https://pypi.corp.example/simple/", "index", "https://pypi.corp.example/simple/"],
    ["corp", "index", "https://pypi.corp.example/simple/"],
  ])("%s is %s %s", (text, kind, url) => {
    expect(parseTarget(text, [corp])).toMatchObject({ kind, url });
  });

  test("shows no password of what is not a host", () => {
    expect(() => parseTarget("ada:hunter2@pypi.org", [corp])).toThrow("Cannot examine `****@pypi.org`");
  });

  test("knows a configured index by its name and its URL", () => {
    expect(parseTarget("corp", [corp])).toMatchObject({ name: "corp", origin: "pip.conf:3" });
    expect(parseTarget("https://pypi.corp.example/simple", [corp])).toMatchObject({ name: "corp" });
  });

  test.each(["ftp://host/", "host/path", "a b", "", "host:99999", "user@host", "file:///simple"])(
    "%j is none",
    (text) => {
      expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: "net/invalid-url" }));
    },
  );
});

describe("indexTarget()", () => {
  test("leaves folders on this machine out", () => {
    expect(indexTarget({ ...corp, url: "file:///srv/simple" })).toBeUndefined();
  });
});
