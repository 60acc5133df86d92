// MD4 (RFC 1320), which NTLM makes keys of passwords with. OpenSSL 3 has it in its legacy provider only, so Node does not.
// It is broken as a hash: nothing else may use it.

/** The 16 bytes of a message's MD4. */
export function md4(message: Uint8Array): Buffer {
  const padded = pad(message);
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) {
    const words = Array.from({ length: 16 }, (_, at) => padded.readUInt32LE(offset + at * 4));
    const mixed = ROUNDS.reduce((current, round) => mix(current, words, round), state);
    state = [
      add(state[0], mixed[0]),
      add(state[1], mixed[1]),
      add(state[2], mixed[2]),
      add(state[3], mixed[3]),
    ];
  }
  const digest = Buffer.alloc(16);
  state.forEach((word, at) => digest.writeUInt32LE(word, at * 4));
  return digest;
}

type State = readonly [number, number, number, number];

interface Round {
  readonly combine: (x: number, y: number, z: number) => number;
  readonly constant: number;
  /** In which order the words of a block are taken. */
  readonly order: readonly number[];
  readonly shifts: readonly number[];
}

/** Section 3.4: sixteen steps, each of which replaces the first register and moves all four on by one. */
function mix(state: State, words: readonly number[], { combine, constant, order, shifts }: Round): State {
  let [a, b, c, d] = state;
  order.forEach((word, step) => {
    const sum = (a + combine(b, c, d) + (words[word] ?? 0) + constant) >>> 0;
    [a, b, c, d] = [d, rotate(sum, shifts[step % 4] ?? 0), b, c];
  });
  return [a, b, c, d];
}

/** Sections 3.1 and 3.2: a bit, zeros, and the length in bits. */
function pad(message: Uint8Array): Buffer {
  const length = Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const padded = Buffer.alloc(length);
  padded.set(message);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, length - 8);
  return padded;
}

function rotate(word: number, bits: number): number {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}

function add(one: number, other: number): number {
  return (one + other) >>> 0;
}

const BLOCK_BYTES = 64;
const ROUNDS: readonly Round[] = [
  {
    combine: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    combine: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    combine: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];
