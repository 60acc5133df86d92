// Chance that comes back with its seed: a failure of a seeded run can be run again.

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number;
  /** @throws RangeError where there is nothing to pick from */
  pick<T>(values: readonly T[]): T;
}

/** The generator of xorshift32 (Marsaglia 2003), after a mix that tells neighbouring seeds apart. */
export function seededRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // The first numbers of similar seeds are similar.
  for (let turn = 0; turn < 8; turn += 1) next();
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError("There is nothing to pick from");
      return value;
    },
  };
}

/** Waits a number of turns that differs from call to call, the same ones for the same seed. */
export function shuffledDelay(seed: number): () => Promise<void> {
  let state = seed;
  return async () => {
    state = (state * 48_271) % 2_147_483_647;
    for (let turn = state % 7; turn > 0; turn--) await Promise.resolve();
  };
}
