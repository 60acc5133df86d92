// From a Python's answer to a value that can be trusted to be whole: anything may call itself `python`.

import { PinionError } from "../../errors.ts";
import type { MarkerEnvironment } from "../../pep/markers/expression.ts";
import { androidMachine, type Platform } from "../../pep/tags/platform.ts";
import { ELF_MACHINE, type ElfFile } from "./elf.ts";
import { ANSWER_MARK, OLDEST_PYTHON } from "./interpreter-script.ts";
import type { Scheme } from "./scheme.ts";
import { broken } from "./run.ts";

/** What `interpreter-script.ts` answers. */
export interface Answer {
  readonly markers: MarkerEnvironment;
  readonly executable: string;
  readonly baseExecutable: string | undefined;
  readonly prefix: string;
  readonly basePrefix: string;
  readonly isVirtual: boolean;
  readonly scheme: Scheme;
  /** Relative to the root of an environment. */
  readonly virtualScheme: Scheme;
  readonly stdlib: string;
  /** `sysconfig.get_platform()`. */
  readonly platform: string;
  /** `glibc 2.36`. */
  readonly glibc: string | undefined;
  readonly allowsManylinux: boolean;
  readonly macVersion: string | undefined;
  readonly macMachine: string | undefined;
  readonly androidApiLevel: number | undefined;
  readonly isFreeThreaded: boolean;
  readonly isDebug: boolean;
  readonly pointerSize: number;
}

/**
 * Finds and checks the answer in what a Python printed.
 *
 * @throws PinionError `environment/broken-interpreter`; `environment/no-interpreter` for a Python that is too old
 */
export function readAnswer(executable: string, stdout: string): Answer {
  const line = stdout.split(/\r?\n/).findLast((candidate) => candidate.startsWith(ANSWER_MARK));
  if (line === undefined) throw broken(executable, "it gave no answer");
  const answer = parseAnswer(executable, line.slice(ANSWER_MARK.length));
  if (answer === undefined) throw broken(executable, "its answer cannot be understood");
  return answer;
}

/** Checks an answer's JSON, also one that was kept; undefined where something is missing. */
export function parseAnswer(executable: string, json: string): Answer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const answer = new Fields(value);
  const tooOld = answer.text("tooOld");
  if (tooOld !== undefined) throw unsupportedPython(executable, tooOld);
  const markers = parseMarkers(answer.fields("markers"));
  const scheme = parseScheme(answer.fields("scheme"));
  const virtualScheme = parseScheme(answer.fields("virtualScheme"));
  const required = [
    answer.text("executable"),
    answer.text("prefix"),
    answer.text("basePrefix"),
    answer.text("stdlib"),
    answer.text("platform"),
  ];
  const [ownPath, prefix, basePrefix, stdlib, platform] = required;
  if (markers === undefined || scheme === undefined || virtualScheme === undefined) return undefined;
  if (!ownPath || !prefix || !basePrefix || !stdlib || !platform) return undefined;
  return {
    markers,
    executable: ownPath,
    baseExecutable: answer.text("baseExecutable"),
    prefix,
    basePrefix,
    isVirtual: answer.isTrue("isVirtual"),
    scheme,
    virtualScheme,
    stdlib,
    platform,
    glibc: answer.text("glibc"),
    allowsManylinux: answer.isTrue("allowsManylinux"),
    macVersion: answer.text("macVersion"),
    macMachine: answer.text("macMachine"),
    androidApiLevel: answer.number("androidApiLevel"),
    isFreeThreaded: answer.isTrue("isFreeThreaded"),
    isDebug: answer.isTrue("isDebug"),
    pointerSize: answer.number("pointerSize") ?? 64,
  };
}

/** The error for a Python that is too old to be installed into. */
export function unsupportedPython(executable: string, version: string): PinionError {
  const oldest = OLDEST_PYTHON.join(".");
  return new PinionError(
    "environment/no-interpreter",
    `Python ${version} at \`${executable}\` is too old: Pinion needs Python ${oldest} or newer`,
    {
      details: { executable, version, oldest },
    },
  );
}

/** What only the executable's file shows of a Linux Python. */
export interface LinuxFacts {
  readonly elf: ElfFile | undefined;
  /** Of musl's loader, `1.2`. */
  readonly muslVersion: readonly [number, number] | undefined;
}

/** Derives the platform for wheels; undefined where it is none that Pinion knows. */
export function platformOf(answer: Answer, linux: LinuxFacts | undefined): Platform | undefined {
  const [system = "", ...rest] = answer.platform.split("-");
  const arch = rest.at(-1) ?? "";
  switch (system) {
    case "linux":
      return linuxPlatform(answer, linuxArchitecture(arch, answer.pointerSize), linux);
    case "macosx": {
      const [major = 0, minor = 0] = numbers(answer.macVersion ?? rest[0] ?? "");
      return { kind: "macos", major, minor, arch: answer.macMachine || answer.markers.platform_machine };
    }
    case "win32":
      return { kind: "windows", arch: "win32" };
    case "win":
      if (arch !== "amd64" && arch !== "arm64") return undefined;
      return { kind: "windows", arch };
    case "android":
      return {
        kind: "android",
        apiLevel: answer.androidApiLevel ?? 0,
        arch: androidMachine(arch),
      };
    case "ios": {
      const [major = 0, minor = 0] = numbers(rest[0] ?? "");
      const isSimulator = rest.at(-1) === "iphonesimulator";
      return { kind: "ios", major, minor, arch: rest[1] === "x86_64" ? "x86_64" : "arm64", isSimulator };
    }
    case "freebsd":
    case "netbsd":
    case "openbsd":
    case "dragonfly":
    case "haiku":
    case "solaris":
    case "illumos":
      return { kind: system, release: rest.slice(0, -1).join("-"), arch };
    default:
      return undefined;
  }
}

function linuxPlatform(answer: Answer, arch: string, linux: LinuxFacts | undefined): Platform {
  if (linux?.muslVersion !== undefined) {
    const [major, minor] = linux.muslVersion;
    return { kind: "musllinux", major, minor, arch };
  }
  const [major, minor] = numbers(answer.glibc ?? "");
  if (
    major === undefined ||
    minor === undefined ||
    !answer.allowsManylinux ||
    !hasStandardAbi(arch, linux?.elf)
  ) {
    return { kind: "linux", arch };
  }
  return { kind: "manylinux", major, minor, arch };
}

/** A 32-bit Python on a 64-bit kernel says the kernel's name. */
function linuxArchitecture(arch: string, pointerSize: number): string {
  if (pointerSize !== 32) return arch;
  return arch === "x86_64" ? "i686" : arch === "aarch64" ? "armv8l" : arch;
}

/** PEP 513, 599: manylinux for ARMv7 means hard-float EABI 5, and for i686 a real 32-bit x86 program. */
function hasStandardAbi(arch: string, elf: ElfFile | undefined): boolean {
  if (arch === "i686") return elf?.is32Bit === true && elf.machine === ELF_MACHINE.i386;
  if (arch !== "armv7l" && arch !== "armv8l") return true;
  if (elf?.is32Bit !== true || elf.machine !== ELF_MACHINE.arm) return false;
  return (elf.flags & ARM_EABI_MASK) >>> 0 === ARM_EABI_5 && (elf.flags & ARM_HARD_FLOAT) !== 0;
}

/** Reads what musl's loader prints when it is run without arguments: `musl libc (x86_64)`, `Version 1.2.4`. */
export function parseMuslVersion(stderr: string): readonly [number, number] | undefined {
  const [first = "", second = ""] = stderr
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const match = /^Version ([0-9]{1,3})\.([0-9]{1,3})/.exec(second);
  return first.startsWith("musl") && match !== null ? [Number(match[1]), Number(match[2])] : undefined;
}

/** The first two numbers of a string such as `glibc 2.36` or `14.5`. */
function numbers(text: string): readonly number[] {
  const match = /([0-9]{1,4})\.([0-9]{1,4})/.exec(text);
  return match === null ? [] : [Number(match[1]), Number(match[2])];
}

function parseMarkers(fields: Fields): MarkerEnvironment | undefined {
  const text = (name: keyof MarkerEnvironment): string => fields.text(name) ?? "";
  const markers: MarkerEnvironment = {
    implementation_name: text("implementation_name"),
    implementation_version: text("implementation_version"),
    os_name: text("os_name"),
    platform_machine: text("platform_machine"),
    platform_python_implementation: text("platform_python_implementation"),
    platform_release: text("platform_release"),
    platform_system: text("platform_system"),
    platform_version: text("platform_version"),
    python_full_version: text("python_full_version"),
    python_version: text("python_version"),
    sys_platform: text("sys_platform"),
  };
  const { implementation_name, python_full_version, python_version, sys_platform } = markers;
  return implementation_name && python_full_version && python_version && sys_platform ? markers : undefined;
}

function parseScheme(fields: Fields): Scheme | undefined {
  const purelib = fields.text("purelib");
  const platlib = fields.text("platlib");
  const scripts = fields.text("scripts");
  const data = fields.text("data");
  const headers = fields.text("headers");
  if (!purelib || !platlib || !scripts || data === undefined || !headers) return undefined;
  return { purelib, platlib, scripts, data, headers };
}

/** An object of unknown make, read field by field. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(value: unknown) {
    this.#values = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  isTrue(name: string): boolean {
    return this.#values.get(name) === true;
  }

  fields(name: string): Fields {
    return new Fields(this.#values.get(name));
  }
}

// https://github.com/ARM-software/abi-aa, "ELF for the Arm Architecture", e_flags.
const ARM_EABI_MASK = 0xff000000;
const ARM_EABI_5 = 0x05000000;
const ARM_HARD_FLOAT = 0x00000400;
