import { expect, test } from "vitest";
import { platformTags } from "./platform.ts";
import { PLATFORM_NAMES, targetFor } from "./target.ts";

test.each(PLATFORM_NAMES)("targetFor() describes %s completely", (platform) => {
  const target = targetFor({ platform, pythonVersion: "3.13.1" });
  expect(platformTags(target.platform).length).toBeGreaterThan(0);
  expect(Object.values(target.markers).every((marker) => typeof marker === "string")).toBe(true);
  expect(target.markers).toMatchObject({
    python_version: "3.13",
    python_full_version: "3.13.1",
    implementation_version: "3.13.1",
  });
});

test.each([
  ["linux", "manylinux_2_28_x86_64"],
  ["x86_64-unknown-linux-gnu", "manylinux_2_28_x86_64"],
  ["manylinux_2_31_aarch64", "manylinux_2_31_aarch64"],
  ["x86_64-manylinux2014", "manylinux_2_17_x86_64"],
  ["aarch64-unknown-linux-musl", "musllinux_1_2_aarch64"],
  ["riscv64-unknown-linux", "manylinux_2_39_riscv64"],
  ["macos", "macosx_13_0_arm64"],
  ["x86_64-apple-darwin", "macosx_13_0_x86_64"],
  ["windows", "win_amd64"],
  ["i686-pc-windows-msvc", "win32"],
  ["aarch64-pc-windows-msvc", "win_arm64"],
  ["aarch64-linux-android", "android_24_arm64_v8a"],
  ["arm64-apple-ios", "ios_13_0_arm64_iphoneos"],
  ["x86_64-apple-ios-simulator", "ios_13_0_x86_64_iphonesimulator"],
  ["wasm32-pyodide2024", "pyemscripten_2024_0_wasm32"],
])("targetFor() takes %s for %s", (platform, bestTag) => {
  expect(platformTags(targetFor({ platform, pythonVersion: "3.12" }).platform)[0]).toBe(bestTag);
});

test("targetFor() respects the deployment targets of Apple's and Android's tools", () => {
  const env = { MACOSX_DEPLOYMENT_TARGET: "14.2", IPHONEOS_DEPLOYMENT_TARGET: "15", ANDROID_API_LEVEL: "30" };
  const best = (platform: string): string | undefined =>
    platformTags(targetFor({ platform, pythonVersion: "3.13", env }).platform)[0];
  expect(best("macos")).toBe("macosx_14_0_arm64");
  expect(best("arm64-apple-ios")).toBe("ios_15_0_arm64_iphoneos");
  expect(best("x86_64-linux-android")).toBe("android_30_x86_64");
});

test("targetFor() fills 3.12 up to 3.12.0 and keeps pre-releases", () => {
  const fullVersion = (pythonVersion: string): string =>
    targetFor({ platform: "linux", pythonVersion }).markers.python_full_version;
  expect(fullVersion("3.12")).toBe("3.12.0");
  expect(fullVersion("3.15rc1")).toBe("3.15.0rc1");
});

test("targetFor() takes from the Python at hand what is not named", () => {
  const base = {
    ...targetFor({ platform: "windows", pythonVersion: "3.10.11", implementation: "pypy" }),
    isFreeThreaded: false,
  };
  const target = targetFor({ pythonVersion: "3.11", base });
  expect(target.platform).toEqual({ kind: "windows", arch: "amd64" });
  expect(target.markers).toMatchObject({
    platform_python_implementation: "PyPy",
    implementation_version: base.markers.implementation_version,
    python_full_version: "3.11.0",
    sys_platform: "win32",
  });
});

test("targetFor() describes Windows as Windows describes itself", () => {
  expect(targetFor({ platform: "windows", pythonVersion: "3.12" }).markers).toMatchObject({
    os_name: "nt",
    platform_machine: "AMD64",
    platform_system: "Windows",
    sys_platform: "win32",
  });
});

test.each([
  [{ platform: "amiga", pythonVersion: "3.12" }, "Unknown platform: `amiga`"],
  [{ platform: "constructor", pythonVersion: "3.12" }, "Unknown platform: `constructor`"],
  [{ platform: "linux", pythonVersion: "3.12+local" }, "Invalid Python version: `3.12+local`"],
  [{ platform: "linux", pythonVersion: "three" }, "Invalid Python version: `three`"],
  [{ platform: "linux", pythonVersion: "3.99999" }, "Invalid Python version: `3.99999`"],
  [
    { pythonVersion: "3.12" },
    "Without a Python interpreter, a target needs both a platform and a Python version",
  ],
])("targetFor() explains what is wrong with %j", (options, message) => {
  expect(() => targetFor(options)).toThrowError(
    expect.objectContaining({ code: "usage/invalid-argument", message }),
  );
});
