// Members of an archive in a form that crosses threads as two values, instead of as thousands of objects.

import type { ZipEntry } from "../../archive/zip.ts";

export interface PackedMembers {
  /** One after the other, with a line end between two: no name holds one. */
  readonly names: string;
  /** Four for each member: offset, compressed size, size, and bits for what it is. */
  readonly numbers: Float64Array;
}

/** What unpacking needs of a member. CRC-32 stays behind: it is checked where the archive was opened. */
export type PackedMember = Pick<
  ZipEntry,
  "name" | "offset" | "compressedSize" | "size" | "isDeflated" | "isExecutable"
>;

export function packMembers(members: readonly PackedMember[]): PackedMembers {
  const numbers = new Float64Array(members.length * NUMBERS);
  let at = 0;
  for (const member of members) {
    numbers[at] = member.offset;
    numbers[at + 1] = member.compressedSize;
    numbers[at + 2] = member.size;
    numbers[at + 3] = (member.isDeflated ? DEFLATED : 0) | (member.isExecutable ? EXECUTABLE : 0);
    at += NUMBERS;
  }
  return { names: members.map(nameOf).join("\n"), numbers };
}

function nameOf({ name }: PackedMember): string {
  return name;
}

/** Gives the members by their place; undefined past the last. */
export function memberReader({ names, numbers }: PackedMembers): (index: number) => PackedMember | undefined {
  const list = names.split("\n");
  return (index) => {
    const at = index * NUMBERS;
    const name = list[index];
    if (name === undefined || at >= numbers.length) return undefined;
    const bits = numbers[at + 3] ?? 0;
    return {
      name,
      offset: numbers[at] ?? 0,
      compressedSize: numbers[at + 1] ?? 0,
      size: numbers[at + 2] ?? 0,
      isDeflated: (bits & DEFLATED) !== 0,
      isExecutable: (bits & EXECUTABLE) !== 0,
    };
  };
}

const NUMBERS = 4;
const DEFLATED = 1;
const EXECUTABLE = 2;
