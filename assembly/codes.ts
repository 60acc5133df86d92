// The decoding tables of DEFLATE's codes (RFC 1951 section 3.2.2), in memory that is this module's own: below WORK_END.
//
// An entry is found by the next bits of the input, low bits first. Shifts in WebAssembly count modulo the word size, so
// an entry can be used as a shift count as it stands:
//   0-5    bits to drop: the code and, for lengths and distances, its extra bits
//   6      with bit 7: not a pointer: the end of the block (bit 16 set) or no such code (bit 16 clear)
//   7      not a symbol to act on: a pointer to a subtable, or as bit 6 says
//   8-9    number of literals (literal/length table only)
//   10-15  bits of the code alone, plus 2 for lengths and distances; in a pointer, the width of the subtable's index
//   16-    literal: its byte; pointer: index of the subtable; length: base 16-24, mask of extra bits 25-29;
//          distance (entries of 64 bits): base 16-31, mask of extra bits 32-44

/** Where the memory of callers begins. */
export const WORK_END: u32 = 0x10000;

/** Bits that index each root table. */
export const LITERAL_BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 8;
const LENGTH_CODE_BITS: u32 = 7;

// A code's subtables each hold at least two codes (it is complete), and index at most 15 - root bits:
// literal/length 2048 + 144 * 16 = 4352 entries of 4 bytes, distance 256 + 16 * 128 = 2304 entries of 8 bytes.
export const LITERAL_TABLE: u32 = 0x1000; // .. 0x5400
export const DISTANCE_TABLE: u32 = 0x5400; // .. 0x9c00
export const LENGTH_CODE_TABLE: u32 = 0x9c00; // 128 * 4 .. 0x9e00
const LITERAL_SYMBOLS: u32 = 0x9e00; // 288 * 4 .. 0xa280
const DISTANCE_SYMBOLS: u32 = 0xa280; // 32 * 8 .. 0xa380
const LENGTH_CODE_SYMBOLS: u32 = 0xa380; // 19 * 4 .. 0xa400
/** Code lengths as they are read; a run may be written up to 144 bytes too far. */
export const LENGTHS: u32 = 0xa400; // 320 + 144 .. 0xa600
const SORTED: u32 = 0xa600; // 288 * 2 .. 0xa880
const COUNTS: u32 = 0xa880; // 16 * 4
const OFFSETS: u32 = 0xa8c0; // 16 * 4
export const LENGTH_CODE_LENGTHS: u32 = 0xa900; // 19
/** The order in which the lengths of the length code are given (section 3.2.7). */
export const LENGTH_CODE_ORDER: u32 = 0xa920; // 19

export const NOT_SYMBOL: u32 = 0x80;
export const NO_CODE: u32 = 0xc0;
export const IS_END: u32 = 0x10000;
export const IS_LITERAL: u64 = 0x300;

/** Writes what each symbol means, which is the same for all codes (section 3.2.5). */
export function prepareSymbols(): void {
  for (let symbol: u32 = 0; symbol < 256; symbol++)
    store<u32>(LITERAL_SYMBOLS + (symbol << 2), (symbol << 16) | 0x100);
  store<u32>(LITERAL_SYMBOLS + (256 << 2), 0x10000 | NO_CODE);
  let base: u32 = 3;
  for (let symbol: u32 = 0; symbol < 28; symbol++) {
    const extra: u32 = symbol < 8 ? 0 : (symbol >> 2) - 1;
    store<u32>(
      LITERAL_SYMBOLS + ((257 + symbol) << 2),
      0x800 | extra | (base << 16) | (((1 << extra) - 1) << 25),
    );
    base += 1 << extra;
  }
  store<u32>(LITERAL_SYMBOLS + (285 << 2), 0x800 | (258 << 16));
  store<u32>(LITERAL_SYMBOLS + (286 << 2), NO_CODE);
  store<u32>(LITERAL_SYMBOLS + (287 << 2), NO_CODE);
  base = 1;
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extra: u32 = symbol < 4 ? 0 : (symbol >> 1) - 1;
    store<u64>(
      DISTANCE_SYMBOLS + (symbol << 3),
      0x800 | (extra as u64) | ((base as u64) << 16) | ((((1 << extra) - 1) as u64) << 32),
    );
    base += 1 << extra;
  }
  store<u64>(DISTANCE_SYMBOLS + (30 << 3), NO_CODE);
  store<u64>(DISTANCE_SYMBOLS + (31 << 3), NO_CODE);
  for (let symbol: u32 = 0; symbol < 19; symbol++)
    store<u32>(LENGTH_CODE_SYMBOLS + (symbol << 2), symbol << 16);
  // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15
  store<u32>(LENGTH_CODE_ORDER, 0x00121110);
  for (let i: u32 = 0; i < 15; i++) store<u8>(LENGTH_CODE_ORDER + 4 + i, i & 1 ? 7 - (i >> 1) : 8 + (i >> 1));
}

/** Makes the table of literals and lengths; false where the lengths make no code that zlib would take. */
export function buildLiterals(lengths: u32, count: u32, mayLack: bool): bool {
  return build<u32>(lengths, count, LITERAL_TABLE, LITERAL_BITS, LITERAL_SYMBOLS, mayLack);
}

/** Makes the table of distances. */
export function buildDistances(lengths: u32, count: u32, mayLack: bool): bool {
  return build<u64>(lengths, count, DISTANCE_TABLE, DISTANCE_BITS, DISTANCE_SYMBOLS, mayLack);
}

/** Makes the table of the code in which code lengths are given. */
export function buildLengthCode(): bool {
  return build<u32>(LENGTH_CODE_LENGTHS, 19, LENGTH_CODE_TABLE, LENGTH_CODE_BITS, LENGTH_CODE_SYMBOLS, false);
}

/**
 * The table of a canonical code from its code lengths. A code must be complete; where it may lack codes, as zlib allows
 * for literals and distances, one code of one bit, or none, is taken as well.
 */
function build<T>(lengths: u32, total: u32, table: u32, root: u32, symbols: u32, mayLack: bool): bool {
  const size: u32 = sizeof<T>() as u32;
  for (let length: u32 = 0; length < 64; length += 8) store<u64>(COUNTS + length, 0);
  let i: u32 = 0;
  while (i < total) {
    if (!load<u64>(lengths + i) && i + 8 <= total) {
      i += 8;
      continue;
    }
    const stop = min(i + 8, total);
    do {
      const place = COUNTS + ((load<u8>(lengths + i) as u32) << 2);
      store<u32>(place, load<u32>(place) + 1);
    } while (++i < stop);
  }
  let left: i32 = 1;
  let offset: u32 = 0;
  let longest: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    const ofLength = load<u32>(COUNTS + (length << 2));
    store<u32>(OFFSETS + (length << 2), offset);
    offset += ofLength;
    if (ofLength) longest = length;
    left = (left << 1) - ofLength;
    if (left < 0) return false;
  }
  store<u32>(OFFSETS, offset);
  if (left > 0) {
    if (!mayLack || longest > 1) return false;
    for (let i: u32 = 0; i < 1 << root; i++) store<T>(table + i * size, NO_CODE as T);
    if (!longest) return true;
  }
  i = 0;
  while (i < total) {
    if (!load<u64>(lengths + i) && i + 8 <= total) {
      i += 8;
      continue;
    }
    const stop = min(i + 8, total);
    do {
      const place = OFFSETS + ((load<u8>(lengths + i) as u32) << 2); // symbols without a code go past the others
      const index = load<u32>(place);
      store<u32>(place, index + 1);
      store<u16>(SORTED + (index << 1), i);
    } while (++i < stop);
  }
  let next: u32 = SORTED;
  if (left > 0) {
    const entry = (load<T>(symbols + (load<u16>(next) as u32) * size) + 0x401) as T;
    for (let i: u32 = 0; i < 1 << root; i += 2) store<T>(table + i * size, entry);
    return true;
  }
  // Codes in order, each kept with its first bit lowest; the table grows by doubling with the code length.
  let len: u32 = 1;
  let count = load<u32>(COUNTS + 4);
  while (!count) count = load<u32>(COUNTS + (++len << 2));
  let code: u32 = 0;
  let last: u32 = (1 << len) - 1;
  while (len <= root) {
    do {
      store<T>(table + code * size, (load<T>(symbols + (load<u16>(next) as u32) * size) + len * 0x401) as T);
      next += 2;
      if (code == last) {
        while (len < root) {
          memory.copy(table + (size << len), table, size << len);
          len++;
        }
        return true;
      }
      const bit: u32 = 1 << (31 - clz(code ^ last));
      code = (code & (bit - 1)) | bit;
    } while (--count);
    do {
      if (len < root) memory.copy(table + (size << len), table, size << len);
      count = load<u32>(COUNTS + (++len << 2));
    } while (!count);
    last = (1 << len) - 1;
  }
  // Longer codes, in subtables.
  const rootMask: u32 = (1 << root) - 1;
  let end: u32 = 1 << root;
  let sub: u32 = 0;
  let prefix: u32 = -1;
  while (true) {
    if ((code & rootMask) != prefix) {
      prefix = code & rootMask;
      sub = end;
      let bits = len - root;
      let room: i32 = (1 << bits) - count;
      while (room > 0) {
        bits++;
        room = (room << 1) - load<u32>(COUNTS + ((root + bits) << 2));
      }
      end += 1 << bits;
      store<T>(table + prefix * size, ((sub << 16) | (bits << 10) | NOT_SYMBOL | root) as T);
    }
    const entry = (load<T>(symbols + (load<u16>(next) as u32) * size) + (len - root) * 0x401) as T;
    next += 2;
    for (let i = sub + (code >> root); i < end; i += 1 << (len - root)) store<T>(table + i * size, entry);
    if (code == last) return true;
    const bit: u32 = 1 << (31 - clz(code ^ last));
    code = (code & (bit - 1)) | bit;
    if (!--count) {
      do count = load<u32>(COUNTS + (++len << 2));
      while (!count);
      last = (1 << len) - 1;
    }
  }
}
