import { expect, test } from "vitest";

import { simplifyMarker, formatSimplifiedMarker } from "../markers/algebra.ts";
import { parseSpecifierSet } from "../versions/specifier.ts";
import { createUniversalTagRanking, wheelEnvironments } from "./wheel-environments.ts";

test.each<[string, string, boolean]>([
  ["py3-none-any", ">=3.9", true],
  ["py2-none-any", ">=3.9", false],
  ["py27-none-any", ">=3.9", false],
  ["py37-none-any", ">=3.9", true],
  ["cp37-none-any", ">=3.9", false],
  ["cp38-cp38-win_amd64", ">=3.9", false],
  ["cp39-cp39-win_amd64", ">=3.9", true],
  ["cp314-cp314t-win_amd64", ">=3.9", true],
  ["cp313-cp313-win_amd64", ">=3.9,<3.13", false],
  ["cp312-cp312-win_amd64", ">=3.9,<3.13", true],
  ["py313-none-any", ">=3.9,<3.13", false],
  ["cp36-abi3-linux_x86_64", ">=3.9", true],
  ["pp310-pypy310_pp73-linux_x86_64", ">=3.11", false],
  ["pp311-pypy311_pp73-linux_x86_64", ">=3.11", true],
  ["graalpy310-graalpy240_310_native-linux_x86_64", ">=3.12", false],
  ["unheard-of-any", ">=3.9", true],
  ["graalpy311-graalpy242_311_native-manylinux_2_17_x86_64", ">=3.9", true],
  ["graalpy311-graalpy242_311_native-manylinux_2_17_x86_64", ">=3.12", false],
  ["pp27-pypy_73-manylinux1_x86_64", ">=3.9", false],
])("createUniversalTagRanking() of %s for %s: %s", (tag, pythons, fits) => {
  expect(createUniversalTagRanking(parseSpecifierSet(pythons)).rank([tag]) !== undefined).toBe(fits);
});

test.each<[readonly string[], string]>([
  [["py3-none-any"], "python_full_version >= '3' and python_full_version < '4'"],
  [["unheard-of-any"], "true"],
  [
    ["cp312-cp312-win_amd64"],
    "python_full_version == '3.12.*' and platform_machine == 'AMD64' and platform_python_implementation == 'CPython' and sys_platform == 'win32'",
  ],
  [
    ["cp39-abi3-musllinux_1_2_aarch64"],
    "python_full_version >= '3.9' and platform_machine == 'aarch64' and platform_python_implementation == 'CPython' and sys_platform == 'linux'",
  ],
  [
    ["pp310-none-macosx_11_0_universal2"],
    "python_full_version == '3.10.*' and ((platform_machine == 'arm64' and platform_python_implementation == 'PyPy' and platform_release >= '20' and sys_platform == 'darwin') or (platform_machine == 'x86_64' and platform_python_implementation == 'PyPy' and platform_release >= '20' and sys_platform == 'darwin'))",
  ],
  ...(
    [
      ["10_9", 13],
      ["10_16", 20],
      ["12_0", 21],
      ["15_0", 24],
      ["26_0", 25],
    ] as const
  ).map(([macos, kernel]): [readonly string[], string] => [
    [`py3-none-macosx_${macos}_arm64`],
    `python_full_version >= '3' and python_full_version < '4' and platform_machine == 'arm64' and platform_release >= '${kernel}' and sys_platform == 'darwin'`,
  ]),
  // Of no macOS that there was.
  // uv 0.13.9 was run with each of these and a required environment.
  ...[
    ["arm64_v8a", "aarch64"],
    ["armeabi_v7a", "armv7l"],
    ["x86", "i686"],
    ["x86_64", "x86_64"],
  ].map(([abi, machine]): [string[], string] => [
    [`cp313-none-android_21_${abi}`],
    `python_full_version == '3.13.*' and platform_machine == '${machine}' and platform_python_implementation == 'CPython' and sys_platform == 'android'`,
  ]),
  [["py3-none-android_21_mips", "py3-none-ios_13_0_arm64_iphoneos"], "false"],
  [["py3-none-macosx_11_7_arm64", "py3-none-macosx_16_0_arm64"], "false"],
  [["py3-none-ios_13_0_arm64_iphoneos"], "false"],
  [[], "false"],
])("wheelEnvironments() of %s", (tags, expected) => {
  const marker = wheelEnvironments(tags);
  expect(marker === undefined ? "true" : formatSimplifiedMarker(simplifyMarker(marker))).toBe(expected);
});
