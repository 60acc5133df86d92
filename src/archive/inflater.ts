// Inflating in WebAssembly (`assembly/inflate.ts`): a member after the other in one piece of memory, so that nothing is
// allocated for any of them. It needs two thirds of the time of `node:zlib`, once the engine has compiled it: for a few
// megabytes that stays faster (docs/performance.md).

import { malformed, type ZipSource } from "./zip-directory.ts";
import type { ZipEntry } from "./zip.ts";

/** A compiled module: the types of Node 20 do not have `WebAssembly`, and nothing here looks into one. */
export type InflateModule = object;

/** Inflates members in memory of its own, which is used again for each. */
export interface Inflater {
  /** Whether a member and its contents fit into the memory together. */
  fits(entry: DeflatedMember): boolean;
  /**
   * The contents of a deflated member that fits, valid until the next call; size and end are checked, CRC-32 is not.
   *
   * @throws archive/invalid
   */
  inflate(entry: DeflatedMember, source: ZipSource): Buffer;
}

/** What inflating needs to know of a member. */
export type DeflatedMember = Pick<ZipEntry, "name" | "size" | "compressedSize" | "offset">;

/** Compiles what `scripts/compile-inflate.mjs` has made; undefined where the runtime cannot. */
export function compileInflate(bytes: Uint8Array): InflateModule | undefined {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    return undefined;
  }
}

/** Makes an inflater; undefined where the runtime has no WebAssembly or no memory for it. */
export function createInflater(module: InflateModule): Inflater | undefined {
  const machine = openInflateMachine(module, PAGES);
  return machine === undefined ? undefined : new MachineInflater(machine);
}

/** The compiled module with its memory. Input and output may lie anywhere from `start` on, without overlap. */
export interface InflateMachine {
  readonly bytes: Buffer;
  readonly start: number;
  /** Gives the length written, or a negative number: see `assembly/inflate.ts`. */
  inflate(source: number, sourceLength: number, target: number, capacity: number): number;
  /** How many bytes of input the last successful call took. */
  consumed(): number;
}

/** @param pages of 64 KiB: all that there will be */
export function openInflateMachine(module: InflateModule, pages: number): InflateMachine | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    if (!isInflateExports(exports)) return undefined;
    const { inflate, consumed } = exports;
    return { bytes: Buffer.from(memory.buffer), start: exports.workEnd(), inflate, consumed };
  } catch {
    // Without WebAssembly, or memory for it, `node:zlib` does the same.
    return undefined;
  }
}

class MachineInflater implements Inflater {
  readonly #machine: InflateMachine;

  constructor(machine: InflateMachine) {
    this.#machine = machine;
  }

  fits({ size, compressedSize }: DeflatedMember): boolean {
    const { bytes, start } = this.#machine;
    return compressedSize + ALIGNMENT + size <= bytes.length - start;
  }

  inflate(entry: DeflatedMember, source: ZipSource): Buffer {
    const { name, size, compressedSize, offset } = entry;
    const { bytes, start } = this.#machine;
    if (!this.fits(entry)) throw new RangeError("A member does not fit into the memory of the inflater");
    if (source.readInto === undefined) bytes.set(source.read(offset, compressedSize), start);
    else source.readInto(bytes.subarray(start, start + compressedSize), offset);
    const target = start + Math.ceil(compressedSize / ALIGNMENT) * ALIGNMENT;
    const written = this.#machine.inflate(start, compressedSize, target, size);
    if (written !== size) throw malformed(`\`${name}\` does not inflate to the promised size`);
    // Bytes after the end of the deflate stream would be a place to hide another member.
    if (this.#machine.consumed() !== compressedSize)
      throw malformed(`\`${name}\` has bytes after its compressed data`);
    return bytes.subarray(target, target + size);
  }
}

interface InflateExports extends Pick<InflateMachine, "inflate" | "consumed"> {
  workEnd(): number;
}

function isInflateExports(exports: object): exports is InflateExports {
  return ["workEnd", "consumed", "inflate"].every(
    (name) => name in exports && typeof Reflect.get(exports, name) === "function",
  );
}

/** What of the runtime is used: the type declarations of Node 20 know nothing but the module. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => InflateModule;
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => {
    readonly buffer: ArrayBuffer;
  };
  readonly Instance: new (
    module: InflateModule,
    imports: { readonly env: { readonly memory: unknown } },
  ) => { readonly exports: object };
};

/** 32 MiB, of which only what is used costs memory. The rare member that is larger goes through the stream of `node:zlib`. */
const PAGES = (32 * 1024 ** 2) / 65_536;
const ALIGNMENT = 8;
