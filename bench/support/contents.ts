// File contents that compress as those of real wheels do: Python text, JSON tables, compiled code.

export interface ContentSource {
  /** Python-like text, which deflate brings to about a quarter. */
  text(bytes: number): Buffer;
  /** Repetitive data, which deflate brings to about an eighth. */
  table(bytes: number): Buffer;
  /** Like compiled code, which deflate brings to about the half. */
  binary(bytes: number): Buffer;
}

/** A source of contents; the same seed gives the same octets. */
export function createContents(seed: number): ContentSource {
  const random = randomFrom(seed);
  const pools = {
    text: textPool(random),
    table: tablePool(random),
    binary: binaryPool(random),
  };
  const cut = (pool: Buffer, bytes: number): Buffer => {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0;) {
      const start = random(pool.length);
      const part = pool.subarray(start, Math.min(start + left, pool.length));
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  };
  return {
    text: (bytes) => cut(pools.text, bytes),
    table: (bytes) => cut(pools.table, bytes),
    binary: (bytes) => cut(pools.binary, bytes),
  };
}

/** Whole numbers below a bound, the same ones for the same seed. */
export function randomFrom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

function textPool(random: (bound: number) => number): Buffer {
  const words = vocabulary(random, 1500);
  // Squared, so that few words are frequent and many are rare, as in real text.
  const word = (): string => words[Math.floor((random(1000) / 1000) ** 3 * words.length)] ?? "";
  const shapes = [
    () => `    def ${word()}_${word()}(self, ${word()}, ${word()}=None):\n`,
    () => `        self.${word()} = ${word()}(${word()}, ${random(100)})\n`,
    () => `        if ${word()} is not None and ${word()}.${word()}:\n`,
    () => `            return ${word()}[${word()}].${word()}(${word()})\n`,
    () => `        # ${word()} ${word()} ${word()} ${word()} ${word()} ${word()} ${word()}\n`,
    () => `        raise ValueError("${word()} ${word()} ${word()}: %r" % ${word()})\n`,
    () => `from .${word()} import ${word()}, ${word()}\n`,
    () => `        for ${word()}, ${word()} in ${word()}.items():\n`,
  ];
  const lines: string[] = [];
  for (let size = 0; size < POOL_BYTES;) {
    const line = shapes[random(shapes.length)]?.() ?? "";
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join(""), "latin1");
}

function tablePool(random: (bound: number) => number): Buffer {
  const words = vocabulary(random, 400);
  const word = (): string => words[Math.floor((random(1000) / 1000) ** 3 * words.length)] ?? "";
  const rows: string[] = [];
  for (let size = 0; size < POOL_BYTES;) {
    const row = `    "${word()}${word()}":{\n      "type":"structure",\n      "required":["${word()}"],\n      "members":{"${word()}":{"shape":"${word()}","documentation":"<p>The ${word()} of the ${word()}.</p>"}}\n    },\n`;
    rows.push(row);
    size += row.length;
  }
  return Buffer.from(rows.join(""), "latin1");
}

/** Instructions from a small set, with operands that vary. */
function binaryPool(random: (bound: number) => number): Buffer {
  const instructions = Array.from({ length: 300 }, () =>
    Array.from({ length: 3 + random(6) }, () => random(256)),
  );
  const bytes = Buffer.alloc(POOL_BYTES);
  for (let at = 0; at < bytes.length;) {
    const instruction = instructions[Math.floor((random(1000) / 1000) ** 2 * instructions.length)] ?? [];
    for (const byte of instruction) bytes[at++] = byte;
    if (random(100) < OPERAND_PERCENT) bytes[at++] = random(256);
  }
  return bytes;
}

function vocabulary(random: (bound: number) => number, count: number): readonly string[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: 3 + random(8) }, () => String.fromCharCode(97 + random(26))).join(""),
  );
}

const POOL_BYTES = 6 * 1024 ** 2;
const OPERAND_PERCENT = 20;
