import { describe, expect, test } from "vitest";

import { isPinionError } from "../errors.ts";
import { formatDirectUrl } from "../pep/direct-url.ts";
import { directUrlOf, parseDirectWheel } from "./direct.ts";

const DIRECTORY = "/home/ada";
const WHEEL = "flask-3.0.0-py3-none-any.whl";

describe("parseDirectWheel refuses", () => {
  test.each([
    ["git+https://github.example/a/b.git@main", "build/unsupported"],
    ["git+ssh://git@github.example/a/b.git#egg=b", "build/unsupported"],
    ["hg+https://hg.example/b", "build/unsupported"],
    ["https://files.example/flask-3.0.0.tar.gz#sha256=ab", "build/unsupported"],
    ["https://files.example/flask-3.0.0.zip", "build/unsupported"],
    ["https://files.example/", "build/unsupported"],
    ["./flask", "build/unsupported"],
    [".", "build/unsupported"],
    ["file://server/share/flask-3.0.0-py3-none-any.whl", "build/unsupported"],
    ["ftp://files.example/flask-3.0.0-py3-none-any.whl", "net/invalid-url"],
    ["https://files.example/flask.whl", "wheel/invalid-filename"],
    ["https://files.example/x%2Fflask-3.0.0-py3-none-any.whl", "build/unsupported"],
  ])("%s", (target, code) => {
    expect(codeOf(target)).toBe(code);
  });

  test("without showing a password", () => {
    const error = failure("https://ada:secret@files.example/flask-3.0.0.tar.gz#sha256=ab");
    expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
  });
});

describe("parseDirectWheel", () => {
  test("takes digests from the fragment and leaves egg aside", () => {
    const direct = parseDirectWheel(
      `https://files.example/a/${WHEEL}?x=1#egg=flask&sha256=AB&subdirectory=b`,
      { directory: DIRECTORY },
    );
    expect(direct).toMatchObject({
      url: `https://files.example/a/${WHEEL}?x=1`,
      path: undefined,
      hashes: { sha256: "ab" },
      subdirectory: "b",
      filename: { name: "flask" },
    });
  });

  test("keeps credentials for the request alone", () => {
    const direct = parseDirectWheel(`https://ada:secret@files.example/${WHEEL}`, { directory: DIRECTORY });
    expect(direct.url).toBe(`https://files.example/${WHEEL}`);
    expect(direct.requestUrl).toBe(`https://ada:secret@files.example/${WHEEL}`);
    expect(JSON.stringify(formatDirectUrl(directUrlOf(direct, "ab")))).not.toContain("secret");
  });

  test.each([
    [`./dist/${WHEEL}`, `/home/ada/dist/${WHEEL}`],
    [`/srv/${WHEEL}`, `/srv/${WHEEL}`],
    [`file:///srv/with%20blank/${WHEEL}`, `/srv/with blank/${WHEEL}`],
    [`file:./dist/${WHEEL}#sha256=ab`, `/home/ada/dist/${WHEEL}`],
    [`dist with blank/${WHEEL}`, `/home/ada/dist with blank/${WHEEL}`],
  ])("reads the path %s", (target, path) => {
    expect(parseDirectWheel(target, { directory: DIRECTORY }).path).toBe(path);
  });
});

describe("directUrlOf", () => {
  test("records the archive with the digest of its bytes (PEP 610)", () => {
    const direct = parseDirectWheel(`/srv/${WHEEL}`, { directory: DIRECTORY });
    expect(directUrlOf(direct, "ab")).toEqual({
      kind: "archive",
      url: `file:///srv/${WHEEL}`,
      hashes: { sha256: "ab" },
    });
  });
});

function failure(target: string): Error & { readonly code: string; readonly details: unknown } {
  try {
    parseDirectWheel(target, { directory: DIRECTORY });
  } catch (error) {
    if (isPinionError(error)) return error;
  }
  throw new Error(`No explained failure for ${target}`);
}

function codeOf(target: string): string {
  return failure(target).code;
}
