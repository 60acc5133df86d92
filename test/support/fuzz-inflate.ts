// Our own inflate against the one of `node:zlib`: streams made by chance, by a compressor, and from good ones by damage.
// Both must give the same bytes from the same number of input bytes, or both refuse.

import { setImmediate as nextTurn } from "node:timers/promises";
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import { openInflateMachine } from "../../src/archive/inflater.ts";
import { seededRandom, type Random } from "./random.ts";

export interface InflateFuzzing {
  readonly module: WebAssembly.Module;
  readonly streams: number;
  readonly seed: number;
}

export interface InflateFuzzResult {
  readonly streams: number;
  /** Both gave bytes. */
  readonly taken: number;
  /** Both refused, by our reason: -1 for invalid data, -2 for an early end, -3 for too much output. */
  readonly refused: Readonly<Record<string, number>>;
  /** What the two did not agree on, and writes outside of the output. */
  readonly differences: readonly string[];
}

/** Runs both over so many streams; the same seed makes the same streams. */
export async function fuzzInflate({ module, streams, seed }: InflateFuzzing): Promise<InflateFuzzResult> {
  const inflate = openInflate(module);
  const random = seededRandom(seed);
  const refused: Record<string, number> = {};
  const differences: string[] = [];
  let taken = 0;
  for (let count = 0; count < streams && differences.length < MOST_DIFFERENCES;) {
    const base = makeStream(random);
    // A stream that `node:zlib` refuses is held, with all its memory, until the event loop has had a turn.
    if (count % STREAMS_AT_ONCE < TURNS) await nextTurn();
    for (let turn = 0; turn < TURNS && count < streams; turn += 1, count += 1) {
      const { stream, capacity } = turn === 0 ? base : damage(base, random);
      const ours = inflate(stream, capacity);
      const theirs = reference(stream, capacity);
      if (ours.isOutside)
        differences.push(`${stream.toString("hex")} (${capacity}): wrote outside of its output`);
      if (ours.bytes === undefined) refused[ours.reason] = (refused[ours.reason] ?? 0) + 1;
      else taken += 1;
      const isSame =
        ours.bytes === undefined
          ? theirs === undefined
          : theirs !== undefined && ours.consumed === theirs.consumed && ours.bytes.equals(theirs.bytes);
      if (!isSame) differences.push(`${stream.toString("hex")} (${capacity}): ${ours.reason}`);
    }
  }
  return { streams, taken, refused, differences };
}

interface Inflated {
  readonly bytes: Buffer | undefined;
  readonly consumed: number;
  readonly reason: string;
  readonly isOutside: boolean;
}

/** Prepares calls with guards around the output. */
export function openInflate(module: WebAssembly.Module): (stream: Buffer, capacity: number) => Inflated {
  const machine = openInflateMachine(module, PAGES);
  if (machine === undefined) throw new Error("the module cannot be used");
  const { bytes } = machine;
  const guard = Buffer.alloc(GUARD_BYTES, 0xa5);
  return (stream, capacity) => {
    const source = machine.start;
    bytes.set(stream, source);
    const before = source + stream.length;
    // The last byte of the output is the last of the memory, every other time: reading on would trap.
    const target = stream.length % 2 === 0 ? bytes.length - capacity : before + GUARD_BYTES;
    const after = target + capacity;
    bytes.set(guard, target - GUARD_BYTES);
    if (after < bytes.length) bytes.set(guard, after);
    const written = machine.inflate(source, stream.length, target, capacity);
    const isOutside =
      !bytes.subarray(target - GUARD_BYTES, target).equals(guard) ||
      (after < bytes.length && !bytes.subarray(after, after + GUARD_BYTES).equals(guard));
    return {
      bytes: written < 0 ? undefined : bytes.subarray(target, target + written),
      consumed: machine.consumed(),
      reason: String(written),
      isOutside,
    };
  };
}

function reference(
  stream: Buffer,
  capacity: number,
): { readonly bytes: Buffer; readonly consumed: number } | undefined {
  try {
    const options = {
      maxOutputLength: Math.max(capacity, 1),
      chunkSize: Math.max(capacity + 1, 64),
      info: true,
    };
    const result: unknown = inflateRawSync(stream, options);
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
    return buffer.length > capacity ? undefined : { bytes: buffer, consumed: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

interface Stream {
  readonly stream: Buffer;
  /** Room for the output. */
  readonly capacity: number;
}

function makeStream(random: Random): Stream {
  switch (random.below(8)) {
    case 0:
      return { stream: bytesByChance(random, random.below(48)), capacity: random.below(600) };
    case 1:
    case 2:
      return { stream: dynamicHeader(random), capacity: random.below(600) };
    default: {
      const contents = contentsByChance(random);
      const capacity = contents.length + random.pick([0, 0, 0, 1, 40, -1]);
      return { stream: deflateRawSync(contents, compression(random)), capacity: Math.max(0, capacity) };
    }
  }
}

function damage({ stream, capacity }: Stream, random: Random): Stream {
  const copy = Buffer.from(stream);
  const at = random.below(Math.max(copy.length, 1));
  switch (random.below(6)) {
    case 0:
      return { stream: copy.subarray(0, at), capacity };
    case 1:
      return { stream: Buffer.concat([copy, bytesByChance(random, 1 + random.below(20))]), capacity };
    case 2:
      return { stream: copy, capacity: Math.max(0, capacity + random.below(40) - 20) };
    case 3:
      return {
        stream: Buffer.concat([copy.subarray(0, at), bytesByChance(random, 1), copy.subarray(at)]),
        capacity,
      };
    default: {
      // Most bits that matter are near the beginning, where the codes are.
      for (let flips = 1 + random.below(3); flips > 0; flips -= 1) {
        const place = random.below(2) === 0 ? at : random.below(Math.min(copy.length, 80) || 1);
        if (place < copy.length) copy[place] = (copy[place] ?? 0) ^ (1 << random.below(8));
      }
      return { stream: copy, capacity };
    }
  }
}

function compression(random: Random): ZlibOptions {
  return {
    level: random.below(10),
    memLevel: 1 + random.below(9),
    windowBits: 9 + random.below(7),
    strategy: random.pick([
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FILTERED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
      constants.Z_FIXED,
    ]),
  };
}

/** Short and long repetitions of an alphabet of some size. */
function contentsByChance(random: Random): Buffer {
  const length = random.below(random.pick([8, 200, 1500, 6000]));
  const alphabet = random.pick([2, 16, 64, 256]);
  const contents = Buffer.alloc(length);
  for (let position = 0; position < length;) {
    const distance = 1 + random.below(random.pick([1, 4, 30, 4000]));
    if (position >= distance && random.below(3) === 0) {
      const end = Math.min(length, position + 3 + random.below(300));
      for (; position < end; position += 1) contents[position] = contents[position - distance] ?? 0;
    } else {
      contents[position] = random.below(alphabet);
      position += 1;
    }
  }
  return contents;
}

function bytesByChance(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** A block with codes of its own (RFC 1951 section 3.2.7) that hang together more often than chance would have them. */
function dynamicHeader(random: Random): Buffer {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let bit = 0; bit < count; bit += 1) bits.push((value >> bit) & 1);
  };
  put(1, 1);
  put(2, 2);
  put(random.pick([0, 0, 29, 30, random.below(32)]), 5);
  put(random.pick([0, 0, 29, 30, random.below(32)]), 5);
  put(random.pick([14, 15, 15, random.below(16)]), 4);
  // The lengths of the length code: most often complete, of two, four or sixteen symbols.
  const lengths = random.pick([
    [1, 0, 0, 1],
    [2, 2, 2, 2],
    [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4],
    Array.from({ length: 19 }, () => random.below(8)),
  ]);
  for (let index = 0; index < 19; index += 1) put(lengths[index] ?? 0, 3);
  for (let count = 200 + random.below(800); count > 0; count -= 1) bits.push(random.below(2));
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries())
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
  return bytes;
}

/** Streams that are made from one. */
const TURNS = 24;
/** Some 20 MB of streams that are held. */
const STREAMS_AT_ONCE = 2400;
const MOST_DIFFERENCES = 20;
const GUARD_BYTES = 64;
const PAGES = 8;
