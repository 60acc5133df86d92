import { expect, test } from "vitest";

import { parseSpecifierSet } from "../pep/versions/specifier.ts";
import { formatRange } from "../pep/versions/version-range.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { isPythonNewEnough, requiredPythons } from "./requires-python.ts";

test.each([
  ["3.13.0b1", ">=3.13", true],
  ["3.12.9", ">=3.13", false],
  ["3.9.0", ">=3.9.4", false],
  ["3.13.0", ">=3.8,<3.11", true],
  ["3.8.10", "!=3.8.*", true],
  ["3.8.10", ">=3.8,!=3.8.*", false],
  ["3.8.1", ">3.8", true],
  ["3.8.0", ">3.8", false],
  ["3.12.1", "==3.11.*", true],
  ["3.12.1", "~=3.13", false],
  ["3.12.1", "<3", true],
  ["3.12.1", "", true],
])("isPythonNewEnough() on %s for %j: %s", (python, required, expected) => {
  expect(isPythonNewEnough(parseVersion(python), parseSpecifierSet(required))).toBe(expected);
});

test.each([
  ["~=3.8", [">=3.8,<4"]],
  [">=3.7,!=3.8.*,<4.0", [">=3.7,<3.8", ">=3.9,<4.0"]],
  ["==3.11.*", [">=3.11,<3.12"]],
  [">3.8", [">3.8"]],
])("requiredPythons() writes %s as releases", (required, expected) => {
  expect(formatRange(requiredPythons(parseSpecifierSet(required)))).toEqual(expected);
});
