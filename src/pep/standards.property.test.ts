// Whatever comes from outside, the parsers of this folder answer with a value or with an error of ours.
import { assert, constantFrom, array, oneof, property, string, uint8Array, type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { isPinionError } from "../errors.ts";
import { checkMetadata } from "./metadata/core-metadata-rules.ts";
import { parseMetadataFields } from "./metadata/core-metadata-fields.ts";
import { resolveDependencyGroups } from "./dependency-groups.ts";
import { parseDirectUrl } from "./files/direct-url.ts";
import { parseEntryPoints } from "./files/entry-points.ts";
import { parseSdistFilename, parseWheelFilename } from "./files/filename.ts";
import { parseMetadata } from "./metadata/metadata.ts";
import { formatRecord, parseRecord } from "./files/record.ts";
import { parseRequirementsTxt } from "./requirements/requirements-txt.ts";
import { parseWheelFile } from "./files/wheel-file.ts";

/** Texts out of the pieces that a format is made of, which come nearer to it than plain chance. */
function textOf(...pieces: readonly string[]): Arbitrary<string> {
  return array(oneof(constantFrom(...pieces), string({ maxLength: 6 })), { maxLength: 30 }).map((parts) =>
    parts.join(""),
  );
}

function throwsOnlyOurs(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    return isPinionError(error);
  }
}

const header = textOf(
  "Name: ",
  "Version: ",
  "Requires-Dist: ",
  "Requires-Python: ",
  "Tag: ",
  "\n",
  "\r\n",
  " ",
  "a",
  "1.0",
  ">=",
  ";",
);

test.each<readonly [string, Arbitrary<string>, (text: string) => unknown]>([
  [
    "parseWheelFilename()",
    textOf("a", "-", "1", ".", "py3", "none", "any", ".whl"),
    (text) => parseWheelFilename(text),
  ],
  ["parseSdistFilename()", textOf("a", "-", "1", ".", ".tar.gz", ".zip"), (text) => parseSdistFilename(text)],
  ["parseMetadata()", header, parseMetadata],
  ["parseWheelFile()", header, parseWheelFile],
  ["parseEntryPoints()", textOf("[console_scripts]", "\n", " = ", ":", "a", "[", "]", "#"), parseEntryPoints],
  [
    "parseDirectUrl()",
    textOf("{", "}", '"url"', ":", '"file:///a"', ",", '"dir_info"', '"hashes"'),
    parseDirectUrl,
  ],
  ["parseRecord()", textOf("a", ",", '"', "\n", "\r", "sha256=x", "1"), parseRecord],
  [
    "parseRequirementsTxt()",
    textOf(
      "a",
      "==1",
      " \\\n",
      "\n",
      "-r x",
      " --hash=sha256:a",
      "-e ",
      "#",
      "'",
      '"',
      "\\",
      "${A}",
      "--",
      "=",
      " ; ",
      "@ ",
    ),
    (text) => parseRequirementsTxt(text, { file: "r.txt", env: { A: "b" }, read: () => "c" }),
  ],
])("%s throws nothing but errors of ours", (_name, texts, parse) => {
  assert(property(texts, (text) => throwsOnlyOurs(() => parse(text))));
});

test("parseMetadataFields() and checkMetadata() take anything", () => {
  assert(
    property(oneof(header, uint8Array({ maxLength: 100 })), (data) => {
      expect(Array.isArray(checkMetadata(parseMetadataFields(data)))).toBe(true);
    }),
  );
});

test("parseRecord() reads back what formatRecord() writes", () => {
  const path = string({ minLength: 1 }).filter((text) => !text.includes("\\"));
  assert(
    property(array(path, { maxLength: 5 }), (paths) => {
      const entries = paths.map((one) => ({ path: one, hash: "sha256=abc", size: 1 }));
      expect(parseRecord(formatRecord(entries))).toEqual(entries);
    }),
  );
});

test("resolveDependencyGroups() takes any groups that include one another", () => {
  const names = constantFrom("a", "b", "c", "A", "x==1", "not valid!");
  const item = oneof(
    names,
    names.map((name) => ({ "include-group": name })),
  );
  assert(
    property(array(array(item, { maxLength: 3 }), { minLength: 3, maxLength: 3 }), ([a, b, c]) =>
      throwsOnlyOurs(() => resolveDependencyGroups({ a, b, c }, ["a"])),
    ),
  );
});
