import { expect, test } from "vitest";

import { expandDependencyGroups } from "../../pep/dependency-groups.ts";
import { pythonsOfGroups, readProjectGroups } from "./project-groups.ts";

/** The requirements of the first group, where each group counts for some Pythons. */
function expand(
  groups: Readonly<Record<string, readonly unknown[]>>,
  pythons: Readonly<Record<string, string>>,
): readonly string[] {
  const names = Object.keys(groups);
  const table = Object.fromEntries(
    Object.entries(pythons).map(([name, required]) => [name, { "requires-python": required }]),
  );
  const document = { tool: { uv: { "dependency-groups": table } } };
  return expandDependencyGroups(groups, names.slice(0, 1), pythonsOfGroups(document, names));
}

// Attack: a `requires-python` of thousands of comparisons, which each requirement of the group would repeat
test("the Pythons of a group are a lower and an upper bound, however many comparisons state them", () => {
  const many = Array.from({ length: 1500 }, (_, index) => `>=3.0.${index},<3.20.${index}`).join(",");
  expect(expand({ dev: ["six", "attrs"] }, { dev: many })).toEqual([
    'six; python_full_version < "3.20.0" and python_full_version >= "3.0.1499"',
    'attrs; python_full_version < "3.20.0" and python_full_version >= "3.0.1499"',
  ]);
});

test("groups that include one another narrow the Pythons together, to one lower and one upper bound", () => {
  const groups = Array.from({ length: 90 }, (_, index) => [
    `g${index}`,
    [`six==${index}`, { "include-group": `g${index + 1}` }],
  ]);
  const pythons = groups.map(([name], index) => [name, `>=3.0.${index},<3.20.${100 - index}`]);
  const texts = expand({ ...Object.fromEntries(groups), g90: ["attrs"] }, Object.fromEntries(pythons));
  expect(texts[0]).toBe('six==0; python_full_version < "3.20.100" and python_full_version >= "3.0.0"');
  expect(texts.at(-1)).toBe('attrs; python_full_version < "3.20.11" and python_full_version >= "3.0.89"');
});

test("a marker of the requirement's own stands before the Pythons of the group", () => {
  const groups = { dev: ["six; os_name == 'nt' or extra == 'x'", "attrs; os_name == 'nt'"] };
  expect(expand(groups, { dev: ">=3.12" })).toEqual([
    'six; (os_name == "nt" or extra == "x") and python_full_version >= "3.12"',
    'attrs; os_name == "nt" and python_full_version >= "3.12"',
  ]);
});

test("looks at the names of groups as often as there are names, not once for each group that is narrowed", () => {
  const readsOf = (count: number): number => {
    let reads = 0;
    const names = Array.from({ length: count }, (_, index) => `group-${index}`);
    const watched = new Proxy(names, {
      get: (list, key) => {
        reads += 1;
        return Reflect.get(list, key) as unknown;
      },
    });
    const table = Object.fromEntries(names.map((name) => [name, { "requires-python": ">=3.12" }]));
    pythonsOfGroups({ tool: { uv: { "dependency-groups": table } } }, watched);
    return reads;
  };
  expect(readsOf(400) / readsOf(200)).toBeLessThan(2.5);
});

const OWNER = { project: "app", folder: "" };

/** Run through uv 0.13.9. */
test("the dev-dependencies of uv are part of the group `dev`, which they make where it is not there", () => {
  const uv = { "dev-dependencies": ["Six >= 1"] };
  const alone = readProjectGroups({ tool: { uv } }, OWNER);
  expect([alone.names, alone.requirementsOf("dev")]).toEqual([["dev"], ["Six>=1"]]);
  const document = {
    "dependency-groups": { dev: ["attrs"], docs: [{ "include-group": "dev" }] },
    tool: { uv: { ...uv, "dependency-groups": { dev: { "requires-python": ">=3.12" } } } },
  };
  const beside = readProjectGroups(document, OWNER);
  const narrowed = 'attrs; python_full_version >= "3.12"';
  expect(beside.requirementsOf("dev")).toEqual([narrowed, "Six>=1"]);
  expect(beside.requirementsOf("docs")).toEqual([narrowed]);
});

test.each([
  [
    { "dependency-groups": { docs: [{ "include-group": "Dev" }] } },
    /^Group `docs` includes the `dev` group \(`include = "dev"`\), but only `tool.uv.dev-dependencies` was found\./,
  ],
  [
    { uv: { "dependency-groups": { dev: {} } } },
    /^`\[tool.uv.dependency-groups\]` specifies the `dev` group, but only `tool.uv.dev-dependencies` was found\./,
  ],
  [{ uv: { "dev-dependencies": ["!!"] } }, /^Expected a project's name/],
  [{ uv: { "dev-dependencies": "six" } }, /is not a list of strings$/],
])(
  "a group that includes one which only dev-dependencies make, or an entry that is not a requirement, is refused: %j",
  (stated, message) => {
    const { uv, ...document } = { uv: {}, ...stated };
    const tool = { uv: { "dev-dependencies": ["six"], ...uv } };
    expect(() => readProjectGroups({ ...document, tool }, OWNER)).toThrowError(
      expect.objectContaining({
        message: "Project `app` has malformed dependency groups",
        cause: expect.objectContaining({ message: expect.stringMatching(message) }),
      }),
    );
  },
);

test.each([
  ["app", "", "Project `app`"],
  ["app", "lib", "Project `app @ lib`"],
  [undefined, "lib", "`lib`"],
  [undefined, "", "Project ``"],
])("a project %s in the folder %j is shown as uv shows it", (project, folder, shown) => {
  expect(() => readProjectGroups({ "dependency-groups": { a: ["!!"] } }, { project, folder })).toThrow(
    `${shown} has malformed dependency groups`,
  );
});
