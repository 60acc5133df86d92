// Contenders that take turns: every round each of them runs once, and another one begins, so that what else the machine
// does meets all of them alike.

import { median, quartiles, type RatioOutcome } from "./row.ts";

export interface Contender {
  /** Makes what one run needs; not measured. Rounds count from 0, the warm-up is round -1. */
  readonly prepare?: (round: number) => void | Promise<void>;
  /** What is measured. A contender that measures itself gives its milliseconds back. */
  readonly run: (round: number) => void | number | Promise<void | number>;
}

export type RaceResult<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** Lets contenders take turns; milliseconds by name, one for every round. */
export async function race<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds, warmUps = 1 }: { readonly rounds: number; readonly warmUps?: number },
): Promise<RaceResult<Name>> {
  const names = Object.keys(contenders) as Name[];
  const durations = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUps; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + warmUps) % names.length];
      if (name === undefined) continue;
      const contender = contenders[name];
      await contender.prepare?.(round);
      const started = performance.now();
      const measured = await contender.run(round);
      const ms = measured ?? performance.now() - started;
      if (round >= 0) durations[name].push(ms);
    }
  }
  return durations;
}

/** How one contender did beside another: the median of the rounds' ratios. */
export function ratio(ours: readonly number[], theirs: readonly number[]): RatioOutcome {
  const ratios = ours.map((ms, round) => ms / (theirs[round] ?? Number.NaN));
  return {
    ratio: median(ratios),
    quartiles: quartiles(ratios),
    ours: median(ours),
    theirs: median(theirs),
  };
}
