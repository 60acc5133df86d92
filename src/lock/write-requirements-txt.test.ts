import { expect, test } from "vitest";
import type { ChosenPackage, Lock } from "./lock.ts";
import { formatRequirementsTxt, type RequirementsTxtStyle } from "./write-requirements-txt.ts";

const FILE = { kind: "file", path: "requirements.in" } as const;

function chosen(name: string, fields: Partial<ChosenPackage> = {}): ChosenPackage {
  return {
    name,
    version: "1.0",
    extras: [],
    hashes: ["sha256:ab", "sha256:cd"],
    source: { kind: "index", wheels: [] },
    dependents: [],
    declarations: [],
    ...fields,
  };
}

function format(packages: readonly ChosenPackage[], style: RequirementsTxtStyle = {}): string {
  const lock: Lock = { requiresPython: ">=3.11", packages };
  return formatRequirementsTxt(lock, style);
}

// The expected output was written by uv 0.13.9.
const PACKAGES = [
  chosen("attrs", {
    dependents: ["jsonschema", "referencing"],
    declarations: [
      {
        role: "requirement",
        declaredIn: { kind: "group", path: "pyproject.toml", project: "a", group: "dev" },
      },
      { role: "requirement", declaredIn: FILE },
      { role: "override", declaredIn: { kind: "file", path: "o.txt" } },
      { role: "constraint", declaredIn: { kind: "file", path: "c.txt" } },
      { role: "requirement", declaredIn: { kind: "project", path: "pyproject.toml", project: "a" } },
    ],
  }),
  chosen("flask", {
    extras: ["async", "dotenv"],
    marker: "sys_platform != 'win32'",
    index: "https://pypi.org/simple",
    declarations: [{ role: "requirement", declaredIn: FILE }],
  }),
  chosen("idna", { dependents: ["requests"] }),
  chosen("six"),
];

test("split annotations name constraints, overrides and requirements before what depends on a package", () => {
  expect(format(PACKAGES)).toBe(`attrs==1.0
    # via
    #   -c c.txt
    #   --override o.txt
    #   -r requirements.in
    #   a (pyproject.toml)
    #   a (pyproject.toml:dev)
    #   jsonschema
    #   referencing
flask==1.0
    # via -r requirements.in
idna==1.0
    # via requests
six==1.0
`);
});

test("line annotations begin in one column, and below the hashes where there are any", () => {
  const packages = [
    ...PACKAGES.slice(1),
    chosen("a-name-that-is-longer-than-the-column", { dependents: ["x"] }),
  ];
  expect(format(packages, { annotations: "line" })).toBe(`a-name-that-is-longer-than-the-column==1.0  # via x
flask==1.0                # via -r requirements.in
idna==1.0                 # via requests
six==1.0
`);
  expect(format([chosen("idna", { dependents: ["requests"] })], { annotations: "line", showsHashes: true }))
    .toBe(`idna==1.0 \\
    --hash=sha256:ab \\
    --hash=sha256:cd
    # via requests
`);
});

test("extras, markers and indexes are shown on request", () => {
  expect(
    format(PACKAGES.slice(1, 2), {
      showsExtras: true,
      showsMarkers: true,
      showsIndexes: true,
      annotations: "none",
    }),
  ).toBe("flask[async, dotenv]==1.0 ; sys_platform != 'win32'\n    # from https://pypi.org/simple\n");
});

// Promise: each line of what is written is one pin
// Attack: a project's settings name an index whose URL goes on in other lines, and have it written into comments
test("the URL of an index is one line", () => {
  const index = "https://pypi.org/simple?\n--no-index\u0085--pre\u001c--pre\u2028--pre";
  const written = format([chosen("idna", { index })], { showsIndexes: true, annotations: "none" });
  expect(written).toBe("idna==1.0\n    # from https://pypi.org/simple? --no-index --pre --pre --pre\n");
});

test("options stand between the header and the pins, omissions at the end", () => {
  expect(
    format(PACKAGES.slice(2), {
      header: ["# made by a test"],
      options: ["--index-url https://pypi.org/simple"],
      omits: ["six", "never-chosen"],
    }),
  ).toBe(`# made by a test
--index-url https://pypi.org/simple

idna==1.0
    # via requests

# The following packages were excluded from the output:
# six
`);
  expect(format(PACKAGES.slice(2), { omits: ["six"], annotations: "none" })).toBe("idna==1.0\n");
});

test("what a URL or a path named is written as it was given, editable folders first", () => {
  const written = (text: string, isEditable = false): Partial<ChosenPackage> => ({
    written: { text, isEditable },
  });
  expect(
    format(
      [
        chosen("a", written("https://files.example/a-1.0-py3-none-any.whl")),
        chosen("b", {
          ...written("./b-1.0-py3-none-any.whl"),
          source: { kind: "archive", path: "b-1.0-py3-none-any.whl", hashes: {} },
          marker: "os_name == 'nt'",
        }),
        chosen("c", written("../c", true)),
      ],
      { showsMarkers: true },
    ),
  ).toBe(`-e ../c
a @ https://files.example/a-1.0-py3-none-any.whl
./b-1.0-py3-none-any.whl ; os_name == 'nt'
`);
});

// The pins were written by uv 0.13.9.
test("an extra that fewer environments need than the package has a pin of its own", () => {
  const markers = { x: "sys_platform == 'win32'", y: "sys_platform == 'win32'" };
  const style = { showsExtras: true, showsMarkers: true };
  expect(format([chosen("a", { extras: ["x", "y", "z"], extraMarkers: markers })], style)).toBe(
    "a[x, y]==1.0 ; sys_platform == 'win32'\na[z]==1.0\n",
  );
  expect(format([chosen("a", { extras: ["x"], extraMarkers: { x: markers.x } })], style)).toBe(
    "a==1.0\na[x]==1.0 ; sys_platform == 'win32'\n",
  );
});

test("an extra with a pin of its own names those that need it, the package itself all", () => {
  const markers = { x: "sys_platform == 'win32'" };
  const some = {
    extras: ["x"],
    extraMarkers: markers,
    extraDependents: { x: ["c"] },
    dependents: ["b", "c"],
  };
  expect(format([chosen("a", some)], { showsExtras: true, showsMarkers: true })).toBe(`a==1.0
    # via
    #   b
    #   c
a[x]==1.0 ; sys_platform == 'win32'
    # via c
`);
});

test("what a settings file holds is named after the files of its role, whatever they are called", () => {
  const settings = { kind: "file", path: "(workspace)", isOfSettings: true } as const;
  const declarations = (["constraint", "override"] as const).flatMap((role) => [
    { role, declaredIn: settings },
    { role, declaredIn: { kind: "file", path: "o.txt" } as const },
  ]);
  expect(format([chosen("attrs", { declarations })])).toBe(`attrs==1.0
    # via
    #   -c o.txt
    #   -c (workspace)
    #   --override o.txt
    #   --override (workspace)
`);
});

test("a file that was named and included is listed twice, as uv lists it, one that was included twice once", () => {
  const given = { kind: "file", path: "requirements.in" } as const;
  const included = { ...given, isAbsolute: true } as const;
  const declarations = [included, given, included].map((declaredIn) => ({
    role: "requirement" as const,
    declaredIn,
  }));
  expect(format([chosen("attrs", { declarations })])).toBe(`attrs==1.0
    # via
    #   -r requirements.in
    #   -r requirements.in
`);
});
