// Failures of uv's own tests, rebuilt, with the sentences that uv 0.12.5 prints for them.

import { describe, expect, test } from "vitest";

import { processorMs } from "../../../test/support/processor-time.ts";
import { refusal } from "../../../test/support/scenario.ts";
import type { Index, Question } from "../../../test/support/scenario.ts";
import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { rangeOf } from "../../pep/versions/version-range.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import { explainFailure } from "./explain.ts";
import type { Incompatibility } from "../search/incompatibility.ts";
import { PackageTable, projectPackage } from "../package.ts";
import { positive } from "../search/term.ts";
import type { Unusable } from "../provider.ts";

interface Case {
  readonly name: string;
  readonly index: Index;
  readonly requires: readonly string[];
  readonly question?: Question;
  readonly lines: readonly string[];
}

const abcs: Index = {
  "a 1.0.0": ["b==1.0.0"],
  "a 2.0.0": ["b==2.0.0"],
  "a 3.0.0": ["b==3.0.0"],
  "b 1.0.0": [],
  "b 2.0.0": [],
  "b 3.0.0": [],
};
const prereleases: Index = {
  "a 1.0.0": ["c==2.0.0b1"],
  "b 1.0.0": ["c>=1.0.0,<=3.0.0"],
  "c 1.0.0": [],
  "c 2.0.0b1": [],
};

const noAbi: Unusable = {
  kind: "no-matching-tag",
  dimension: "abi",
  example: "cp310",
  available: ["cp38", "cp36m", "none"],
};
const noPlatform: Unusable = {
  kind: "no-matching-tag",
  dimension: "platform",
  example: "manylinux_2_17_x86_64",
  available: ["win_amd64"],
};

const nextIndex = { found: "https://first.test/", next: "https://pypi.org/simple" };

const cases: readonly Case[] = [
  {
    name: "a chain with references to earlier lines",
    index: {
      "a 1.0.0": [],
      "a 2.0.0": { requiresPython: ">=3.10" },
      "a 3.0.0": { requiresPython: ">=3.11" },
      "a 4.0.0": { requiresPython: ">=3.12" },
    },
    requires: ["a>=2.0.0"],
    question: { python: "3.9.20" },
    lines: [
      "Because the current Python version (3.9.20) does not satisfy Python>=3.10 and a==2.0.0 depends on Python>=3.10, we can conclude that a==2.0.0 cannot be used.",
      "And because only the following versions of a are available:",
      "    a<=2.0.0",
      "    a>=3.0.0",
      "we can conclude that a>=2.0.0,<3.0.0 cannot be used. (1)",
      "",
      "Because the current Python version (3.9.20) does not satisfy Python>=3.11 and a==3.0.0 depends on Python>=3.11, we can conclude that a==3.0.0 cannot be used.",
      "And because we know from (1) that a>=2.0.0,<3.0.0 cannot be used, we can conclude that a>=2.0.0,<=3.0.0 cannot be used.",
      "And because only the following versions of a are available:",
      "    a<=3.0.0",
      "    a>=4.0.0",
      "we can conclude that a>=2.0.0,<4.0.0 cannot be used. (2)",
      "",
      "Because the current Python version (3.9.20) does not satisfy Python>=3.12 and a==4.0.0 depends on Python>=3.12, we can conclude that a==4.0.0 cannot be used.",
      "And because only a<=4.0.0 is available, we can conclude that a>=4.0.0 cannot be used.",
      "And because we know from (2) that a>=2.0.0,<4.0.0 cannot be used, we can conclude that a>=2.0.0 cannot be used.",
      "And because you require a>=2.0.0, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "lists on both sides",
    index: abcs,
    requires: ["a!=2.0.0", "b>=2.0.0,<3.0.0"],
    lines: [
      "Because a<=1.0.0 depends on b==1.0.0 and a>=3.0.0 depends on b==3.0.0, we can conclude that all of:",
      "    a<=1.0.0",
      "    a>=3.0.0",
      "depend on one of:",
      "    b==1.0.0",
      "    b==3.0.0",
      "",
      "And because you require one of:",
      "    a<2.0.0",
      "    a>2.0.0",
      "and b>=2.0.0,<3.0.0, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "a list before the conclusion",
    index: { "a 1.0.0": [] },
    requires: ["a!=1.0.0"],
    lines: [
      "Because only a==1.0.0 is available and you require one of:",
      "    a<1.0.0",
      "    a>1.0.0",
      "we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "two needs of one version",
    index: { "a 1.0.0": ["b==2.0.0", "b==1.0.0"], "b 1.0.0": [], "b 2.0.0": [] },
    requires: ["a==1.0.0"],
    lines: [
      "Because all versions of a depend on b==2.0.0 and b==1.0.0, we can conclude that all versions of a cannot be used.",
      "And because you require a==1.0.0, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "two projects that cannot stand each other",
    index: { "a 1.0.0": ["c==1.0.0"], "b 1.0.0": ["c==2.0.0"], "c 1.0.0": [], "c 2.0.0": [] },
    requires: ["a", "b"],
    lines: [
      "Because all versions of b depend on c==2.0.0 and all versions of a depend on c==1.0.0, we can conclude that all versions of a and all versions of b are incompatible.",
      "And because you require a and b, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "the requirements and a project",
    index: {
      "flask 3.0.1": ["click>=8.1.3"],
      "flask 3.0.2": ["click>=8.1.3"],
      "click 7.0.0": [],
      "click 8.1.7": [],
    },
    requires: ["click==7.0.0", "flask==3.0.2"],
    lines: [
      "Because flask>=3.0.2 depends on click>=8.1.3 and you require click==7.0.0, we can conclude that your requirements and flask>=3.0.2 are incompatible.",
      "And because you require flask==3.0.2, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "a marker and the requirements, without what is said of the Python",
    index: { "a 1.0": ["c<2"], "b 1.0": ["c>=2"], "c 1.0": [], "c 2.0": [] },
    requires: ["a; sys_platform != 'win32'", "b; python_version >= '3.8'"],
    lines: [
      "Because all versions of b depend on c>=2 and all versions of a depend on c<2, we can conclude that all versions of a and all versions of b are incompatible.",
      "And because you require a{sys_platform != 'win32'} and b, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "an extra and the requirements",
    index: {
      "a 1.0.0": { requires: ["b==1.0.0; extra == 'x'"], extras: ["x"] },
      "b 1.0.0": [],
      "b 2.0.0": [],
    },
    requires: ["a[x]", "b==2.0.0"],
    lines: [
      "Because all versions of a[x] depend on b==1.0.0 and you require a[x], we can conclude that you require b==1.0.0.",
      "And because you require b==2.0.0, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "one requirement that contradicts itself",
    index: {},
    requires: ["pypyp==1,>=1.2"],
    lines: ["you require pypyp==1 and pypyp>=1.2, which are incompatible"],
  },
  {
    name: "a version that was yanked for a reason",
    index: {
      "attrs 20.3.0": [],
      "attrs 21.1.0": { yanked: "Installable but not importable on Python 3.4." },
      "attrs 21.2.0": [],
    },
    requires: ["attrs>20.3.0,<21.2.0"],
    lines: [
      "Because attrs==21.1.0 was yanked (reason: Installable but not importable on Python 3.4) and only the following versions of attrs are available:",
      "    attrs<=20.3.0",
      "    attrs==21.1.0",
      "    attrs>=21.2.0",
      "we can conclude that attrs>20.3.0,<21.2.0 cannot be used.",
      "And because you require attrs>20.3.0,<21.2.0, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "every version needs a newer Python",
    index: { "r 0.1": { requiresPython: ">=3.11,<4.0" }, "r 0.2": { requiresPython: ">=3.11,<4.0" } },
    requires: ["r"],
    question: { python: "3.10.4", isPythonRequested: true },
    lines: [
      "Because the requested Python version (>=3.10.4) does not satisfy Python>=3.11,<4.0 and all versions of r depend on Python>=3.11,<4.0, we can conclude that all versions of r cannot be used.",
      "And because you require r, we can conclude that your requirements are unsatisfiable.",
      "hint: The `--python-version` value (>=3.10.4) includes Python versions that are not supported by your dependencies (e.g., all versions of r only support >=3.11,<4.0). Consider using a higher `--python-version` value.",
    ],
  },
  {
    name: "wheels for another Python, then for another platform",
    index: {
      "open3d 0.15.1": { unusable: noAbi },
      "open3d 0.15.2": { unusable: noAbi },
      "open3d 0.16.0": { unusable: noPlatform },
      "open3d 0.18.0": { unusable: noPlatform },
    },
    requires: ["open3d"],
    lines: [
      "Because open3d<=0.15.2 has no wheels with a matching Python ABI tag (e.g., `cp310`) and only the following versions of open3d are available:",
      "    open3d<=0.15.2",
      "    open3d>=0.16.0",
      "we can conclude that open3d<0.16.0 cannot be used.",
      "And because open3d>=0.16.0 has no wheels with a matching platform tag (e.g., `manylinux_2_17_x86_64`) and you require open3d, we can conclude that your requirements are unsatisfiable.",
      "hint: You require CPython 3.10 (`cp310`), but we only found wheels for `open3d` (v0.15.2) with the following Python ABI tags: `cp36m`, `cp38`",
      "hint: Wheels are available for `open3d` (v0.18.0) on the following platform: `win_amd64`",
    ],
  },
  {
    name: "files that are too new",
    index: {
      "setuptools 40.4.2": [],
      "setuptools 40.4.3": [],
      "setuptools 69.2.0": {
        unusable: {
          kind: "excluded-newer",
          cutoff: "2018-10-09T00:00:00Z",
          published: "2024-03-13T11:20:54.103Z",
        },
      },
    },
    requires: ["setuptools>=40.8.0"],
    lines: [
      "Because only setuptools<=40.4.3 is available and you require setuptools>=40.8.0, we can conclude that your requirements are unsatisfiable.",
      "hint: `setuptools` was filtered by `exclude-newer` to only include packages uploaded before 2018-10-09T00:00:00Z. The latest version satisfying the requirement is v69.2.0, published at 2024-03-13T11:20:54.103Z. Consider using `exclude-newer-package` to override the cutoff for this package.",
    ],
  },
  ...(["package", "index"] as const).map((cutoffFor) => ({
    name: `a file that is too new for the limit of its ${cutoffFor}`,
    index: {
      "a 1.0.0": { unusable: { kind: "excluded-newer" as const, cutoff: "2018-10-09T00:00:00Z", cutoffFor } },
    },
    requires: ["a"],
    lines: [
      "Because there are no versions of a and you require a, we can conclude that your requirements are unsatisfiable.",
      cutoffFor === "package"
        ? "hint: `a` was filtered by `exclude-newer-package` to only include packages uploaded before 2018-10-09T00:00:00Z. Its index gives no upload time for v1.0.0, and files without one are left out. Consider removing the setting or updating it to a later date."
        : "hint: `a` was filtered by `exclude-newer` of its index to only include packages uploaded before 2018-10-09T00:00:00Z. Its index gives no upload time for v1.0.0, and files without one are left out. Consider using `exclude-newer-package` to override the cutoff for this package.",
    ],
  })),
  {
    name: "wheels are switched off",
    index: { "a 1.0.0": { unusable: { kind: "no-binary" } } },
    requires: ["a"],
    lines: [
      "Because a==1.0.0 has no source distribution and only a==1.0.0 is available, we can conclude that all versions of a cannot be used.",
      "And because you require a, we can conclude that your requirements are unsatisfiable.",
      "hint: A source distribution is required for `a` because using pre-built wheels is disabled for `a` (i.e., with `--no-binary-package a`)",
    ],
  },
  {
    name: "metadata that cannot be read",
    index: {
      "validation 2.0.0": { noMetadata: { kind: "invalid-metadata", message: "bad\nline" } },
      "validation 1.0.0": [],
    },
    requires: ["validation==2.0.0"],
    lines: [
      "Because validation==2.0.0 has invalid metadata and you require validation==2.0.0, we can conclude that your requirements are unsatisfiable.",
      "hint: Metadata for `validation` (v2.0.0) could not be parsed:\n  bad\n  line",
    ],
  },
  {
    name: "requirements that are too many",
    index: { "a 1.0.0": Array.from({ length: 1001 }, (_, patch) => `b!=1.${patch}`), "b 2.0.0": [] },
    requires: ["a==1.0.0"],
    lines: [
      "Because a==1.0.0 has invalid metadata and you require a==1.0.0, we can conclude that your requirements are unsatisfiable.",
      "hint: Metadata for `a` (v1.0.0) could not be parsed:\n  It has too many requirements on `b`",
    ],
  },
  {
    name: "pre-releases are asked for and off",
    index: prereleases,
    requires: ["a", "b"],
    question: { prereleases: "disallow" },
    lines: [
      "Because there is no version of c==2.0.0b1 and all versions of a depend on c==2.0.0b1, we can conclude that all versions of a cannot be used.",
      "And because you require a, we can conclude that your requirements are unsatisfiable.",
      "hint: `c` was requested with a pre-release marker (e.g., c==2.0.0b1), but pre-releases weren't enabled (try: `--prerelease=allow`)",
    ],
  },
  {
    name: "a prefix asks for no pre-release, though its range begins with one",
    index: { "d 1.2.0": [] },
    requires: ["d==2.*"],
    question: { prereleases: "explicit" },
    lines: [
      "Because only d==1.2.0 is available and you require d==2.*, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "pre-releases exist and are off",
    index: { "a 0.1.0": [], "a 1.0.0a1": [] },
    requires: ["a>0.1.0"],
    question: { prereleases: "explicit" },
    lines: [
      "Because only a<=0.1.0 is available and you require a>0.1.0, we can conclude that your requirements are unsatisfiable.",
      "hint: Pre-releases are available for `a` in the requested range (e.g., 1.0.0a1), but pre-releases weren't enabled (try: `--prerelease=allow`)",
    ],
  },
  {
    name: "without a network",
    index: { black: { kind: "not-found", place: "cache" } },
    requires: ["black==23.10.1"],
    lines: [
      "Because black was not found in the cache and you require black==23.10.1, we can conclude that your requirements are unsatisfiable.",
      "hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.",
    ],
  },
  {
    name: "without metadata and a network",
    index: {
      "iniconfig 1.0": { noMetadata: { kind: "offline" } },
      "iniconfig 2.0": { noMetadata: { kind: "offline" } },
    },
    requires: ["iniconfig"],
    lines: [
      "Because all versions of iniconfig need to be downloaded from a registry and you require iniconfig, we can conclude that your requirements are unsatisfiable.",
      "hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.",
    ],
  },
  {
    name: "without an index",
    index: { flask: { kind: "not-found", place: "locations", hints: ["Look elsewhere"] } },
    requires: ["flask"],
    lines: [
      "Because flask was not found in the provided package locations and you require flask, we can conclude that your requirements are unsatisfiable.",
      "hint: Look elsewhere",
    ],
  },
  {
    name: "an index without files",
    index: { pandas: [] },
    requires: ["pandas"],
    lines: [
      "Because there are no versions of pandas and you require pandas, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "a URL that holds another version",
    index: {
      "lib 0.0.0": { requires: ["anyio==0.0.0"], isUnlisted: true },
      "anyio 4.3.0": [],
      "anyio 4.2.0": [],
    },
    requires: ["lib @ file:///lib"],
    question: { direct: { lib: ["0.0.0", "file:///lib"] } },
    lines: [
      "Because there is no version of anyio==0.0.0 and lib==0.0.0 depends on anyio==0.0.0, we can conclude that lib==0.0.0 cannot be used.",
      "And because only lib==0.0.0 is available and you require lib, we can conclude that your requirements are unsatisfiable.",
    ],
  },
  {
    name: "a project on a later index",
    index: {
      jinja2: { kind: "found", versions: [{ version: parseVersion("3.0"), yanked: false }], nextIndex },
    },
    requires: ["jinja2==3.1.0"],
    lines: [
      "Because there is no version of jinja2==3.1.0 and you require jinja2==3.1.0, we can conclude that your requirements are unsatisfiable.",
      "hint: `jinja2` was found on https://first.test/, but not at the requested version (jinja2==3.1.0). A compatible version may be available on a subsequent index (e.g., https://pypi.org/simple). By default, only versions that are published on the first index that contains a given package are considered, to avoid dependency confusion attacks. If all indexes are equally trusted, use `--index-strategy unsafe-best-match` to consider all versions from all indexes, regardless of the order in which they were defined.",
    ],
  },
  {
    name: "an index that lists nothing is not a reason to look at the next one",
    index: { jinja2: { kind: "found", versions: [], nextIndex } },
    requires: ["jinja2==3.1.0"],
    lines: [
      "Because there is no version of jinja2==3.1.0 and you require jinja2==3.1.0, we can conclude that your requirements are unsatisfiable.",
    ],
  },
];

describe("resolve() explains in uv's words", () => {
  test.each(cases)("$name", async ({ index, requires, question, lines }) => {
    expect(await refusal(index, requires, question)).toEqual(lines);
  });
});

// What follows is then about the joined versions, which is uv's wording rather than all that follows.
test("versions that were yanked for one reason are joined, as is what is concluded about them", async () => {
  const index: Index = {
    "a 1.0.0": ["b>=2"],
    "a 1.1.0": { yanked: "broken" },
    "a 1.2.0": { yanked: "broken" },
    "a 1.3.0": ["b>=2"],
    "b 1.0.0": [],
    "b 2.0.0": [],
  };
  expect(await refusal(index, ["a>=1", "b<2"])).toEqual([
    "Because all of:",
    "    a<=1.0.0",
    "    a>=1.3.0",
    "depend on b>=2 and a>=1.1.0,<=1.2.0 was yanked (reason: broken), we can conclude that a>=1.1.0,<=1.2.0 depends on b>=2.",
    "And because you require a and b<2, we can conclude that your requirements are unsatisfiable.",
  ]);
});

test("of hints that differ only in the version of a project, the first is shown", async () => {
  const index: Index = {
    "a 1": { unusable: noAbi },
    "a 2": ["b"],
    "a 3": { unusable: { ...noAbi, available: ["cp35m"] } },
    "b 1": { unusable: noPlatform },
  };
  const hints = (await refusal(index, ["a"])).filter((line) => line.startsWith("hint: "));
  expect(hints).toEqual([
    "hint: You require CPython 3.10 (`cp310`), but we only found wheels for `a` (v3) with the following Python ABI tag: `cp35m`",
    "hint: Wheels are available for `b` (v1) on the following platform: `win_amd64`",
  ]);
});

describe("for all environments at once, a hint", () => {
  const current = targetFor({ platform: "linux", pythonVersion: "3.11.2" }).markers;
  const universal = (requiresPython: string): Question => ({
    environment: { kind: "universal", requiresPython: parseSpecifierSet(requiresPython), current },
  });
  const index: Index = { "a 1": [], "a 2": { requiresPython: ">=3.10" }, "b 1": [], "b 2": [] };

  test("says that only older Pythons than the current one have no solution", async () => {
    const lines = await refusal(index, ["a>=2"], universal(">=3.8"));
    expect(lines).toContain(
      "hint: While the active Python version is 3.11, the resolution failed for other Python versions supported by your project. Consider limiting your project's supported Python versions using `requires-python`.",
    );
    expect((await refusal(index, ["a>=2", "b>2"], universal(">=3.11"))).join()).not.toContain("active");
  });

  test("says that only environments other than the current one have no solution", async () => {
    const there = "sys_platform == 'win32'";
    const lines = await refusal(
      index,
      [`b>=2; ${there}`, `b<2; ${there}`, "b; sys_platform == 'linux'", "b<2; sys_platform == 'darwin'"],
      universal(">=3.11"),
    );
    expect(lines.filter((line) => line.startsWith("hint: "))).toEqual([
      "hint: The resolution failed for an environment that is not the current one, consider limiting the environments with `tool.uv.environments`.",
    ]);
  });

  test("lists the ABIs of wheels that are for no Python of the range", async () => {
    const unusable: Unusable = {
      kind: "no-matching-tag",
      dimension: "python-version",
      example: "cp311",
      available: ["cp310", "cp27mu", "abi3", "cp27m", "cp39", "none"],
    };
    expect(await refusal({ "a 1": { unusable } }, ["a"], universal(">=3.11"))).toContain(
      "hint: Wheels are available for `a` (v1) with the following Python ABI tags: `abi3`, `cp27m`, `cp27mu`, `cp39`, `cp310`",
    );
  });
});

test.each([
  ["==1.*", "The latest version satisfying the requirement is v1.2, published at 2024."],
  ["==1.2", "The requested version, v1.2, was published at 2024."],
])("a file that is too new for `%s` is called as the requirement calls it", async (specifier, words) => {
  const unusable: Unusable = { kind: "excluded-newer", cutoff: "2023", published: "2024" };
  const lines = await refusal({ "a 1.2": { unusable }, "a 2": [] }, [`a${specifier}`]);
  expect(lines.at(-1)).toContain(words);
});

test("platforms are listed as uv lists them", async () => {
  const available = [
    "win_amd64",
    "macosx_11_0_arm64",
    "manylinux2014_aarch64",
    "win32",
    "macosx_10_9_x86_64",
    "musllinux_1_2_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_28_aarch64",
    "manylinux_2_5_i686",
    "manylinux1_x86_64",
  ];
  const lines = await refusal({ "a 1": { unusable: { ...noPlatform, available } } }, ["a"]);
  expect(lines.at(-1)).toBe(
    "hint: Wheels are available for `a` (v1) on the following platforms: `manylinux_2_5_i686`, `manylinux_2_28_aarch64`, `manylinux_2_28_x86_64`, `manylinux1_x86_64`, `manylinux2014_aarch64`, `musllinux_1_2_x86_64`, `macosx_10_9_x86_64`, `macosx_11_0_arm64`, `win32`, `win_amd64`",
  );
});

describe("an explanation that is too long to be read", () => {
  // Promise: untrusted input cannot make a command hang
  // Attack: an index with versions that exclude each other, one by one, of which thousands of steps follow
  test("is left out, in a time that is not felt", () => {
    const packages = new PackageTable();
    const [a, b] = ["a", "b"].map((name) => packages.idOf(projectPackage(name)));
    const text = Array.from({ length: 2_000 }, (_, at) => `!=${at}`).join(",");
    const term = positive(rangeOf(parseSpecifierSet(text)));
    let last: Incompatibility = { id: 0, terms: [{ package: b!, term }], cause: { kind: "no-versions" } };
    for (let id = 1; id < 2_000; id += 2) {
      const next = {
        id,
        terms: [{ package: a!, term }],
        cause: { kind: "unavailable", reason: { kind: "package", reason: { kind: "not-found" } } },
      } as const;
      const cause = { kind: "conflict", first: last, second: next } as const;
      last = { id: id + 1, terms: [{ package: b!, term }], cause };
    }
    const root: Incompatibility = { ...last, id: 2_001, terms: [] };
    const started = processorMs();
    const { text: shown, packages: named } = explainFailure(root, packages, {
      versionsOf: () => undefined,
      listingOf: () => undefined,
      rulesOf: () => {
        throw new Error("not asked");
      },
      metadataReasonOf: () => undefined,
      python: parseVersion("3.12"),
      requestedPython: undefined,
    });
    expect(shown).toBe("The explanation has too many steps to show: the requirements are unsatisfiable.");
    expect(named).toEqual(["a", "b"]);
    expect(processorMs() - started).toBeLessThan(5_000);
  });
});
