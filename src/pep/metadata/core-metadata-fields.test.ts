import { expect, test } from "vitest";
import { readVectors } from "../../../test/support/vectors.ts";
import { parseMetadataFields, readHeaders } from "./core-metadata-fields.ts";

type Text = string | { readonly __bytes__: string };

interface EmailCase {
  readonly in: Text;
  readonly out: {
    readonly raw: Readonly<Record<string, unknown>>;
    readonly unparsed: Readonly<Record<string, readonly Text[]>>;
  };
}

interface RealCase {
  readonly wheel: string;
  readonly headers: string;
  readonly name: string;
  readonly version: string;
  readonly requires_python: string | null;
  readonly requires_dist: readonly string[];
  readonly provides_extra: readonly string[];
}

const { parse_email: cases } = readVectors<{ readonly parse_email: readonly EmailCase[] }>("core-metadata");
const real = readVectors<{ readonly cases: readonly RealCase[] }>("real-metadata").cases;

/** Text as it is, bytes from their Latin-1 spelling. */
function input(text: Text): string | Uint8Array {
  return typeof text === "string" ? text : Uint8Array.from(Buffer.from(text.__bytes__, "latin1"));
}

test.each(cases.map((emailCase) => [JSON.stringify(emailCase.in).slice(0, 60), emailCase] as const))(
  "parseMetadataFields() splits as packaging does: %s",
  (_name, { in: document, out }) => {
    const { raw, unparsed } = parseMetadataFields(input(document));
    expect({ ...raw }).toEqual(out.raw);
    expect({ ...unparsed }).toEqual(
      Object.fromEntries(Object.entries(out.unparsed).map(([name, values]) => [name, values.map(input)])),
    );
  },
);

test("parseMetadataFields() reads the metadata of real wheels", () => {
  const read = real.map(({ headers }) => {
    const { raw } = parseMetadataFields(headers);
    return [
      raw["name"],
      raw["version"],
      raw["requires_python"] ?? null,
      raw["requires_dist"] ?? [],
      raw["provides_extra"] ?? [],
    ];
  });
  expect(read).toEqual(
    real.map((one) => [one.name, one.version, one.requires_python, one.requires_dist, one.provides_extra]),
  );
});

test("parseMetadataFields() keeps the header where the body is not a string", () => {
  const document = Buffer.from("Description: header\n\nb\xe9dy", "latin1");
  expect(parseMetadataFields(document)).toEqual({
    raw: { description: "header" },
    unparsed: { description: [Buffer.from("b\xe9dy", "latin1")] },
  });
});

test("parseMetadataFields() decodes each header of bytes on its own", () => {
  const bytes = Buffer.concat([
    Buffer.from("Author: Zoë\nSummary: "),
    Buffer.from([0xff]),
    Buffer.from("\nName: a\n\nText"),
  ]);
  const { raw, unparsed } = parseMetadataFields(bytes);
  expect({ ...raw }).toEqual({ author: "Zoë", name: "a", description: "Text" });
  expect({ ...unparsed }).toEqual({ summary: ["ÿ"] });
});

test("parseMetadataFields() takes names of JavaScript's objects for what they are", () => {
  const { raw, unparsed } = parseMetadataFields("__proto__: a\nconstructor: b\nProject-URL: __proto__, c\n");
  expect(Object.keys(unparsed)).toEqual(["__proto__", "constructor"]);
  expect(Object.keys(raw["project_urls"] ?? {})).toEqual(["__proto__"]);
});

test.each([
  [
    "a: 1\r\nb: 2\r\n\r\nbody",
    [
      ["a", "1"],
      ["b", "2"],
    ],
    "body",
  ],
  [
    "a: 1\rb: 2\r\rbody",
    [
      ["a", "1"],
      ["b", "2"],
    ],
    "body",
  ],
  ["a: 1\n  more\n\tand more\n", [["a", "1\n  more\n\tand more"]], ""],
  [" leading: continuation\na: 1", [["a", "1"]], ""],
  ["From somebody\na: 1\n", [["a", "1"]], ""],
  [": nameless\na: 1", [["a", "1"]], ""],
  ["a: 1\nno header at all\nb: 2", [["a", "1"]], "no header at all\nb: 2"],
  ["two words: 1\n", [], "two words: 1\n"],
])("readHeaders() stops where the header ends: %j", (text, headers, body) => {
  const read = readHeaders(text);
  expect(read.headers).toEqual(headers);
  expect(text.slice(read.bodyStart)).toBe(body);
});
