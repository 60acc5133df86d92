import { describe, expect, test } from "vitest";

import { parseMetadata } from "../pep/metadata/metadata.ts";
import { targetFor } from "../pep/tags/target.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { findProblems, findProblemsInTurns, type CheckedDistribution } from "./problems.ts";

const TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });

function wantedOf(...requirements: readonly string[]): readonly string[] {
  return findProblems([tool(requirements)], TARGET).map((problem) =>
    problem.kind === "missing" ? problem.wanted : "",
  );
}

/** A distribution that requires these. */
function tool(requirements: readonly string[]): CheckedDistribution {
  const lines = requirements.map((requirement) => `Requires-Dist: ${requirement}\n`);
  const metadata = parseMetadata(`Metadata-Version: 2.1\nName: tool\nVersion: 1\n${lines.join("")}`);
  return {
    name: "tool",
    version: parseVersion("1"),
    directory: "/site/tool-1.dist-info",
    wheelTags: undefined,
    metadata: () => metadata,
  };
}

function problemsOf(fields: string, more: Partial<CheckedDistribution> = {}): readonly string[] {
  const subject = {
    name: "tool",
    version: parseVersion("1"),
    directory: "/site/tool-1.dist-info",
    wheelTags: undefined,
    metadata: () => parseMetadata(`Metadata-Version: 2.1\nName: tool\nVersion: 1\n${fields}\n`),
    ...more,
  };
  return findProblems([subject, ...TWO_OF_LIB], TARGET).map(({ kind, name }) => `${name} ${kind}`);
}

const TWO_OF_LIB = ["1", "2"].map((version) => ({
  name: "lib",
  version: parseVersion(version),
  directory: `/site/lib-${version}.dist-info`,
  wheelTags: undefined,
  metadata: () => parseMetadata(`Metadata-Version: 2.1\nName: lib\nVersion: ${version}\n`),
}));

test.each([
  ["an older Python", "Requires-Python: <3", []],
  ["another Python, which may be older", "Requires-Python: !=3.12.*", []],
  ["a newer Python", "Requires-Python: >=3.13", ["tool python"]],
  ["one of two versions that are installed", "Requires-Dist: lib>=2", []],
])("findProblems() judges what requires %s as a resolution does", (_, fields, problems) => {
  expect(problemsOf(fields)).toEqual([...problems, "lib duplicate"]);
});

test("findProblems() reports a WHEEL file that cannot be read, instead of tags that do not fit", () => {
  expect(problemsOf("", { hasUnreadableWheelFile: true, wheelTags: [] })).toEqual([
    "tool unreadable",
    "lib duplicate",
  ]);
});

describe("a requirement that is not met", () => {
  test("is shown with its URL, without a password", () => {
    expect(wantedOf("other[x] @ https://ada:lovelace@example.com/other.whl ; os_name == 'posix'")).toEqual([
      "other[x] @ https://ada:****@example.com/other.whl ; os_name == 'posix'",
    ]);
  });

  test("is shown with its marker simplified", () => {
    expect(wantedOf("other>=2; python_version > '3.7' or python_version > '3.8'")).toEqual([
      "other>=2 ; python_full_version >= '3.8'",
    ]);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: metadata with missing requirements whose short markers are, as sums, thousands of comparisons
  test("is shown with a long marker as it was written", () => {
    const pairs = Array.from(
      { length: 8 },
      (_, at) => `('y${at}' not in platform_version or 'x${at}' in platform_release)`,
    );
    expect(wantedOf(`other; ${pairs.join(" and ")}`)).toEqual([`other ; ${pairs.join(" and ")}`]);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: metadata of a few megabytes has very many missing requirements, each with a marker of its own
  test("is shown with its marker as it was written after more of them than any environment has", () => {
    const wanted = wantedOf(
      ...Array.from({ length: 2100 }, (_, at) => `other; platform_release != '${at}' or os_name == 'posix'`),
      "other; python_version > '3.7' or python_version > '3.8'",
    );
    expect(wanted.at(-1)).toBe("other ; python_version > '3.7' or python_version > '3.8'");
  });
});

describe("findProblemsInTurns()", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: an installed distribution has very many requirements that are not met
  test("hears a signal between the requirements of one distribution", async () => {
    const abort = new AbortController();
    const distribution = tool(["other", "another"]);
    const metadata = (): ReturnType<CheckedDistribution["metadata"]> => {
      abort.abort();
      return distribution.metadata();
    };
    await expect(
      findProblemsInTurns([{ ...distribution, metadata }], TARGET, abort.signal),
    ).rejects.toMatchObject({ code: "net/cancelled" });
  });
});
