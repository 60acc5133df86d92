// Targets that are not the Python at hand: another platform, another version, or no Python at all.
// Names follow uv's `--python-platform`, which follow Rust's target triples.

import { platformOfTag } from "./platform-tag.ts";
import { PinionError } from "../../errors.ts";
import type { Platform } from "./platform.ts";
import type { Target } from "./tags.ts";
import type { MarkerEnvironment } from "../markers/expression.ts";
import { tryParseVersion, type Version } from "../versions/version.ts";

export interface TargetOptions {
  /** One of {@link PLATFORM_NAMES}, a tag such as `win_amd64`, or `any`; absent means the platform of `base`. */
  readonly platform?: string | undefined;
  /** Further ones, whose wheels will do as well. */
  readonly otherPlatforms?: readonly string[] | undefined;
  /** The ABIs to accept instead of the interpreter's own: `cp312`, `abi3`, `none`. */
  readonly abis?: readonly string[] | undefined;
  /** `3.12` (which means 3.12.0), pip's `312`, or a full version; absent means the version of `base`. */
  readonly pythonVersion?: string | undefined;
  /** `cpython` unless `base` says otherwise; `py` for wheels of pure Python. */
  readonly implementation?: string | undefined;
  /** The interpreter at hand, for everything that is not named here. */
  readonly base?: Target | undefined;
  /** Where `MACOSX_DEPLOYMENT_TARGET`, `IPHONEOS_DEPLOYMENT_TARGET` and `ANDROID_API_LEVEL` are looked up. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Describes a target by name, so that wheels can be chosen for it on any machine.
 *
 * @throws PinionError `usage/invalid-argument` for an unknown name or version, or when too little is given
 */
export function targetFor(options: TargetOptions): Target {
  const { base, env = {}, otherPlatforms = [], abis } = options;
  const described = options.platform === undefined ? undefined : platformNamed(options.platform, env);
  const others = otherPlatforms.map((name) => platformNamed(name, env));
  const platform = described?.platform ?? base?.platform;
  // `any` says nothing of the machine: another platform does, or the Python at hand, as in pip.
  const markers =
    described?.markers ?? others.find(({ markers: known }) => known !== undefined)?.markers ?? base?.markers;
  const pythonVersion =
    options.pythonVersion === undefined ? base?.pythonVersion : parsePythonVersion(options.pythonVersion);
  if (platform === undefined || markers === undefined || pythonVersion === undefined) {
    throw new PinionError(
      "usage/invalid-argument",
      "Without a Python interpreter, a target needs both a platform and a Python version",
      {
        hints: [{ kind: "name-target" }],
      },
    );
  }
  const implementation = options.implementation ?? base?.implementation ?? "cpython";
  const inheritsPython = base !== undefined && base.implementation === implementation;
  return {
    pythonVersion,
    implementation,
    isFreeThreaded: inheritsPython && base.isFreeThreaded,
    platform,
    ...(others.length === 0 ? {} : { otherPlatforms: others.map(({ platform: other }) => other) }),
    ...(abis === undefined ? {} : { abis }),
    markers: {
      ...markers,
      implementation_name: implementation,
      implementation_version: implementationVersion(
        implementation,
        pythonVersion,
        inheritsPython ? base : undefined,
      ),
      platform_python_implementation: IMPLEMENTATION_NAMES[implementation] ?? implementation,
      python_full_version: pythonVersion.text,
      python_version: pythonVersion.release.slice(0, 2).join("."),
    },
  };
}

/** Every name that `targetFor` takes as a platform, without the aliases. */
export const PLATFORM_NAMES: readonly string[] = [
  "linux",
  "macos",
  "windows",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
  "i686-pc-windows-msvc",
  "x86_64-unknown-linux-gnu",
  "aarch64-apple-darwin",
  "x86_64-apple-darwin",
  "aarch64-unknown-linux-gnu",
  "aarch64-unknown-linux-musl",
  "x86_64-unknown-linux-musl",
  "riscv64-unknown-linux",
  ...["x86_64", "aarch64"].flatMap((arch) =>
    [
      "2014",
      "_2_17",
      "_2_28",
      "_2_31",
      "_2_32",
      "_2_33",
      "_2_34",
      "_2_35",
      "_2_36",
      "_2_37",
      "_2_38",
      "_2_39",
      "_2_40",
    ].map((version) => `${arch}-manylinux${version}`),
  ),
  "aarch64-linux-android",
  "x86_64-linux-android",
  "wasm32-pyodide2024",
  "wasm32-pyodide2025",
  "arm64-apple-ios",
  "arm64-apple-ios-simulator",
  "x86_64-apple-ios-simulator",
];

type PlatformMarkers = Pick<
  MarkerEnvironment,
  | "os_name"
  | "platform_machine"
  | "platform_release"
  | "platform_system"
  | "platform_version"
  | "sys_platform"
>;

type Env = Readonly<Record<string, string | undefined>>;

function platformNamed(
  name: string,
  env: Env,
): { readonly platform: Platform; readonly markers: PlatformMarkers | undefined } {
  const platform = platformOfTag(name) ?? describePlatform(PLATFORM_ALIASES[name] ?? name, env);
  if (platform === undefined) {
    throw new PinionError("usage/invalid-argument", `Unknown platform: \`${name}\``, {
      details: { platform: name, known: PLATFORM_NAMES },
      hints: [
        "use a name such as `linux`, `macos`, `windows` or `aarch64-apple-darwin`, or a tag such as `manylinux_2_28_x86_64` or `win_amd64`",
      ],
    });
  }
  return { platform, markers: platform.kind === "any" ? undefined : platformMarkers(platform, name) };
}

function describePlatform(name: string, env: Env): Platform | undefined {
  if (!PLATFORM_NAMES.includes(name)) return undefined;
  const [arch = ""] = name.split("-");
  const glibcMinor = /-manylinux_2_([0-9]+)$/.exec(name)?.[1];
  if (glibcMinor !== undefined) return { kind: "manylinux", major: 2, minor: Number(glibcMinor), arch };
  if (name.endsWith("-manylinux2014")) return { kind: "manylinux", major: 2, minor: 17, arch };
  if (name.endsWith("-linux-gnu")) return { kind: "manylinux", major: 2, minor: DEFAULT_GLIBC_MINOR, arch };
  if (name.endsWith("-linux-musl")) return { kind: "musllinux", major: 1, minor: DEFAULT_MUSL_MINOR, arch };
  // The oldest glibc that RISC-V wheels are built for.
  if (name === "riscv64-unknown-linux") return { kind: "manylinux", major: 2, minor: 39, arch };
  if (name.endsWith("-windows-msvc"))
    return { kind: "windows", arch: WINDOWS_ARCHITECTURES[arch] ?? "amd64" };
  if (name.endsWith("-apple-darwin")) {
    const [major, minor] = deploymentTarget(env["MACOSX_DEPLOYMENT_TARGET"], DEFAULT_MACOS);
    return { kind: "macos", major, minor, arch: arch === "aarch64" ? "arm64" : arch };
  }
  if (name.endsWith("-linux-android")) {
    const level = Number(env["ANDROID_API_LEVEL"] ?? "");
    return {
      kind: "android",
      apiLevel: Number.isInteger(level) && level > 0 ? level : DEFAULT_ANDROID_API_LEVEL,
      arch,
    };
  }
  if (name.includes("-apple-ios")) {
    const [major, minor] = deploymentTarget(env["IPHONEOS_DEPLOYMENT_TARGET"], DEFAULT_IOS);
    return {
      kind: "ios",
      major,
      minor,
      arch: arch === "x86_64" ? arch : "arm64",
      isSimulator: name.endsWith("-simulator"),
    };
  }
  return { kind: "emscripten", major: Number(name.slice(-4)), minor: 0 };
}

function platformMarkers(
  platform: Exclude<Platform, { readonly kind: "any" }>,
  name: string,
): PlatformMarkers {
  const common = { os_name: "posix", platform_release: "", platform_version: "" };
  switch (platform.kind) {
    case "windows":
      return {
        ...common,
        os_name: "nt",
        platform_machine: WINDOWS_MACHINES[platform.arch],
        platform_system: "Windows",
        sys_platform: "win32",
      };
    case "macos":
      return {
        ...common,
        platform_machine: platform.arch,
        platform_system: "Darwin",
        sys_platform: "darwin",
      };
    case "android":
      return {
        ...common,
        platform_machine: platform.arch,
        platform_system: "Android",
        sys_platform: "android",
      };
    case "ios":
      return { ...common, platform_machine: platform.arch, platform_system: "iOS", sys_platform: "ios" };
    case "emscripten":
      return {
        ...common,
        platform_machine: "wasm32",
        platform_release: EMSCRIPTEN_RELEASES[name] ?? "",
        platform_system: "Emscripten",
        // What Emscripten's libc answers for its version, whatever its version.
        platform_version: "#1",
        sys_platform: "emscripten",
      };
    case "manylinux":
    case "musllinux":
    case "linux":
      return { ...common, platform_machine: platform.arch, platform_system: "Linux", sys_platform: "linux" };
    case "freebsd":
    case "netbsd":
    case "openbsd":
    case "dragonfly":
    case "haiku":
    case "solaris":
    case "illumos":
      // The systems whose platform is a name, a release and an architecture.
      return {
        ...common,
        platform_machine: platform.arch,
        platform_system: platform.kind,
        sys_platform: platform.kind,
      };
  }
}

/** `3.12` means `3.12.0`; development, local and epoch versions name no Python. */
function parsePythonVersion(written: string): Version {
  // pip's short form: one digit of the major version, the rest of the minor.
  const text = written.replace(/^([23])([0-9]{1,2})$/, "$1.$2");
  const version = tryParseVersion(text);
  const hasRelease = version !== undefined && /^[0-9]+(\.[0-9]+){0,2}((a|b|rc)[0-9]+)?$/.test(version.text);
  if (!hasRelease || version.release.some((part) => part > MAX_VERSION_PART)) {
    throw new PinionError("usage/invalid-argument", `Invalid Python version: \`${text}\``, {
      details: { pythonVersion: text },
      hints: ["name it as `3.12` or `3.12.4`"],
    });
  }
  if (version.release.length > 2) return version;
  const prerelease = /[a-z].*$/.exec(version.text)?.[0] ?? "";
  const release = [...version.release, 0, 0].slice(0, 3).join(".");
  return tryParseVersion(`${release}${prerelease}`) ?? version;
}

function implementationVersion(
  implementation: string,
  pythonVersion: Version,
  base: Target | undefined,
): string {
  if (implementation === "cpython") return pythonVersion.text;
  return base?.markers.implementation_version ?? LATEST_IMPLEMENTATION_VERSIONS[implementation] ?? "0";
}

function deploymentTarget(
  text: string | undefined,
  fallback: readonly [number, number],
): readonly [number, number] {
  const match = /^([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.|$)/.exec(text ?? "");
  return match === null ? fallback : [Number(match[1]), Number(match[2] ?? "0")];
}

const PLATFORM_ALIASES: Readonly<Record<string, string>> = {
  linux: "x86_64-unknown-linux-gnu",
  macos: "aarch64-apple-darwin",
  windows: "x86_64-pc-windows-msvc",
  "arm64-pc-windows-msvc": "aarch64-pc-windows-msvc",
  "riscv64-unknown-linux-gnu": "riscv64-unknown-linux",
};

const WINDOWS_ARCHITECTURES: Readonly<Record<string, "amd64" | "win32" | "arm64">> = {
  x86_64: "amd64",
  aarch64: "arm64",
  i686: "win32",
};

// What `platform.machine()` says there; uv puts `x86_64` for the first, which no Windows reports.
const WINDOWS_MACHINES = { amd64: "AMD64", arm64: "ARM64", win32: "x86" } as const;

const IMPLEMENTATION_NAMES: Readonly<Record<string, string>> = {
  cpython: "CPython",
  pypy: "PyPy",
  graalpy: "GraalVM",
};

// The implementations' own versions, for targets without such an interpreter at hand.
const LATEST_IMPLEMENTATION_VERSIONS: Readonly<Record<string, string>> = {
  pypy: "7.3.20",
  graalpy: "25.0.0",
};

// The compilers of https://pyodide.org/en/stable/development/abi.html.
const EMSCRIPTEN_RELEASES: Readonly<Record<string, string>> = {
  "wasm32-pyodide2024": "3.1.58",
  "wasm32-pyodide2025": "4.0.9",
};

// uv's defaults (crates/uv-configuration/src/target_triple.rs).
const DEFAULT_GLIBC_MINOR = 28;
const DEFAULT_MUSL_MINOR = 2;
const DEFAULT_MACOS: readonly [number, number] = [13, 0];
const DEFAULT_IOS: readonly [number, number] = [13, 0];
const DEFAULT_ANDROID_API_LEVEL = 24;

// uv keeps each part of a Python version in a byte.
const MAX_VERSION_PART = 255;
