// Platforms in the spelling of wheel tags, as pip's `--platform` takes them: `linux_x86_64`, `win_amd64`,
// `macosx_11_0_arm64`, `android_34_arm64_v8a`, `ios_17_2_arm64_iphoneos`.
// https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/

import type { Platform } from "./platform.ts";

/** The platform that a tag names; undefined where it names none that wheels are built for. */
export function platformOfTag(tag: string): Platform | undefined {
  if (tag === "any") return { kind: "any" };
  const windows = WINDOWS.get(tag);
  if (windows !== undefined) return { kind: "windows", arch: windows };
  const parts =
    /^(manylinux|musllinux|macosx|ios)_([0-9]{1,3})_([0-9]{1,3})_([a-z0-9_]{1,40})$/.exec(tag) ??
    /^(manylinux)(1|2010|2014)()_([a-z0-9_]{1,40})$/.exec(tag);
  if (parts !== null) return versioned(parts);
  const [, level, abi = ""] = /^android_([0-9]{1,3})_([a-z0-9_]{1,20})$/.exec(tag) ?? [];
  const androidArch = ANDROID_ARCHITECTURES.get(abi);
  if (androidArch !== undefined) return { kind: "android", apiLevel: Number(level), arch: androidArch };
  const arch = /^linux_([a-z0-9_]{1,40})$/.exec(tag)?.[1];
  return arch === undefined ? undefined : { kind: "linux", arch };
}

function versioned(parts: RegExpExecArray): Platform | undefined {
  const [, kind = "", first = "", second = "", arch = ""] = parts;
  const version = { major: Number(first), minor: Number(second) };
  switch (kind) {
    case "manylinux":
      return { kind, ...(OLD_MANYLINUX.get(first) ?? version), arch };
    case "musllinux":
      return { kind, ...version, arch };
    case "macosx":
      return { kind: "macos", ...version, arch };
    default: {
      const [, cpu, sdk] = /^(arm64|x86_64)_(iphoneos|iphonesimulator)$/.exec(arch) ?? [];
      if (cpu !== "arm64" && cpu !== "x86_64") return undefined;
      return { kind: "ios", ...version, arch: cpu, isSimulator: sdk === "iphonesimulator" };
    }
  }
}

const WINDOWS: ReadonlyMap<string, "amd64" | "win32" | "arm64"> = new Map([
  ["win_amd64", "amd64"],
  ["win32", "win32"],
  ["win_arm64", "arm64"],
] as const);

/** The glibc of the names that came before PEP 600. */
const OLD_MANYLINUX: ReadonlyMap<string, { readonly major: number; readonly minor: number }> = new Map([
  ["1", { major: 2, minor: 5 }],
  ["2010", { major: 2, minor: 12 }],
  ["2014", { major: 2, minor: 17 }],
]);

/** PEP 738: the ABI of a tag and the `platform_machine` of its processor. */
const ANDROID_ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["arm64_v8a", "aarch64"],
  ["x86_64", "x86_64"],
  ["armeabi_v7a", "armv7l"],
  ["x86", "i686"],
]);
