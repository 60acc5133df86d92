// The order in which hints list the tags of wheels, as uv has it (crates/uv-platform-tags): by family, by the numbers of the
// tag, then by what it was built for.

import { compareText } from "../../base/values/compare-text.ts";

/** Compares interpreters, ABIs or platforms of tags: `py3` before `cp39` before `cp310`. */
export function compareTags(first: string, second: string): number {
  const [one, other] = [keyOf(first), keyOf(second)];
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? -1) - (other[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return compareText(first, second);
}

/** The family, the numbers of the tag, and the place of what it was built for; a number that is missing comes first. */
function keyOf(tag: string): readonly number[] {
  const family = FAMILIES.findIndex((pattern) => pattern.test(tag));
  if (family < 0) return [FAMILIES.length];
  const groups = FAMILIES[family]?.exec(tag)?.slice(1) ?? [];
  return [family, ...groups.map((group) => (/^\d+$/u.test(group) ? Number(group) : placeOf(group)))];
}

/** A machine, or the letters of a build of CPython: `t`, `mu`. */
function placeOf(built: string): number {
  const machine = MACHINES.indexOf(built);
  if (machine >= 0) return machine;
  return BUILD_FLAGS.reduce((sum, letter, at) => sum + (built.includes(letter) ? 2 ** at : 0), 0);
}

/** First those of interpreters and ABIs, then platforms; groups are what is compared within a family. */
const FAMILIES: readonly RegExp[] = [
  /^none$/u,
  /^any$/u,
  /^abi3$/u,
  /^abi3t$/u,
  /^py(\d)(\d*)$/u,
  /^cp(\d)(\d+)([a-z]*)$/u,
  /^pp(\d)(\d+)$/u,
  /^pypy/u,
  /^graalpy/u,
  /^pyston/u,
  /^cp(\d)$/u,
  /^manylinux_(\d+)_(\d+)_(.+)$/u,
  /^manylinux1_(.+)$/u,
  /^manylinux2010_(.+)$/u,
  /^manylinux2014_(.+)$/u,
  /^linux_(.+)$/u,
  /^musllinux_(\d+)_(\d+)_(.+)$/u,
  // Its machines are in alphabetical order.
  /^macosx_(\d+)_(\d+)/u,
  /^win32$/u,
  /^win_amd64$/u,
  /^win_arm64$/u,
  /^win_ia64$/u,
  /^android_(\d+)/u,
  /^freebsd_/u,
  /^netbsd_/u,
  /^openbsd_/u,
  /^dragonfly_/u,
  /^haiku_/u,
  /^illumos_/u,
  /^solaris_/u,
  /^pyodide_(\d+)_(\d+)/u,
  /^pyemscripten_(\d+)_(\d+)/u,
  /^ios_(\d+)_(\d+)/u,
];

const MACHINES: readonly string[] = [
  "aarch64",
  "armv5tel",
  "armv6l",
  "armv7l",
  "ppc64le",
  "ppc64",
  "ppc",
  "i686",
  "x86_64",
  "s390x",
  "loongarch64",
  "riscv64",
  "wasm32",
];

/** Free-threaded, wide Unicode, debug, pymalloc; each counts more than those before it. */
const BUILD_FLAGS: readonly string[] = ["t", "u", "d", "m"];
