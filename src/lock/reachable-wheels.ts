// Which wheels of a package some environment of a universal lock can use; the others are left out, as uv leaves them out.

import { madeOnce } from "../base/work/once.ts";
import { tryParseWheelFilename } from "../pep/files/filename.ts";
import { areDisjointMarkers } from "../pep/markers/algebra.ts";
import { parseMarker } from "../pep/markers/marker.ts";

/** Whether a wheel may be used where the package is needed. */
export type IsReachable = (filename: string, chosen: { readonly marker?: string | undefined }) => boolean;

/**
 * Prepares the choice for a lock.
 *
 * @param lowestMinor the `10` of `>=3.10`: wheels for older Pythons only are not reachable
 */
export function reachableWheels(lowestMinor: number): IsReachable {
  const answers = new Map<string, boolean>();
  return (filename, { marker }) => {
    const tags = (tryParseWheelFilename(filename)?.tags ?? []).map(splitTag);
    if (!tags.some(({ python, abi }) => fitsPython(python, abi, lowestMinor))) return false;
    const condition = conditionOf([...new Set(tags.map(({ platform }) => platform))]);
    if (condition === undefined || marker === undefined) return true;
    return madeOnce(
      answers,
      `${condition} ${marker}`,
      () => !areDisjointMarkers(parseMarker(condition), parseMarker(marker)),
    );
  };
}

interface WheelTag {
  readonly python: string;
  readonly abi: string;
  readonly platform: string;
}

function splitTag(tag: string): WheelTag {
  const [python = "", abi = "", ...platform] = tag.split("-");
  return { python, abi, platform: platform.join("-") };
}

/** `py37` is a lower bound; `cp37` and ABIs are only for that Python, but for the stable one. */
function fitsPython(python: string, abi: string, lowestMinor: number): boolean {
  if (/^abi\d/.test(abi)) return true;
  if (abi === "none") {
    if (/^(?:py|cp|pp|graalpy|pyston)2/.test(python)) return false;
    const minor = /^(?:cp|pp|graalpy|pyston)3(\d+)/.exec(python)?.[1];
    return minor === undefined || Number(minor) >= lowestMinor;
  }
  // `graalpy242_311_native`: its own version, then that of the language.
  if (/^(?:cp2|pypy_|pypy2|graalpy\d+_2)/.test(abi)) return false;
  const minor = /^(?:cp|pypy|graalpy\d+_)3(\d+)/.exec(abi)?.[1];
  return minor === undefined || Number(minor) >= lowestMinor;
}

/** The environments that can use a wheel with these platform tags, as a marker; undefined for all. */
function conditionOf(platforms: readonly string[]): string | undefined {
  if (platforms.every((platform) => platform === "any")) return undefined;
  const system = SYSTEMS.find(([pattern]) => platforms.every((platform) => pattern.test(platform)))?.[1];
  const machine = MACHINES.find(([pattern]) => platforms.every((platform) => pattern.test(platform)))?.[1];
  const parts = [system, machine].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.map((part) => `(${part})`).join(" and ");
}

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:manylinux|musllinux|linux)\w*_(?:aarch64|arm64|armv[5678]\w+|ppc\w*|i686|x86_64|s390x|loongarch64|riscv64)$/,
    "os_name == 'posix' and sys_platform == 'linux'",
  ],
  [/^win/, "os_name == 'nt' and sys_platform == 'win32'"],
  [/^macosx/, "os_name == 'posix' and sys_platform == 'darwin'"],
  [/^android/, "sys_platform == 'android'"],
];

const oneOf = (...machines: readonly string[]): string =>
  machines.map((machine) => `platform_machine == '${machine}'`).join(" or ");

const ARM = ["aarch64", "arm64", "ARM64"];
const X86_64 = ["x86_64", "amd64", "AMD64"];

const MACHINES: readonly (readonly [RegExp, string])[] = [
  // A Python for x86-64 runs on Windows for ARM too, and calls the machine by its own name.
  [/^win_amd64$/, oneOf(...X86_64, ...ARM)],
  [/(?:_aarch64|_arm64|_arm64_v8a|_arm64_iphone(?:os|simulator))$/, oneOf(...ARM)],
  // As in uv, which looks at no other ABI of Android.
  [/^(?!android).*(?:_x86_64|_amd64|_x86_64_iphonesimulator)$/, oneOf(...X86_64)],
  [/(?:_i686|_i386|^win32)$/, oneOf("i686", "i386", "win32", "x86")],
  [/_ppc64le$/, oneOf("ppc64le")],
  [/_ppc64$/, oneOf("ppc64")],
  [/_s390x$/, oneOf("s390x")],
  [/_riscv64$/, oneOf("riscv64")],
  [/_loongarch64$/, oneOf("loongarch64")],
  [/_armv7l$/, oneOf("armv7l", "armv8l")],
  [/_armv6l$/, oneOf("armv6l")],
];
