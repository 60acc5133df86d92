// Platforms a wheel can be built for, and the platform tags each one accepts, best first.
// Spec: packaging.python.org "Platform compatibility tags"; PEP 600, 656, 730, 738, 776 for the newer ones.

/** An operating system with its version and processor, as far as wheels tell them apart. */
export type Platform =
  | LinuxPlatform
  /** pip's `--platform any`: what runs on every platform, and nothing else. */
  | { readonly kind: "any" }
  | { readonly kind: "macos"; readonly major: number; readonly minor: number; readonly arch: string }
  | { readonly kind: "windows"; readonly arch: "amd64" | "win32" | "arm64" }
  | { readonly kind: "android"; readonly apiLevel: number; readonly arch: string }
  | {
      readonly kind: "ios";
      readonly major: number;
      readonly minor: number;
      readonly arch: "arm64" | "x86_64";
      readonly isSimulator: boolean;
    }
  | { readonly kind: "emscripten"; readonly major: number; readonly minor: number }
  | { readonly kind: UnixFlavour; readonly release: string; readonly arch: string };

/** Linux by its C library; `linux` has neither a usable glibc nor musl. */
export type LinuxPlatform =
  | {
      readonly kind: "manylinux" | "musllinux";
      readonly major: number;
      readonly minor: number;
      readonly arch: string;
    }
  | { readonly kind: "linux"; readonly arch: string };

export type UnixFlavour = "freebsd" | "netbsd" | "openbsd" | "dragonfly" | "haiku" | "solaris" | "illumos";

/** The platform tags that work on a platform, best first, without the `any` that works on each. */
export function platformTags(platform: Platform): readonly string[] {
  switch (platform.kind) {
    case "any":
      return ["any"];
    case "manylinux":
      return [
        ...compatibleArchitectures(platform.arch).flatMap((arch) => manylinuxTags(platform, arch)),
        ...linuxTags(platform.arch),
      ];
    case "musllinux":
      return [
        ...compatibleArchitectures(platform.arch).flatMap((arch) =>
          countDown(platform.minor, 0).map((minor) => `musllinux_${platform.major}_${minor}_${arch}`),
        ),
        ...linuxTags(platform.arch),
      ];
    case "linux":
      return linuxTags(platform.arch);
    case "macos":
      return macosTags(platform.major, platform.minor, platform.arch);
    case "windows":
      return [platform.arch === "win32" ? "win32" : `win_${platform.arch}`];
    case "android":
      return countDown(platform.apiLevel, OLDEST_ANDROID_API_LEVEL).map(
        (level) => `android_${level}_${ANDROID_ABIS[platform.arch] ?? tagText(platform.arch)}`,
      );
    case "ios":
      return iosTags(
        platform.major,
        platform.minor,
        `${platform.arch}_${platform.isSimulator ? "iphonesimulator" : "iphoneos"}`,
      );
    case "emscripten":
      return [
        `pyemscripten_${platform.major}_${platform.minor}_wasm32`,
        `pyodide_${platform.major}_${platform.minor}_wasm32`,
      ];
    case "freebsd":
    case "netbsd":
    case "openbsd":
    case "dragonfly":
    case "haiku":
    case "solaris":
    case "illumos":
      // The systems whose platform is a name, a release and an architecture.
      return [`${platform.kind}_${tagText(platform.release)}_${tagText(platform.arch)}`];
  }
}

/** A platform in a word or two for messages: `Linux x86_64`, `macOS arm64`. */
export function formatPlatform(platform: Platform): string {
  if (platform.kind === "any") return "any platform";
  const arch = "arch" in platform ? platform.arch : "wasm32";
  return `${SYSTEM_NAMES[platform.kind]} ${arch === "amd64" ? "x86_64" : arch}`;
}

function manylinuxTags(platform: { readonly major: number; readonly minor: number }, arch: string): string[] {
  if (!MANYLINUX_ARCHITECTURES.has(arch)) return [];
  const oldestMinor = arch === "x86_64" || arch === "i686" ? OLDEST_GLIBC_MINOR_X86 : OLDEST_GLIBC_MINOR;
  const tags: string[] = [];
  for (const major of countDown(platform.major, 2)) {
    const newest = major === platform.major ? platform.minor : LAST_GLIBC_MINOR;
    for (const minor of countDown(newest, major === 2 ? oldestMinor : 0)) {
      tags.push(`manylinux_${major}_${minor}_${arch}`);
      // PEP 600: the names from before it rank right after the version that they stand for.
      const legacyName = LEGACY_MANYLINUX[`${major}.${minor}`];
      if (legacyName !== undefined) tags.push(`${legacyName}_${arch}`);
    }
  }
  return tags;
}

function linuxTags(arch: string): string[] {
  return compatibleArchitectures(arch).map((compatible) => `linux_${compatible}`);
}

/** 32-bit programs of ARMv7 run on ARMv8; nothing else runs anywhere but at home. */
function compatibleArchitectures(arch: string): readonly string[] {
  return arch === "armv8l" ? ["armv8l", "armv7l"] : [arch];
}

function macosTags(major: number, minor: number, arch: string): string[] {
  if (major < 11) {
    return countDown(minor, 0).flatMap((older) =>
      macosFormats(10, older, arch).map((format) => `macosx_10_${older}_${format}`),
    );
  }
  // Since macOS 11 each yearly release counts the major up, and binaries name its minor 0.
  const sinceEleven = countDown(major, 11).flatMap((older) =>
    macosFormats(older, 0, arch).map((format) => `macosx_${older}_0_${format}`),
  );
  // A universal2 binary may name a system before 11.0, which its x86_64 half supports.
  const beforeEleven = countDown(LAST_MACOS_10_MINOR, OLDEST_MACOS_10_MINOR).flatMap((older) =>
    (arch === "x86_64" ? macosFormats(10, older, arch) : ["universal2"]).map(
      (format) => `macosx_10_${older}_${format}`,
    ),
  );
  return [...sinceEleven, ...beforeEleven];
}

function macosFormats(major: number, minor: number, arch: string): readonly string[] {
  switch (arch) {
    case "arm64":
      return ["arm64", "universal2"];
    case "x86_64":
      if (major === 10 && minor < OLDEST_MACOS_10_MINOR) return [];
      return ["x86_64", "intel", "fat64", "fat32", "universal2", "universal"];
    case "i386":
      if (major === 10 && minor < OLDEST_MACOS_10_MINOR) return [];
      return ["i386", "intel", "fat32", "fat", "universal"];
    case "ppc64":
      return major === 10 && (minor === 4 || minor === 5) ? ["ppc64", "fat64", "universal"] : [];
    case "ppc":
      return major === 10 && minor <= 6 ? ["ppc", "fat32", "fat", "universal"] : [];
    default:
      return [arch];
  }
}

function iosTags(major: number, minor: number, multiarch: string): string[] {
  if (major < OLDEST_IOS_MAJOR) return [];
  const newest = countDown(minor, 0).map((older) => `ios_${major}_${older}_${multiarch}`);
  const earlier = countDown(major - 1, OLDEST_IOS_MAJOR).flatMap((olderMajor) =>
    countDown(LAST_IOS_MINOR, 0).map((older) => `ios_${olderMajor}_${older}_${multiarch}`),
  );
  return [...newest, ...earlier];
}

/** Whole numbers from `first` down to `last`, bounded against a version that an interpreter made up. */
function countDown(first: number, last: number): number[] {
  const length = Math.max(0, Math.min(first, MAX_VERSION_NUMBER) - last + 1);
  return Array.from({ length }, (_, index) => Math.min(first, MAX_VERSION_NUMBER) - index);
}

function tagText(text: string): string {
  return text.toLowerCase().replaceAll(/[.\- ]/g, "_");
}

const SYSTEM_NAMES: Readonly<Record<Exclude<Platform["kind"], "any">, string>> = {
  manylinux: "Linux",
  musllinux: "Linux",
  linux: "Linux",
  macos: "macOS",
  windows: "Windows",
  android: "Android",
  ios: "iOS",
  emscripten: "Pyodide",
  freebsd: "FreeBSD",
  netbsd: "NetBSD",
  openbsd: "OpenBSD",
  dragonfly: "DragonFly",
  haiku: "Haiku",
  solaris: "Solaris",
  illumos: "illumos",
};

const MANYLINUX_ARCHITECTURES: ReadonlySet<string> = new Set([
  "x86_64",
  "i686",
  "aarch64",
  "armv7l",
  "ppc64",
  "ppc64le",
  "s390x",
  "loongarch64",
  "riscv64",
]);

// PEP 513, 571, 599: what the names before PEP 600 stand for.
const LEGACY_MANYLINUX: Readonly<Record<string, string>> = {
  "2.17": "manylinux2014",
  "2.12": "manylinux2010",
  "2.5": "manylinux1",
};

/** The machine name of Linux for an Android ABI; the ABI itself where there is none. */
export function androidMachine(abi: string): string {
  return Object.entries(ANDROID_ABIS).find(([, known]) => known === abi)?.[0] ?? abi;
}

// https://developer.android.com/ndk/guides/abis, by the machine names of Linux.
const ANDROID_ABIS: Readonly<Record<string, string>> = {
  aarch64: "arm64_v8a",
  armv7l: "armeabi_v7a",
  i686: "x86",
  x86_64: "x86_64",
};

// manylinux1 (glibc 2.5) existed only for x86; the others begin with manylinux2014 (glibc 2.17).
const OLDEST_GLIBC_MINOR_X86 = 5;
const OLDEST_GLIBC_MINOR = 17;

// packaging's guess at the last glibc 2.x, used once there is a glibc 3.
const LAST_GLIBC_MINOR = 50;

const OLDEST_MACOS_10_MINOR = 4;
const LAST_MACOS_10_MINOR = 16;

// PEP 730: CPython needs iOS 12; no iOS had a minor above 9.
const OLDEST_IOS_MAJOR = 12;
const LAST_IOS_MINOR = 9;

// The oldest API level that CPython can be built for (packaging.tags.android_platforms).
const OLDEST_ANDROID_API_LEVEL = 16;

const MAX_VERSION_NUMBER = 200;
