import { describe, expect, test } from "vitest";

import { parseMetadata } from "../pep/metadata/metadata.ts";
import { targetFor } from "../pep/tags/target.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { findProblems } from "./problems.ts";

const TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });

function wantedOf(requirement: string): readonly string[] {
  const text = `Metadata-Version: 2.1\nName: tool\nVersion: 1\nRequires-Dist: ${requirement}\n`;
  const tool = {
    name: "tool",
    version: parseVersion("1"),
    directory: "/site/tool-1.dist-info",
    wheelTags: undefined,
    metadata: () => parseMetadata(text),
  };
  return findProblems([tool], TARGET).map((problem) => (problem.kind === "missing" ? problem.wanted : ""));
}

describe("a requirement that is not met", () => {
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
});
