import { expect, test } from "vitest";
import { reachableWheels } from "./reachable-wheels.ts";

const WINDOWS_ONLY = "sys_platform == 'win32'";

test.each([
  ["a-1-py3-none-any.whl", undefined, true],
  ["a-1-py2.py3-none-any.whl", undefined, true],
  ["a-1-py2-none-any.whl", undefined, false],
  ["a-1-py37-none-any.whl", undefined, true],
  ["a-1-cp310-cp310-win_amd64.whl", undefined, false],
  ["a-1-cp311-cp311-win_amd64.whl", undefined, true],
  ["a-1-cp313-cp313t-win_amd64.whl", undefined, true],
  ["a-1-cp37-abi3-manylinux_2_17_x86_64.whl", undefined, true],
  ["a-1-pp39-pypy39_pp73-win_amd64.whl", undefined, false],
  ["a-1-pp311-pypy311_pp73-win_amd64.whl", undefined, true],
  ["a-1-cp312-cp312-musllinux_1_2_x86_64.whl", WINDOWS_ONLY, false],
  ["a-1-cp312-cp312-macosx_11_0_universal2.whl", WINDOWS_ONLY, false],
  ["a-1-cp312-cp312-win32.whl", WINDOWS_ONLY, true],
  ["a-1-cp312-cp312-win_arm64.whl", "platform_machine == 'x86_64'", false],
  ["a-1-py3-none-any.whl", WINDOWS_ONLY, true],
  ["a-1-cp312-cp312-win_amd64.whl", "sys_platform == 'win32' and platform_machine == 'ARM64'", true],
  ["a-1-cp312-cp312-win_amd64.whl", "platform_machine == 'x86'", false],
  ["a-1-cp312-cp312-win32.whl", "platform_machine == 'ARM64'", false],
  ["a-1-cp312-cp312-manylinux_2_17_x86_64.whl", "platform_machine == 'ARM64'", false],
  ["a-1-graalpy311-graalpy242_311_native-linux_x86_64.whl", undefined, true],
  ["a-1-graalpy310-graalpy242_310_native-linux_x86_64.whl", undefined, false],
  // What uv 0.13.9 does with tags of machines that are rare or that it does not know.
  ["a-1-py3-none-linux_mips64.whl", WINDOWS_ONLY, true],
  ["a-1-py3-none-linux_riscv64.whl", WINDOWS_ONLY, false],
  ["a-1-py3-none-android_21_x86_64.whl", "platform_machine == 'aarch64'", true],
  ["a-1-py3-none-ios_13_0_arm64_iphoneos.whl", "platform_machine == 'x86_64'", false],
  ["a-1-py3-none-ios_13_0_x86_64_iphonesimulator.whl", "platform_machine == 'x86_64'", true],
])("with Python >=3.11, %s where %s is reachable: %s", (filename, marker, expected) => {
  expect(reachableWheels(11)(filename, { marker })).toBe(expected);
});
