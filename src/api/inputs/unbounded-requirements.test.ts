import { expect, test } from "vitest";
import { readInputs } from "./read-inputs.ts";
import { unboundedRequirements } from "./unbounded-requirements.ts";
import type { MarkerEnvironment } from "../../pep/markers/expression.ts";

const LINUX = { sys_platform: "linux", python_version: "3.12" } as MarkerEnvironment;

async function namesOf(
  { required, constraints = [], overrides = [] }: Readonly<Record<string, readonly string[]>>,
  environment: MarkerEnvironment | "all" = LINUX,
): Promise<readonly string[]> {
  const texts = (list: readonly string[] = []): { kind: "text"; text: string }[] =>
    list.map((text) => ({ kind: "text", text }));
  const inputs = await readInputs(
    { requirements: texts(required), constraints: texts(constraints), overrides: texts(overrides) },
    { directory: "/", env: {}, readInput: () => Promise.resolve(""), fetch: () => Promise.resolve("") },
  );
  return unboundedRequirements(inputs, environment === "all" ? undefined : environment).map(
    (text) => /`([a-z]+)`/.exec(text)?.[1] ?? text,
  );
}

test("requirements without a lower bound are named, in their order", async () => {
  expect(await namesOf({ required: ["b<2", "a", "c>=1", "d ; sys_platform == 'win32'"] })).toEqual([
    "b",
    "a",
  ]);
  expect(await namesOf({ required: ["a", "b"], constraints: ["a>1"], overrides: ["b>=2"] })).toEqual([]);
});

test("for all environments they stand by name, whatever their markers", async () => {
  expect(await namesOf({ required: ["b", "a ; sys_platform == 'win32'"] }, "all")).toEqual(["a", "b"]);
});
