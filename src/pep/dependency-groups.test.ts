import { expect, test } from "vitest";
import { outcome } from "../../test/support/outcome.ts";
import { readVectors } from "../../test/support/vectors.ts";
import { resolveDependencyGroups } from "./dependency-groups.ts";

interface GroupsCase {
  readonly in: { readonly groups: unknown; readonly name?: string; readonly names?: readonly string[] };
  readonly out?: readonly string[];
  readonly error?: string;
}

const vectors = readVectors<{
  readonly resolver: readonly GroupsCase[];
  readonly resolve: readonly GroupsCase[];
}>("dependency-groups");
const refusal = expect.objectContaining({ code: "requirement/invalid-file" });

test.each(
  [...vectors.resolver, ...vectors.resolve].map((one) => [JSON.stringify(one.in).slice(0, 80), one] as const),
)(
  "resolveDependencyGroups() judges as packaging does: %s",
  (_name, { in: { groups, name, names }, out, error }) => {
    const wanted = names ?? [name ?? ""];
    const expected = error === undefined ? out : { code: "requirement/invalid-file" };
    expect(outcome(() => resolveDependencyGroups(groups, wanted))).toEqual(expected);
  },
);

test("resolveDependencyGroups() stays bounded when groups include one another twice", () => {
  const groups = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `g${index}`,
      [{ "include-group": `g${index + 1}` }, { "include-group": `g${index + 1}` }],
    ]),
  );
  expect(() => resolveDependencyGroups({ ...groups, g60: ["attrs"] }, ["g0"])).toThrowError(refusal);
});

test("resolveDependencyGroups() stays bounded when groups without requirements include one another twice", () => {
  const groups = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `g${index}`,
      [{ "include-group": `g${index + 1}` }, { "include-group": `g${index + 1}` }],
    ]),
  );
  expect(() => resolveDependencyGroups({ ...groups, g60: [] }, ["g0"])).toThrowError(refusal);
});

test("resolveDependencyGroups() stays bounded when a long requirement is included many times", () => {
  const long = `attrs${Array.from({ length: 5000 }, (_, index) => `!=${index}`).join(",")}`;
  const include = Array.from({ length: 20_000 }, () => ({ "include-group": "long" }));
  expect(() => resolveDependencyGroups({ all: include, long: [long] }, ["all"])).toThrowError(refusal);
});

test.each([undefined, null, [], "text", 3])("resolveDependencyGroups() refuses %j as a table", (groups) => {
  expect(() => resolveDependencyGroups(groups, ["test"])).toThrowError(refusal);
});

test("resolveDependencyGroups() shows the way of a cycle", () => {
  const groups = { a: [{ "include-group": "b" }], b: [{ "include-group": "A" }] };
  expect(() => resolveDependencyGroups(groups, ["a"])).toThrowError(
    "Detected a cycle in `dependency-groups`: `a` -> `b` -> `a`",
  );
});
