import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { ELF_MACHINE } from "./elf.ts";
import { parseMuslVersion, platformOf, readAnswer, type Answer } from "./interpreter-answer.ts";
import { ANSWER_MARK } from "./interpreter-script.ts";

const scheme = { purelib: "/p", platlib: "/p", scripts: "/b", data: "/", headers: "/h" };
const answer: Answer = {
  markers: {
    implementation_name: "cpython",
    implementation_version: "3.12.1",
    os_name: "posix",
    platform_machine: "x86_64",
    platform_python_implementation: "CPython",
    platform_release: "6",
    platform_system: "Linux",
    platform_version: "1",
    python_full_version: "3.12.1",
    python_version: "3.12",
    sys_platform: "linux",
  },
  executable: "/usr/bin/python3",
  baseExecutable: "/usr/bin/python3",
  prefix: "/usr",
  basePrefix: "/usr",
  isVirtual: false,
  scheme,
  virtualScheme: { ...scheme, data: "" },
  stdlib: "/usr/lib/python3.12",
  platform: "linux-x86_64",
  glibc: "glibc 2.36",
  allowsManylinux: true,
  macVersion: undefined,
  macMachine: undefined,
  androidApiLevel: undefined,
  isFreeThreaded: false,
  isDebug: false,
  pointerSize: 64,
};

test("readAnswer() finds the answer among what start-up files print", () => {
  const stdout = `hello\n${ANSWER_MARK}{}\r\n${ANSWER_MARK}${JSON.stringify(answer)}\r\nbye\n`;
  expect(readAnswer("python", stdout)).toEqual(answer);
});

test.each([
  ["", "it gave no answer"],
  ["Python 3.12\n", "it gave no answer"],
  [ANSWER_MARK, "its answer cannot be understood"],
  [`${ANSWER_MARK}null`, "its answer cannot be understood"],
  [`${ANSWER_MARK}[1]`, "its answer cannot be understood"],
  [`${ANSWER_MARK}${JSON.stringify({ ...answer, markers: 3 })}`, "its answer cannot be understood"],
  [`${ANSWER_MARK}${JSON.stringify({ ...answer, prefix: "" })}`, "its answer cannot be understood"],
  [
    `${ANSWER_MARK}${JSON.stringify({ ...answer, scheme: { purelib: 1 } })}`,
    "its answer cannot be understood",
  ],
])("readAnswer() says why %j is none", (stdout, reason) => {
  expect(() => readAnswer("python", stdout)).toThrowError(
    expect.objectContaining({
      code: "environment/broken-interpreter",
      details: { executable: "python", reason },
    }),
  );
});

test("readAnswer() reports a Python that is too old", () => {
  expect(() => readAnswer("python2", `${ANSWER_MARK}{"tooOld": "2.7.18"}`)).toThrowError(
    expect.objectContaining({
      code: "environment/no-interpreter",
      message: "Python 2.7.18 at `python2` is too old: Pinion needs Python 3.8 or newer",
    }),
  );
  expect(outcome(() => readAnswer("python2", `${ANSWER_MARK}{"tooOld": "2.7.18"}`))).toEqual({
    code: "environment/no-interpreter",
  });
});

const arm = (
  flags: number,
): {
  elf: { is32Bit: true; machine: number; flags: number; interpreter: undefined };
  muslVersion: undefined;
} => ({
  elf: { is32Bit: true, machine: ELF_MACHINE.arm, flags, interpreter: undefined },
  muslVersion: undefined,
});

test.each([
  [{}, undefined, { kind: "manylinux", major: 2, minor: 36, arch: "x86_64" }],
  [{ glibc: "glibc 2.20-2014.11" }, undefined, { kind: "manylinux", major: 2, minor: 20, arch: "x86_64" }],
  [{ glibc: undefined }, undefined, { kind: "linux", arch: "x86_64" }],
  [{ allowsManylinux: false }, undefined, { kind: "linux", arch: "x86_64" }],
  [
    { glibc: undefined },
    { elf: undefined, muslVersion: [1, 2] },
    { kind: "musllinux", major: 1, minor: 2, arch: "x86_64" },
  ],
  [
    { pointerSize: 32 },
    {
      elf: { is32Bit: true, machine: ELF_MACHINE.i386, flags: 0, interpreter: undefined },
      muslVersion: undefined,
    },
    { kind: "manylinux", major: 2, minor: 36, arch: "i686" },
  ],
  [
    { pointerSize: 32, platform: "linux-aarch64" },
    arm(0x05000400),
    { kind: "manylinux", major: 2, minor: 36, arch: "armv8l" },
  ],
  [{ pointerSize: 32, platform: "linux-armv7l" }, arm(0x05000200), { kind: "linux", arch: "armv7l" }],
  [
    { platform: "macosx-10.9-universal2", macVersion: "26.1", macMachine: "arm64" },
    undefined,
    { kind: "macos", major: 26, minor: 1, arch: "arm64" },
  ],
  [{ platform: "win-amd64" }, undefined, { kind: "windows", arch: "amd64" }],
  [{ platform: "win32" }, undefined, { kind: "windows", arch: "win32" }],
  [
    { platform: "freebsd-14.0-release-amd64" },
    undefined,
    { kind: "freebsd", release: "14.0-release", arch: "amd64" },
  ],
  [
    { platform: "android-24-arm64_v8a", androidApiLevel: 24 },
    undefined,
    { kind: "android", apiLevel: 24, arch: "aarch64" },
  ],
  [
    { platform: "ios-13.0-arm64-iphonesimulator" },
    undefined,
    { kind: "ios", major: 13, minor: 0, arch: "arm64", isSimulator: true },
  ],
  [{ platform: "win-ia64" }, undefined, undefined],
  [{ platform: "plan9" }, undefined, undefined],
] as const)("platformOf() derives the platform from %j", (changes, linux, platform) => {
  expect(platformOf({ ...answer, ...changes }, linux)).toEqual(platform);
});

test.each([
  ["musl libc (x86_64)\nVersion 1.2.4\nDynamic Program Loader\n", [1, 2]],
  ["\nmusl libc (aarch64)\n\nVersion 1.1.24_git\n", [1, 1]],
  ["ld.so: usage", undefined],
  ["", undefined],
])("parseMuslVersion() reads %j", (stderr, version) => {
  expect(parseMuslVersion(stderr)).toEqual(version);
});
