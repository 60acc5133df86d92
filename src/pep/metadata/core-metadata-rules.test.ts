import { expect, test } from "vitest";
import { readVectors } from "../../../test/support/vectors.ts";
import { parseMetadataFields } from "./core-metadata-fields.ts";
import { checkMetadata } from "./core-metadata-rules.ts";
import { normalizeName } from "../name.ts";
import { formatRequirement, parseRequirement } from "../requirements/requirement.ts";
import { parseSpecifierSet } from "../versions/specifier.ts";

interface FromEmailCase {
  readonly in: { readonly data: string; readonly kw: { readonly validate?: boolean } };
  readonly out?: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

const { from_email: cases } = readVectors<{ readonly from_email: readonly FromEmailCase[] }>("core-metadata");

/** The vectors' view of a document: a few fields, understood, `!` before what cannot be. */
function view(document: string): Readonly<Record<string, unknown>> {
  const { raw } = parseMetadataFields(document);
  const wrong = new Map(checkMetadata({ raw, unparsed: {} }).map(({ field }) => [field, "!"]));
  const list = (name: string): readonly string[] | undefined => {
    const value = raw[name];
    return Array.isArray(value) ? value : undefined;
  };
  const requiresPython = raw["requires_python"];
  return {
    metadata_version: wrong.get("metadata-version") ?? raw["metadata_version"] ?? null,
    name: wrong.get("name") ?? raw["name"],
    version: wrong.get("version") ?? raw["version"],
    requires_python:
      wrong.get("requires-python") ??
      (typeof requiresPython === "string" ? parseSpecifierSet(requiresPython).text : null),
    requires_dist:
      wrong.get("requires-dist") ??
      list("requires_dist")?.map((text) => formatRequirement(parseRequirement(text))) ??
      null,
    provides_extra: wrong.get("provides-extra") ?? list("provides_extra")?.map(normalizeName) ?? null,
    dynamic: wrong.get("dynamic") ?? list("dynamic")?.map((field) => field.toLowerCase()) ?? null,
    license_expression: raw["license_expression"] ?? null,
  };
}

const passing = cases.filter((one) => one.out !== undefined);
const valid = new Set(
  passing.filter(({ in: { kw } }) => kw.validate !== false).map(({ in: { data } }) => data),
);
// One document is recorded as both: packaging's own tests make its validation fail artificially once.
const failing = cases.filter((one) => one.out === undefined && !valid.has(one.in.data));

test.each(failing.map((one) => [JSON.stringify(one.in.data), one] as const))(
  "checkMetadata() finds as many problems as packaging: %s",
  (_name, { in: { data }, message = "" }) => {
    const problems = checkMetadata(parseMetadataFields(data));
    expect(`(${problems.length} sub-exception${problems.length === 1 ? "" : "s"})`).toBe(
      /\(.*\)$/.exec(message)?.[0],
    );
  },
);

test.each(passing.map((one) => [JSON.stringify(one.in.data), one] as const))(
  "checkMetadata() understands what packaging understands: %s",
  (_name, { in: { data, kw }, out = {} }) => {
    const expected = Object.entries(out).map(([name, value]) => [
      name,
      String(value).startsWith("!") ? "!" : value,
    ]);
    expect(view(data)).toEqual(Object.fromEntries(expected));
    expect(kw.validate === false ? [] : checkMetadata(parseMetadataFields(data))).toEqual([]);
  },
);

const start = "Metadata-Version: 2.6\nName: a\nVersion: 1\n";

test.each([
  ["Summary: one\n two\n", "summary"],
  ["Requires-Dist: a b\n", "requires-dist"],
  ["Requires-Python: x\n", "requires-python"],
  ["Provides-Extra: -\n", "provides-extra"],
  ["Dynamic: Name\n", "dynamic"],
  ["Dynamic: Nonsense\n", "dynamic"],
  ["License-File: ../LICENSE\n", "license-file"],
  ["License-File: /LICENSE\n", "license-file"],
  ["License-File: licenses\\LICENSE\n", "license-file"],
  ["License-File: licenses/*\n", "license-file"],
  ["Import-Name: a.class\n", "import-name"],
  ["Import-Name: a ; public\n", "import-name"],
  ["Import-Namespace: 1a\n", "import-namespace"],
  ["Description-Content-Type: text/html\n", "description-content-type"],
  ["Description-Content-Type: text/plain; charset=latin-1\n", "description-content-type"],
  ["Description-Content-Type: text/markdown; variant=Other\n", "description-content-type"],
])("checkMetadata() objects to %j", (line, field) => {
  expect(checkMetadata(parseMetadataFields(start + line)).map((problem) => problem.field)).toEqual([field]);
});

test.each([
  "Summary: one\n",
  "Dynamic: Requires-Dist\n",
  "License-File: licenses/LICENSE.txt\n",
  "Import-Name: a.b ; private\n",
  'Description-Content-Type: Text/Markdown; charset="UTF-8"; variant=CommonMark\n',
  "Description-Content-Type: text/x-rst;\n",
])("checkMetadata() has nothing against %j", (line) => {
  expect(checkMetadata(parseMetadataFields(start + line))).toEqual([]);
});

test("checkMetadata() knows which version a field came with", () => {
  const document = start.replace("2.6", "2.1");
  expect(checkMetadata(parseMetadataFields(`${document}Dynamic: Summary\n`))).toEqual([
    { field: "dynamic", message: "`dynamic` came with metadata version 2.2" },
  ]);
});
