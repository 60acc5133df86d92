import { expect, test } from "vitest";
import { outcome } from "../../test/support/outcome.ts";
import { parseLenientRequirement, parseLenientSpecifierSet } from "./lenient.ts";
import { formatRequirement } from "./requirements/requirement.ts";

test.each([
  ["elasticsearch-dsl (>=7.2.0<8.0.0)", "elasticsearch-dsl<8.0.0,>=7.2.0"],
  ["jupyter-core (!=~5.0,>=4.12)", "jupyter-core!=5.0.*,>=4.12"],
  ["torch (>=1.9.*)", "torch>=1.9"],
  ["torch (>= 1.9.*)", "torch>=1.9"],
  ["apache-airflow[x]!=3.0*", "apache-airflow[x]!=3.0.*"],
  ["opencv (>=4.5.0a1.0)", "opencv>=4.5.0a1"],
  ["botocore>=1.3.0,<=1.99.0,", "botocore<=1.99.0,>=1.3.0"],
  ["botocore (>='1.3') ; os_name == 'nt'", 'botocore>=1.3; os_name == "nt"'],
  ["fine>=1", "fine>=1"],
])("parseLenientRequirement() repairs %s", (text, repaired) => {
  expect(formatRequirement(parseLenientRequirement(text))).toBe(repaired);
});

test.each([
  [">=2.7,!=3.0*,!=3.1*,<4", "!=3.0.*,!=3.1.*,<4,>=2.7"],
  [">= '2.7'", ">=2.7"],
  [">=3.6,", ">=3.6"],
  [">=3.6.*", ">=3.6"],
  [">dev", ">0.0.0.dev0"],
  [">=2.7<3.0", "<3.0,>=2.7"],
])("parseLenientSpecifierSet() repairs %s", (text, repaired) => {
  expect(parseLenientSpecifierSet(text).text).toBe(repaired);
});

test("parseLenient…() fail where no repair helps, with the error of the text as written", () => {
  expect(outcome(() => parseLenientRequirement("a b c"))).toEqual({ code: "requirement/invalid" });
  expect(outcome(() => parseLenientSpecifierSet("nonsense"))).toEqual({
    code: "requirement/invalid-specifier",
  });
  expect(outcome(() => parseLenientSpecifierSet(`${">=1.*,".repeat(5000)}x`))).toEqual({
    code: "requirement/invalid-specifier",
  });
});
