import { describe, expect, test } from "vitest";

import { isPinionError } from "../errors.ts";
import { formatDirectUrl } from "../pep/files/direct-url.ts";
import { parseEditable, parseSource } from "./parse-source.ts";
import { directUrlOf } from "./source.ts";

const DIRECTORY = "/home/ada";
const WHEEL = "flask-3.0.0-py3-none-any.whl";
const parse = (text: string) => parseSource(text, { directory: DIRECTORY });

describe("parseSource() refuses", () => {
  test.each([
    ["hg+https://hg.example/b", "requirement/unsupported"],
    ["https://files.example/", "requirement/unsupported"],
    ["https://files.example/flask", "requirement/unsupported"],
    [`file://server/share/${WHEEL}`, "requirement/unsupported"],
    [`https://files.example/x%2F${WHEEL}`, "requirement/unsupported"],
    ["ftp://files.example/" + WHEEL, "net/invalid-url"],
    ["git+ftp://git.example/b", "net/invalid-url"],
    ["git+git@git.example:a/b.git", "net/invalid-url"],
    ["git+https://git.example/b@--upload-pack=x", "net/invalid-url"],
    ["https://files.example/flask.whl", "wheel/invalid-filename"],
    ["git+https://git.example/b#subdirectory=../c", "requirement/invalid"],
    ["./b#subdirectory=/etc", "requirement/invalid"],
    [`https://files.example/${WHEEL}#subdirectory=a%0A--no-index`, "requirement/invalid"],
  ])("%s", (target, code) => {
    expect(failure(() => parse(target)).code).toBe(code);
  });

  test.each(["https://ada:secret@files.example/flask#sha256=ab", "git+ftp://ada:secret@git.example/b"])(
    "%s without showing the password",
    (target) => {
      const error = failure(() => parse(target));
      expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
    },
  );
});

describe("parseSource() reads a wheel", () => {
  test("with hashes from the fragment, leaving `egg` aside", () => {
    const text = `https://files.example/a/${WHEEL}?x=1#egg=flask&sha256=AB&subdirectory=b`;
    expect(parse(text)).toEqual({
      source: {
        kind: "direct",
        name: "flask",
        version: "3.0.0",
        filename: WHEEL,
        url: `https://files.example/a/${WHEEL}?x=1`,
        hashes: { sha256: "ab" },
        subdirectory: "b",
      },
    });
  });

  test("and keeps credentials for the request only", () => {
    const { source, requestUrl } = parse(`https://ada:secret@files.example/${WHEEL}`);
    expect(requestUrl).toBe(`https://ada:secret@files.example/${WHEEL}`);
    expect(JSON.stringify(source)).not.toContain("secret");
    expect(formatDirectUrl(directUrlOf(source, "ab")!)).not.toContain("secret");
  });

  test.each([
    [`./dist/${WHEEL}`, `file:///home/ada/dist/${WHEEL}`],
    [`/srv/${WHEEL}`, `file:///srv/${WHEEL}`],
    [`file:///srv/with%20blank/${WHEEL}`, `file:///srv/with%20blank/${WHEEL}`],
    [`file:./dist/${WHEEL}#sha256=ab`, `file:///home/ada/dist/${WHEEL}`],
    [`dist with blank/${WHEEL}`, `file:///home/ada/dist%20with%20blank/${WHEEL}`],
  ])("at the path %s", (target, url) => {
    expect(parse(target).source).toMatchObject({ kind: "direct", url });
  });
});

describe("parseSource() reads what has to be built", () => {
  test.each([
    [
      "https://files.example/flask-3.0.0.tar.gz#sha256=ab",
      {
        kind: "sdist",
        name: "flask",
        version: "3.0.0",
        filename: "flask-3.0.0.tar.gz",
        url: "https://files.example/flask-3.0.0.tar.gz",
        hashes: { sha256: "ab" },
      },
    ],
    [
      "https://git.example/archive/main.zip",
      { kind: "sdist", filename: "main.zip", url: "https://git.example/archive/main.zip", hashes: {} },
    ],
    ["./flask", { kind: "directory", url: "file:///home/ada/flask", isEditable: false }],
    [".", { kind: "directory", url: "file:///home/ada", isEditable: false }],
    [
      "./mono#subdirectory=packages/core",
      { kind: "directory", url: "file:///home/ada/mono", isEditable: false, subdirectory: "packages/core" },
    ],
    [
      "git+https://git.example/a/b.git@feature/x#egg=b&subdirectory=core",
      { kind: "git", url: "https://git.example/a/b.git", reference: "feature/x", subdirectory: "core" },
    ],
    [
      "git+ssh://git@git.example/a/b.git@v1.0",
      { kind: "git", url: "ssh://git@git.example/a/b.git", reference: "v1.0" },
    ],
    ["git+file:///srv/b", { kind: "git", url: "file:///srv/b" }],
  ])("%s", (target, source) => {
    expect(parse(target)).toEqual({ source });
  });

  test("and keeps the credentials of a repository for the request only", () => {
    expect(parse("git+https://token@git.example/b.git@main")).toEqual({
      source: { kind: "git", url: "https://git.example/b.git", reference: "main" },
      requestUrl: "https://token@git.example/b.git",
    });
  });
});

describe("parseEditable()", () => {
  test("reads a folder", () => {
    expect(parseEditable("./flask", { directory: DIRECTORY }).source).toEqual({
      kind: "directory",
      url: "file:///home/ada/flask",
      isEditable: true,
    });
  });

  test.each([`./${WHEEL}`, "git+https://git.example/b", "https://files.example/flask-1.0.tar.gz"])(
    "refuses %s",
    (target) => {
      expect(failure(() => parseEditable(target, { directory: DIRECTORY })).code).toBe(
        "requirement/unsupported",
      );
    },
  );
});

describe("directUrlOf()", () => {
  test("records an archive with the hash of its bytes (PEP 610)", () => {
    expect(directUrlOf(parse(`/srv/${WHEEL}`).source, "ab")).toEqual({
      kind: "archive",
      url: `file:///srv/${WHEEL}`,
      hashes: { sha256: "ab" },
    });
  });

  test("records a repository with its commit and what was requested", () => {
    const { source } = parse("git+https://git.example/b.git@main#subdirectory=core");
    expect(directUrlOf({ ...source, kind: "git", commit: "0123" } as never)).toEqual({
      kind: "vcs",
      url: "https://git.example/b.git",
      vcs: "git",
      commitId: "0123",
      requestedRevision: "main",
      subdirectory: "core",
    });
  });

  // Promise: what came over the network, and a project's file, name no variable in what is written for pip, uv and Pinion to read
  // Attack: a repository is required by a URL with the variable of a secret, and a token, in its query
  test("records neither a variable nor a token of a repository's URL", () => {
    const { source } = parse("git+https://git.example/b.git?at=${CI_TOKEN}&token=hunter2");
    expect(directUrlOf(source)).toMatchObject({
      url: "https://git.example/b.git?at=$%7BCI_TOKEN}&token=****",
    });
  });

  // Promise: what others state adds no option to what is written for pip, uv and Pinion to read
  // Attack: a lock file names the subdirectory of a repository with an end of a line, which `pip freeze` of pip writes as it is recorded
  test.each(["a\n--no-index", "a\r--no-index", "a\u0085--no-index", "a\u2028--no-index"])(
    "refuses the subdirectory %j, which would end its line",
    (subdirectory) => {
      const source = { kind: "git", url: "https://git.example/b.git", subdirectory } as const;
      expect(failure(() => directUrlOf(source)).code).toBe("requirement/invalid");
    },
  );
});

function failure(action: () => unknown): Error & { readonly code: string; readonly details: unknown } {
  try {
    action();
  } catch (error) {
    if (isPinionError(error)) return error;
  }
  throw new Error("no explained failure");
}
