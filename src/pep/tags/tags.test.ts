import { expect, test } from "vitest";
import { readVectors } from "../../../test/support/vectors.ts";
import { parseWheelFilename } from "../files/filename.ts";
import { formatPlatform, platformTags, type Platform } from "./platform.ts";
import { compatibleTags, createTagRanking, isCompatible, type Target } from "./tags.ts";
import { targetFor } from "./target.ts";
import { parseVersion } from "../versions/version.ts";

type TagCase =
  | { readonly kind: "platforms"; readonly target: string; readonly platform_tags: readonly string[] }
  | {
      readonly kind: "full";
      readonly target: string;
      readonly python: readonly [number, number];
      readonly implementation: string;
      readonly tags: readonly string[];
    };

interface UvCase {
  readonly test: string;
  readonly index?: number;
  readonly config?: string;
  readonly tags_in_order?: readonly string[];
  readonly platform_tags_in_order?: readonly string[];
}

const vectors = readVectors<{ readonly cases: readonly TagCase[]; readonly uv: readonly UvCase[] }>("tags");

/** `linux x86_64 glibc 2.17`, `macos 10.15 x86_64`, `windows amd64`. */
function platformOf(text: string): Platform {
  const words = text.split(" ");
  const [major = 0, minor = 0] = (words.find((word) => /^\d+\.\d+$/.test(word)) ?? "").split(".").map(Number);
  const [system, second = ""] = words;
  if (system === "linux") {
    return { kind: words[2] === "musl" ? "musllinux" : "manylinux", major, minor, arch: second };
  }
  if (system === "macos") return { kind: "macos", major, minor, arch: words[2] ?? "" };
  return { kind: "windows", arch: second === "x86" ? "win32" : second === "arm64" ? "arm64" : "amd64" };
}

function targetOf(platform: Platform, version: string, implementation: string): Target {
  const [name = "", variant] = implementation.split("-");
  const { markers } = targetFor({ platform: "linux", pythonVersion: version, implementation: name });
  return {
    pythonVersion: parseVersion(version),
    implementation: name,
    isFreeThreaded: variant === "freethreaded",
    platform,
    markers,
  };
}

// What the tests of uv's `crates/uv-platform-tags/src/tags.rs` call with; the vectors hold only the answers.
const UV_PLATFORMS: Readonly<Record<string, readonly Platform[]>> = {
  test_platform_tags_manylinux: [{ kind: "manylinux", major: 2, minor: 20, arch: "x86_64" }],
  test_platform_tags_musllinux: [{ kind: "musllinux", major: 1, minor: 2, arch: "x86_64" }],
  test_platform_tags_macos: [
    { kind: "macos", major: 21, minor: 6, arch: "x86_64" },
    { kind: "macos", major: 14, minor: 0, arch: "x86_64" },
    { kind: "macos", major: 10, minor: 6, arch: "x86_64" },
  ],
  test_platform_tags_android: [
    { kind: "android", apiLevel: 14, arch: "aarch64" },
    { kind: "android", apiLevel: 20, arch: "aarch64" },
  ],
  test_platform_tags_ios: [
    { kind: "ios", major: 11, minor: 0, arch: "arm64", isSimulator: false },
    { kind: "ios", major: 12, minor: 3, arch: "arm64", isSimulator: false },
    { kind: "ios", major: 15, minor: 1, arch: "arm64", isSimulator: false },
  ],
  test_platform_tags_pyodide: [{ kind: "emscripten", major: 2025, minor: 0 }],
  test_platform_tags_pyemscripten: [{ kind: "emscripten", major: 2026, minor: 0 }],
};

function uvTarget(config: string): Target {
  const [major = 0, minor = 0] = [...config.matchAll(/(?:major|minor): (\d+)/g)].map((match) =>
    Number(match[1]),
  );
  const arch = config.includes("Aarch64") ? "arm64" : "x86_64";
  const isManylinux = config.includes("manylinux_compatible: true");
  const platform: Platform = config.includes("Os::Macos")
    ? { kind: "macos", major, minor, arch }
    : isManylinux
      ? { kind: "manylinux", major, minor, arch }
      : { kind: "linux", arch };
  const [, version = ""] = /\((\d+, \d+)\)/.exec(config) ?? [];
  const variant = config.includes("gil_disabled: true") ? "cpython-freethreaded" : "cpython";
  return {
    ...targetOf(platform, version.replace(", ", "."), variant),
    isDebug: config.includes("debug_enabled: true"),
  };
}

test.each(
  vectors.cases.map(
    (tagCase) =>
      [
        `${tagCase.target} ${tagCase.kind === "full" ? `${tagCase.implementation} ${tagCase.python.join(".")}` : ""}`,
        tagCase,
      ] as const,
  ),
)("compatibleTags() gives packaging's tags in its order: %s", (_name, tagCase) => {
  const platform = platformOf(tagCase.target);
  const tags =
    tagCase.kind === "platforms"
      ? platformTags(platform)
      : compatibleTags(targetOf(platform, tagCase.python.join("."), tagCase.implementation));
  expect(tags).toEqual(tagCase.kind === "platforms" ? tagCase.platform_tags : tagCase.tags);
});

test.each(vectors.uv.map((uvCase) => [`${uvCase.test} ${uvCase.index ?? ""}`, uvCase] as const))(
  "compatibleTags() gives uv's tags in its order: %s",
  (_name, { test: name, index = 0, config, tags_in_order, platform_tags_in_order }) => {
    const platform = UV_PLATFORMS[name]?.[index];
    const tags = platform === undefined ? compatibleTags(uvTarget(config ?? "")) : platformTags(platform);
    expect(tags).toEqual(tags_in_order ?? platform_tags_in_order);
  },
);

test("compatibleTags() lets a debug build load what was built for the ordinary one", () => {
  const target = { ...targetFor({ platform: "linux", pythonVersion: "3.12" }), isDebug: true };
  const abis = new Set(compatibleTags(target).map((tag) => tag.split("-")[1]));
  expect([...abis]).toEqual(["cp312d", "cp312", "abi3", "none"]);
});

test("compatibleTags() has no wheels of Python 3 for another Python, as uv has none", () => {
  const target = targetFor({ platform: "linux", pythonVersion: "4" });
  expect(isCompatible(parseWheelFilename("a-1-py3-none-any.whl"), target)).toBe(false);
  expect(isCompatible(parseWheelFilename("a-1-cp38-abi3-manylinux_2_17_x86_64.whl"), target)).toBe(false);
  expect(isCompatible(parseWheelFilename("a-1-py4-none-any.whl"), target)).toBe(true);
});

test("compatibleTags() names the native interface of GraalPy", () => {
  const target = targetFor({ platform: "linux", pythonVersion: "3.11", implementation: "graalpy" });
  const tags = compatibleTags({ ...target, markers: { ...target.markers, implementation_version: "24.1" } });
  expect(tags[0]).toBe("graalpy311-graalpy241_311_native-manylinux_2_28_x86_64");
});

test.each<readonly [Platform, readonly string[]]>([
  [{ kind: "freebsd", release: "14.0-RELEASE", arch: "amd64" }, ["freebsd_14_0_release_amd64"]],
  [{ kind: "linux", arch: "armv8l" }, ["linux_armv8l", "linux_armv7l"]],
  [
    { kind: "ios", major: 12, minor: 0, arch: "x86_64", isSimulator: true },
    ["ios_12_0_x86_64_iphonesimulator"],
  ],
  [{ kind: "android", apiLevel: 16, arch: "i686" }, ["android_16_x86"]],
  [
    { kind: "macos", major: 10, minor: 5, arch: "ppc64" },
    [
      "macosx_10_5_ppc64",
      "macosx_10_5_fat64",
      "macosx_10_5_universal",
      "macosx_10_4_ppc64",
      "macosx_10_4_fat64",
      "macosx_10_4_universal",
    ],
  ],
  [{ kind: "manylinux", major: 2, minor: 99, arch: "riscv32" }, ["linux_riscv32"]],
])("platformTags() knows %j", (platform, tags) => {
  expect(platformTags(platform)).toEqual(tags);
});

test("platformTags() stays bounded for invented versions", () => {
  expect(platformTags({ kind: "manylinux", major: 2, minor: 1e9, arch: "x86_64" }).length).toBeLessThan(1000);
  expect(
    platformTags({ kind: "android", apiLevel: Number.POSITIVE_INFINITY, arch: "x86_64" }).length,
  ).toBeLessThan(1000);
});

test("createTagRanking() agrees with the place in the list of tags", () => {
  const target = targetFor({ platform: "linux", pythonVersion: "3.12" });
  const ranking = createTagRanking(target);
  const tags = compatibleTags(target);
  expect(tags.map((tag) => ranking.rank([tag]))).toEqual(tags.map((_, index) => index));
  expect(ranking.rank(["py2-none-any", "py3-none-any", "cp312-cp312-manylinux_2_17_x86_64"])).toBe(
    tags.indexOf("cp312-cp312-manylinux_2_17_x86_64"),
  );
  expect(ranking.rank(["py2-none-any"])).toBeUndefined();
});

test.each([
  ["foo-1-cp313-cp313-manylinux_2_17_x86_64.whl", "python-implementation", "cp312"],
  ["foo-1-py2-none-any.whl", "python-implementation", "cp312"],
  ["foo-1-cp310-cp310-manylinux_2_17_x86_64.whl", "abi", "cp312"],
  ["foo-1-cp312-cp312t-win_amd64.whl", "abi", "cp312"],
  ["foo-1-cp310-abi3-macosx_11_0_arm64.whl", "platform", "manylinux_2_28_x86_64"],
  ["foo-1-cp310.cp312-abi3.cp310-win32.whl", "platform", "manylinux_2_28_x86_64"],
] as const)(
  "createTagRanking().explain() names what is closest to fitting in %s",
  (filename, mismatch, example) => {
    const ranking = createTagRanking(targetFor({ platform: "linux", pythonVersion: "3.12" }));
    const { tags } = parseWheelFilename(filename);
    expect(ranking.rank(tags)).toBeUndefined();
    expect(ranking.explain(tags)).toBe(mismatch);
    expect(ranking.example(mismatch)).toBe(example);
  },
);

test("isCompatible() keeps abi3 wheels from free-threaded Pythons", () => {
  const base = { ...targetFor({ platform: "linux", pythonVersion: "3.14" }), isFreeThreaded: true };
  const wheel = parseWheelFilename("foo-1-cp39-abi3-manylinux_2_17_x86_64.whl");
  expect(isCompatible(wheel, base)).toBe(false);
  expect(isCompatible(wheel, { ...base, isFreeThreaded: false })).toBe(true);
  expect(isCompatible(parseWheelFilename("foo-1-cp314-abi3t-manylinux_2_17_x86_64.whl"), base)).toBe(true);
});

test("formatPlatform() speaks of systems by their names", () => {
  expect(formatPlatform({ kind: "manylinux", major: 2, minor: 28, arch: "x86_64" })).toBe("Linux x86_64");
  expect(formatPlatform({ kind: "windows", arch: "amd64" })).toBe("Windows x86_64");
  expect(formatPlatform({ kind: "emscripten", major: 2025, minor: 0 })).toBe("Pyodide wasm32");
});
