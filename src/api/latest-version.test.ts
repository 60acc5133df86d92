import { expect, test } from "vitest";

import { targetFor } from "../pep/tags/target.ts";
import { latestVersionOf } from "./latest-version.ts";
import type { ProjectFile, ProjectVersion } from "./list-versions.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.11" });

function version(text: string, files: readonly (string | Partial<ProjectFile>)[]): ProjectVersion {
  return {
    version: text,
    isPrerelease: /[ab]/.test(text),
    yanked: false,
    isUsable: true,
    files: files.map((given) => {
      const { filename = `a-${text}-py3-none-any.whl`, ...rest } =
        typeof given === "string" ? { filename: given } : given;
      const kind = filename.endsWith(".whl") ? "wheel" : "sdist";
      return { filename, kind, url: "", hashes: {}, yanked: false, index: "", ...rest } as const;
    }),
  };
}

test.each([
  ["nothing is listed", [], undefined],
  ["no file fits", [version("2", ["a-2-cp311-cp311-win_amd64.whl"])], undefined],
  ["versions in any order", [version("9", [{}]), version("10", [{}])], { version: "10", kind: "wheel" }],
  [
    "a pre-release is passed over",
    [version("2b1", [{}]), version("1", [{}])],
    { version: "1", kind: "wheel" },
  ],
  [
    "a yanked file is passed over",
    [version("2", [{ yanked: "" }]), version("1", [{}])],
    { version: "1", kind: "wheel" },
  ],
  [
    "a file for a newer Python is passed over",
    [version("2", [{ requiresPython: ">=3.12" }]), version("1", [{ requiresPython: ">=3.8,<3.12" }])],
    { version: "1", kind: "wheel" },
  ],
  [
    "a source distribution stands for a version without a wheel that fits",
    [version("2", ["a-2-cp311-cp311-win_amd64.whl", "a-2.tar.gz"]), version("1", [{}])],
    { version: "2", kind: "sdist" },
  ],
] as const)("latestVersionOf(): %s", (_name, versions, expected) => {
  expect(latestVersionOf(versions, { target })).toEqual(expected);
});

test("latestVersionOf() takes a pre-release where that is allowed", () => {
  const versions = [version("2b1", [{}]), version("1", [{}])];
  expect(latestVersionOf(versions, { target, allowsPrereleases: true })?.version).toBe("2b1");
});
