// Raw DEFLATE (RFC 1951), from one piece of memory into another: AssemblyScript, which `scripts/compile-inflate.mjs` compiles
// to WebAssembly. What zlib refuses is refused, and nothing is read or written outside of the two pieces and the tables.
//
// While symbols are decoded, the bit buffer holds its bits from bit 2 up, so that masking it gives the byte offset of an
// entry of 4 bytes; `count` counts the two bits below as well. Bits at and above it are either zero or the input's next
// bits, so that a refill may set them again. A refill leaves at least 54 bits.
//
// The budget of the fast loop, which any change has to keep: of 54 bits after a refill, at most three literals of 11 bits
// go before a length (11 + 4 bits of a code in a subtable, 5 extra), which leaves a refill to the distance whenever fewer
// than 28 remain (8 + 7 bits of a code, 13 extra).

import {
  buildDistances,
  buildLengthCode,
  buildLiterals,
  DISTANCE_BITS,
  DISTANCE_TABLE,
  IS_END,
  IS_LITERAL,
  LENGTH_CODE_LENGTHS,
  LENGTH_CODE_ORDER,
  LENGTH_CODE_TABLE,
  LENGTHS,
  LITERAL_BITS,
  LITERAL_TABLE,
  NO_CODE,
  NOT_SYMBOL,
  prepareSymbols,
  WORK_END,
} from "./codes";

/** The data is no DEFLATE stream. */
const INVALID: i32 = -1;
/** The input ends inside the stream. */
const INPUT_ENDS: i32 = -2;
/** The stream holds more than there is room for. */
const OUTPUT_FULL: i32 = -3;

const LITERAL_MASK: u32 = ((1 << LITERAL_BITS) - 1) << 2;
const DISTANCE_MASK: u32 = ((1 << DISTANCE_BITS) - 1) << 3;

let bitBuffer: u64 = 0;
/** Valid bits in it. */
let bitCount: u32 = 0;
let position: u32 = 0;
let inputEnd: u32 = 0;
/** Whether the tables are those of the fixed codes. */
let isFixed: bool = false;
let isPrepared: bool = false;
let used: u32 = 0;

/** Where callers may put input and output. */
export function workEnd(): u32 {
  return WORK_END;
}

/** Bytes of input that the last successful {@link inflate} took. */
export function consumed(): u32 {
  return used;
}

/**
 * Decodes the stream at `source` into `target`; gives the length written, or a negative number: -1 for data that is no
 * stream, -2 where the input ends early, -3 where more than `capacity` would be written. Both pieces lie at or above
 * {@link workEnd}, below 2 GiB, inside the memory, and do not overlap: the caller sees to that.
 */
export function inflate(source: u32, sourceLength: u32, target: u32, capacity: u32): i32 {
  if (!isPrepared) {
    prepareSymbols();
    isPrepared = true;
  }
  const sourceEnd = source + sourceLength;
  const targetEnd = target + capacity;
  // The fast loop reads 8 bytes at each of up to three refills, which advance by 7 at most, and writes up to four
  // literals and a match of 258, overshooting by less than 24, at each turn.
  const fastInputEnd: i32 = (sourceEnd as i32) - 32;
  const fastOutputEnd: i32 = (targetEnd as i32) - 320;
  inputEnd = sourceEnd;
  position = source;
  bitBuffer = 0;
  bitCount = 0;
  let output = target;
  let final: u32;
  do {
    refill();
    if (bitCount < 3) return INPUT_ENDS;
    final = (bitBuffer as u32) & 1;
    const type = ((bitBuffer as u32) >> 1) & 3;
    bitBuffer >>= 3;
    bitCount -= 3;
    if (type == 0) {
      let place = position - (bitCount >> 3);
      bitBuffer = 0;
      bitCount = 0;
      if (sourceEnd - place < 4) return INPUT_ENDS;
      const length = load<u16>(place) as u32;
      if ((length ^ (load<u16>(place, 2) as u32)) != 0xffff) return INVALID;
      place += 4;
      if (sourceEnd - place < length) return INPUT_ENDS;
      if (targetEnd - output < length) return OUTPUT_FULL;
      memory.copy(output, place, length);
      output += length;
      position = place + length;
      continue;
    }
    if (type == 1) {
      if (!isFixed) loadFixed();
    } else if (type == 2) {
      const failure = loadDynamic();
      if (failure) return failure;
    } else return INVALID;

    let input = position;
    if (bitCount > 55) {
      bitCount -= 8;
      input--;
    }
    let bits = bitBuffer << 2;
    let count: u64 = bitCount + 2;
    let entry: u64;
    let distanceEntry: u64;
    let saved: u64;
    let length: u32;
    let distance: u32;
    let ended = false;

    if ((input as i32) < fastInputEnd && (output as i32) < fastOutputEnd) {
      bits |= load<u64>(input) << count;
      input += ((count as u32) ^ 63) >> 3;
      count |= 56;
      entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
      do {
        // Here 54 bits or more are in bits, and entry is the entry for the next of them. If that is a literal, take it
        // without a branch (whether a match follows a match is hard to predict); if not, look it up again.
        store<u8>(output, entry >> 16);
        output += ((entry >> 8) as u32) & 1;
        distanceEntry = select<u64>(entry, 0, (entry & IS_LITERAL) != 0);
        bits >>= distanceEntry;
        count -= distanceEntry;
        entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
        saved = bits;
        bits >>= entry;
        count -= entry;
        if (entry & IS_LITERAL) {
          store<u8>(output, entry >> 16);
          output++;
          entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
          saved = bits;
          bits >>= entry;
          count -= entry;
          if (entry & IS_LITERAL) {
            store<u8>(output, entry >> 16);
            output++;
            entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
            saved = bits;
            bits >>= entry;
            count -= entry;
            if (entry & IS_LITERAL) {
              store<u8>(output, entry >> 16);
              output++;
              bits |= load<u64>(input) << count;
              input += (~(count as u32) >> 3) & 7;
              count |= 56;
              entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
              continue;
            }
          }
        }
        if (entry & (NOT_SYMBOL as u64)) {
          if (entry & 0x40) {
            if (!(entry & IS_END)) return INVALID;
            ended = true;
            break;
          }
          // At most 11 + 22 + 11 bits are gone; a code in a subtable takes 4 more and 5 extra bits.
          entry = load<u32>(
            (((entry >> 16) as u32) + (((bits as u32) >> 2) & ((1 << ((entry >> 10) as u32)) - 1))) << 2,
            LITERAL_TABLE,
          ) as u64;
          saved = bits;
          bits >>= entry;
          count -= entry;
          if (entry & IS_LITERAL) {
            store<u8>(output, entry >> 16);
            output++;
            bits |= load<u64>(input) << count;
            input += (~(count as u32) >> 3) & 7;
            count |= 56;
            entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
            continue;
          }
          if (entry & (NOT_SYMBOL as u64)) {
            if (!(entry & IS_END)) return INVALID;
            ended = true;
            break;
          }
        }
        length = (((entry >> 16) & 511) + ((saved >> (entry >> 10)) & (entry >> 25))) as u32;
        // a distance takes 28 bits at most
        if ((count & 63) < 30) {
          bits |= load<u64>(input) << count;
          input += (~(count as u32) >> 3) & 7;
          count |= 56;
        }
        distanceEntry = load<u64>(((bits as u32) << 1) & DISTANCE_MASK, DISTANCE_TABLE);
        saved = bits;
        bits >>= distanceEntry;
        count -= distanceEntry;
        if (distanceEntry & (NOT_SYMBOL as u64)) {
          if (distanceEntry & 0x40) return INVALID;
          distanceEntry = load<u64>(
            (((distanceEntry >> 16) as u32) +
              (((bits as u32) >> 2) & ((1 << ((distanceEntry >> 10) as u32)) - 1))) <<
              3,
            DISTANCE_TABLE,
          );
          saved = bits;
          bits >>= distanceEntry;
          count -= distanceEntry;
          if (distanceEntry & (NOT_SYMBOL as u64)) return INVALID;
        }
        distance = (((distanceEntry >> 16) & 0xffff) +
          ((saved >> (distanceEntry >> 10)) & (distanceEntry >> 32))) as u32;
        if (distance > output - target) return INVALID;
        bits |= load<u64>(input) << count;
        input += (~(count as u32) >> 3) & 7;
        count |= 56;
        entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
        let from = output - distance;
        let to = output;
        output += length;
        if (distance >= 8) {
          store<u64>(to, load<u64>(from));
          store<u64>(to, load<u64>(from, 8), 8);
          store<u64>(to, load<u64>(from, 16), 16);
          if (length > 24) {
            to += 24;
            from += 24;
            do {
              store<u64>(to, load<u64>(from));
              store<u64>(to, load<u64>(from, 8), 8);
              to += 16;
              from += 16;
            } while (to < output);
          }
        } else if (distance == 1) {
          const byte = (load<u8>(from) as u64) * 0x0101010101010101;
          do {
            store<u64>(to, byte);
            store<u64>(to, byte, 8);
            to += 16;
          } while (to < output);
        } else {
          do {
            store<u64>(to, load<u64>(from));
            to += distance;
            from += distance;
          } while (to < output);
        }
      } while ((input as i32) < fastInputEnd && (output as i32) < fastOutputEnd);
      count &= 63;
    }

    // The careful loop: near the end of the input or the output.
    while (!ended) {
      if (input + 8 <= sourceEnd) {
        bits |= load<u64>(input) << count;
        input += ((count as u32) ^ 63) >> 3;
        count |= 56;
      } else {
        while (count < 56 && input < sourceEnd) {
          bits |= (load<u8>(input++) as u64) << count;
          count += 8;
        }
      }
      entry = load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE) as u64;
      saved = bits;
      if (entry & IS_LITERAL) {
        const take = entry & 63;
        if (take + 2 > count) return INPUT_ENDS;
        if (output >= targetEnd) return OUTPUT_FULL;
        store<u8>(output++, entry >> 16);
        bits >>= take;
        count -= take;
        continue;
      }
      if ((entry & NO_CODE) == (NOT_SYMBOL as u64)) {
        if ((entry & 63) + 2 > count) return INPUT_ENDS;
        bits >>= entry;
        count -= entry & 63;
        entry = load<u32>(
          (((entry >> 16) as u32) + (((bits as u32) >> 2) & ((1 << ((entry >> 10) as u32)) - 1))) << 2,
          LITERAL_TABLE,
        ) as u64;
        saved = bits;
      }
      if ((entry & 63) + 2 > count) return INPUT_ENDS;
      bits >>= entry;
      count -= entry & 63;
      if (entry & IS_LITERAL) {
        if (output >= targetEnd) return OUTPUT_FULL;
        store<u8>(output++, entry >> 16);
        continue;
      }
      if (entry & (NOT_SYMBOL as u64)) {
        if (!(entry & IS_END)) return INVALID;
        break;
      }
      length = (((entry >> 16) & 511) + ((saved >> (entry >> 10)) & (entry >> 25))) as u32;
      // 20 bits of 54 are gone at most; a distance takes 28
      distanceEntry = load<u64>(((bits as u32) << 1) & DISTANCE_MASK, DISTANCE_TABLE);
      saved = bits;
      if ((distanceEntry & 63) + 2 > count) return INPUT_ENDS;
      bits >>= distanceEntry;
      count -= distanceEntry & 63;
      if (distanceEntry & (NOT_SYMBOL as u64)) {
        if (distanceEntry & 0x40) return INVALID;
        distanceEntry = load<u64>(
          (((distanceEntry >> 16) as u32) +
            (((bits as u32) >> 2) & ((1 << ((distanceEntry >> 10) as u32)) - 1))) <<
            3,
          DISTANCE_TABLE,
        );
        saved = bits;
        if ((distanceEntry & 63) + 2 > count) return INPUT_ENDS;
        bits >>= distanceEntry;
        count -= distanceEntry & 63;
        if (distanceEntry & (NOT_SYMBOL as u64)) return INVALID;
      }
      distance = (((distanceEntry >> 16) & 0xffff) +
        ((saved >> (distanceEntry >> 10)) & (distanceEntry >> 32))) as u32;
      if (distance > output - target) return INVALID;
      if (length > targetEnd - output) return OUTPUT_FULL;
      let from = output - distance;
      let to = output;
      output += length;
      if (distance >= 8 && (to as i32) < fastOutputEnd) {
        do {
          store<u64>(to, load<u64>(from));
          to += 8;
          from += 8;
        } while (to < output);
      } else {
        do store<u8>(to++, load<u8>(from++));
        while (to < output);
      }
    }
    bitBuffer = bits >> 2;
    bitCount = (count as u32) - 2;
    position = input;
  } while (!final);
  used = position - (bitCount >> 3) - source;
  return output - target;
}

function refill(): void {
  if (position + 8 <= inputEnd) {
    bitBuffer |= load<u64>(position) << bitCount;
    position += (63 - bitCount) >> 3;
    bitCount |= 56;
  } else {
    while (bitCount < 56 && position < inputEnd) {
      bitBuffer |= (load<u8>(position++) as u64) << bitCount;
      bitCount += 8;
    }
  }
}

/** The codes that need no header (section 3.2.6). */
function loadFixed(): void {
  for (let i: u32 = 0; i < 288; i++) store<u8>(LENGTHS + i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
  for (let i: u32 = 0; i < 32; i++) store<u8>(LENGTHS + 288 + i, 5);
  buildLiterals(LENGTHS, 288, false);
  buildDistances(LENGTHS + 288, 32, false);
  isFixed = true;
}

/** Reads the codes that a block brings along (section 3.2.7). */
function loadDynamic(): i32 {
  isFixed = false;
  refill();
  if (bitCount < 14) return INPUT_ENDS;
  const literalCount: u32 = ((bitBuffer as u32) & 31) + 257;
  const distanceCount: u32 = (((bitBuffer as u32) >> 5) & 31) + 1;
  const lengthCodeCount: u32 = (((bitBuffer as u32) >> 10) & 15) + 4;
  bitBuffer >>= 14;
  bitCount -= 14;
  if (literalCount > 286 || distanceCount > 30) return INVALID;
  store<u64>(LENGTH_CODE_LENGTHS, 0);
  store<u64>(LENGTH_CODE_LENGTHS, 0, 8);
  store<u32>(LENGTH_CODE_LENGTHS, 0, 16);
  for (let i: u32 = 0; i < lengthCodeCount; i++) {
    if (bitCount < 3) {
      refill();
      if (bitCount < 3) return INPUT_ENDS;
    }
    store<u8>(LENGTH_CODE_LENGTHS + (load<u8>(LENGTH_CODE_ORDER + i) as u32), (bitBuffer as u32) & 7);
    bitBuffer >>= 3;
    bitCount -= 3;
  }
  if (!buildLengthCode()) return INVALID;
  let bits = bitBuffer;
  let count = bitCount;
  let input = position;
  const end = inputEnd;
  const total = literalCount + distanceCount;
  let i: u32 = 0;
  while (i < total) {
    if (count < 14) {
      if (input + 8 <= end) {
        bits |= load<u64>(input) << count;
        input += (63 - count) >> 3;
        count |= 56;
      } else {
        while (count < 56 && input < end) {
          bits |= (load<u8>(input++) as u64) << count;
          count += 8;
        }
      }
    }
    const entry = load<u32>(((bits as u32) & 127) << 2, LENGTH_CODE_TABLE);
    let take = entry & 63;
    const symbol = entry >> 16;
    if (symbol < 16) {
      if (take > count) return INPUT_ENDS;
      store<u8>(LENGTHS + i++, symbol);
    } else {
      const next = (bits as u32) >> take;
      let value: u64 = 0;
      let repeat: u32;
      if (symbol == 16) {
        if (!i) return INVALID;
        value = (load<u8>(LENGTHS + i - 1) as u64) * 0x0101010101010101;
        repeat = 3 + (next & 3);
        take += 2;
      } else if (symbol == 17) {
        repeat = 3 + (next & 7);
        take += 3;
      } else {
        repeat = 11 + (next & 127);
        take += 7;
      }
      if (take > count) return INPUT_ENDS;
      if (i + repeat > total) return INVALID;
      let place = LENGTHS + i;
      i += repeat;
      const placeEnd = LENGTHS + i;
      do {
        store<u64>(place, value);
        place += 8;
      } while (place < placeEnd);
    }
    bits >>= take;
    count -= take;
  }
  bitBuffer = bits;
  bitCount = count;
  position = input;
  if (!load<u8>(LENGTHS + 256)) return INVALID;
  if (!buildLiterals(LENGTHS, literalCount, true)) return INVALID;
  if (!buildDistances(LENGTHS + literalCount, distanceCount, true)) return INVALID;
  return 0;
}
