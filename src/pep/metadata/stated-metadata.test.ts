import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { findStatedMetadata, readStatedMetadata } from "./stated-metadata.ts";
import { parseVersion } from "../versions/version.ts";

test("what is stated for a version comes before what is stated for all", () => {
  const stated = [{ name: "A_b" }, { name: "a.b", version: "1.0", "requires-dist": ["six"] }].map(
    readStatedMetadata,
  );
  const requires = (version: string): number | undefined =>
    findStatedMetadata(stated, "a-b", parseVersion(version))?.requiresDist.length;
  expect([requires("1"), requires("2"), findStatedMetadata(stated, "c", parseVersion("1"))]).toEqual([
    1,
    0,
    undefined,
  ]);
});

test.each([
  { name: "a", requires: [] },
  { name: "-" },
  { name: "a", version: "x" },
  { name: "a", "requires-dist": "six" },
  { name: "a", "requires-python": 3 },
  [],
])("%j is not the metadata of a package", (table) => {
  expect(outcome(() => readStatedMetadata(table))).toEqual({ code: "requirement/invalid-file" });
});
