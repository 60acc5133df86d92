import { expect, test } from "vitest";
import { platformTags } from "./platform.ts";
import { platformOfTag } from "./platform-tag.ts";
import { targetFor } from "./target.ts";

test.each([
  "linux_x86_64",
  "manylinux1_x86_64",
  "manylinux2010_x86_64",
  "manylinux2014_ppc64le",
  "manylinux_2_28_s390x",
  "musllinux_1_2_aarch64",
  "win32",
  "win_amd64",
  "win_arm64",
  "macosx_11_0_arm64",
  "macosx_10_15_x86_64",
  "android_34_arm64_v8a",
  "android_21_x86_64",
  "ios_17_2_arm64_iphoneos",
  "ios_13_0_x86_64_iphonesimulator",
])("%s names a platform on which its own tag works", (tag) => {
  const platform = platformOfTag(tag);
  if (platform === undefined) throw new Error("the tag names no platform");
  expect(platformTags(platform)).toContain(tag);
  expect(targetFor({ platform: tag, pythonVersion: "3.13" }).platform).toEqual(platform);
});

test.each([
  "linux",
  "win_x86",
  "macosx_11_arm64",
  "ios_17_2_mips_iphoneos",
  "android_34",
  "Linux_x86_64",
  "",
])("%j names none", (tag) => expect(platformOfTag(tag)).toBeUndefined());

test("a platform named by a tag has its markers", () => {
  const markersOf = (platform: string) => targetFor({ platform, pythonVersion: "3.13" }).markers;
  expect(markersOf("android_34_arm64_v8a")).toMatchObject({
    sys_platform: "android",
    platform_machine: "aarch64",
    os_name: "posix",
  });
  expect(markersOf("ios_17_2_arm64_iphoneos")).toMatchObject({
    sys_platform: "ios",
    platform_machine: "arm64",
  });
  expect(markersOf("win_amd64")).toMatchObject({ sys_platform: "win32", platform_machine: "AMD64" });
  expect(markersOf("manylinux_2_28_s390x")).toMatchObject({
    sys_platform: "linux",
    platform_machine: "s390x",
  });
});
