import { describe, expect, test } from "vitest";

import { processorMs } from "../test/support/processor-time.ts";
import { hideLogins, PinionError } from "./errors.ts";

test("the message of a PinionError shows programs no login that was given where a path is meant", () => {
  const error = new PinionError("requirement/file-not-found", "File not found: ada:secret@host");
  expect(error.message).toBe("File not found: ****@host");
  expect(error.stack).not.toContain("secret");
});

describe("hideLogins()", () => {
  test.each([
    ["File not found: ada:secret@host", "File not found: ****@host"],
    ["Cannot read `/srv/ada:secret@host/x`", "Cannot read `/srv/****@host/x`"],
    ["Cannot read 'ada:se/cr@et@host:1'", "Cannot read '****@host:1'"],
    ["http:/ada:secret@host/", "http:/****@host/"],
    ["two lines\n  ada:secret@host\n  ^^^", "two lines\n  ****@host\n  ^^^"],
  ])("hides the login in %j", (message, expected) => {
    expect(hideLogins(message)).toBe(expected);
  });

  test.each([
    "`https://ada:****@host/a:b@c`",
    "git@github.com:owner/repo@v1",
    "paint @ file:///x/paint@1.whl",
    "C:\\src\\paint@1",
    "/src/paint@1:3:5",
    "r.txt:3: paint@1",
    ":5@x",
  ])("leaves %j as it is", (message) => {
    expect(hideLogins(message)).toBe(message);
  });

  test("takes time as the message is long", () => {
    const started = processorMs();
    for (const piece of ["a:", "a@", ":", "@", "a:/", "`a:b@"]) hideLogins(piece.repeat(200_000));
    expect(processorMs() - started).toBeLessThan(10_000);
  });
});
