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
