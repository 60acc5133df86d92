// Which tags a platform stands for, as pip 26.3 lists them: what pip would download for a platform, Pinion does too.

import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { compatibleTags } from "../../src/pep/tags/tags.ts";
import { targetFor } from "../../src/pep/tags/target.ts";
import { PYTHON } from "./peers.ts";

/** The tags of pip, best first; `fat3` is what older releases, uv and Pinion write `fat32`. */
function tagsOfPip(request: {
  readonly version: string;
  readonly platforms: readonly string[];
  readonly impl?: string;
  readonly abis?: readonly string[];
}): readonly string[] {
  const { status, stdout, stderr } = spawnSync(PYTHON ?? "", ["-I", "-c", LIST, JSON.stringify(request)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`pip listed no tags: ${stderr}`);
  const tags = JSON.parse(stdout) as readonly string[];
  return [...new Set(tags.map((tag) => tag.replace(/_fat3$/, "_fat32")))];
}

/** Whether the first list can be made from the second by leaving some out. */
function isPartOf(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const tag of whole) if (tag === part[at]) at += 1;
  return at === part.length;
}

describe.skipIf(PYTHON === undefined)("the tags of a platform are pip's", () => {
  test.each([
    "linux_x86_64",
    "win_amd64",
    "win32",
    "macosx_11_0_arm64",
    "macosx_14_2_arm64",
    "macosx_10_9_x86_64",
    "ios_17_2_arm64_iphoneos",
    "ios_13_0_x86_64_iphonesimulator",
    "android_34_arm64_v8a",
    "android_21_x86_64",
    "any",
  ])("%s", (platform) => {
    const theirs = tagsOfPip({ version: "312", platforms: [platform], impl: "cp", abis: ["cp312"] });
    const base = targetFor({ platform: "linux", pythonVersion: "312" });
    expect(compatibleTags(targetFor({ platform, pythonVersion: "312", base }))).toEqual(theirs);
  });

  test.each(["manylinux2014_x86_64", "manylinux_2_28_aarch64", "musllinux_1_2_x86_64"])(
    "%s, and those of older C libraries",
    (platform) => {
      const theirs = tagsOfPip({ version: "312", platforms: [platform], impl: "cp", abis: ["cp312"] });
      const ours = compatibleTags(targetFor({ platform, pythonVersion: "312" }));
      expect(isPartOf(theirs, ours)).toBe(true);
    },
  );

  test.each([[["win_amd64", "macosx_11_0_arm64", "win32"]], [["any", "win_amd64"]], [["win_amd64", "any"]]])(
    "several platforms are a union, in their order: %j",
    ([platform, ...otherPlatforms]) => {
      const theirs = tagsOfPip({
        version: "311",
        platforms: [platform ?? "", ...otherPlatforms],
        impl: "cp",
        abis: ["cp311"],
      });
      expect(compatibleTags(targetFor({ platform, otherPlatforms, pythonVersion: "311" }))).toEqual(theirs);
    },
  );

  test.each([["cp312", "cp311"], ["none"], ["abi3"], ["cp312"]])("--abi %s %s", (...abis) => {
    const theirs = tagsOfPip({ version: "312", platforms: ["win_amd64"], impl: "cp", abis });
    expect(compatibleTags(targetFor({ platform: "win_amd64", pythonVersion: "3.12", abis }))).toEqual(theirs);
  });

  test("--implementation pp with its ABI", () => {
    const abis = ["pypy310_pp73"];
    const all = tagsOfPip({ version: "310", platforms: ["win_amd64"], impl: "pp", abis });
    // A PyPy of its own accord says `pp3-none-any`, which Pinion takes in both cases.
    const theirs = all.filter((tag) => tag !== "pp310-none-any");
    const target = targetFor({
      platform: "win_amd64",
      pythonVersion: "3.10",
      implementation: "pypy",
      abis,
    });
    expect(isPartOf(theirs, compatibleTags(target))).toBe(true);
  });

  test("--implementation py takes wheels of pure Python alone", () => {
    const theirs = tagsOfPip({ version: "312", platforms: ["win_amd64"], impl: "py", abis: ["none"] });
    const target = targetFor({ platform: "win_amd64", pythonVersion: "3.12", implementation: "py" });
    expect(compatibleTags(target)).toEqual(theirs);
  });
});

const LIST = `
import json, sys
from pip._internal.utils.compatibility_tags import get_supported
print(json.dumps([str(tag) for tag in get_supported(**json.loads(sys.argv[1]))]))
`;
