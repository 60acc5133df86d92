// What a benchmark says: one line per comparison.

export interface Row {
  readonly name: string;
  /** A ratio, a time or a size, as it is printed. */
  readonly figure: string;
  readonly target?: string;
  /** Absent where there is nothing to hold it against, such as a peer that is not installed. */
  readonly isMet?: boolean;
}

/** How a ratio has to be for its target to be met. */
export type RatioTarget = { readonly atMost: number } | { readonly atLeast: number };

/** `0.83× (51 ms : 61 ms)`, held against a target. */
export function ratioRow(name: string, outcome: RatioOutcome, target: RatioTarget): Row {
  const { ratio, ours, theirs } = outcome;
  // "20 times faster" is the other way around.
  const shown = "atLeast" in target ? 1 / ratio : ratio;
  const isMet = "atLeast" in target ? shown >= target.atLeast : shown <= target.atMost;
  return {
    name,
    figure: `${formatRatio(shown)} (${formatMs(ours)} : ${formatMs(theirs)})${formatSpread(outcome, "atLeast" in target)}`,
    target: "atLeast" in target ? `≥ ${target.atLeast}× faster` : `≤ ${target.atMost}×`,
    isMet,
  };
}

/** A row that only tells, because the design sets no target for it. */
export function noteRow(name: string, outcome: RatioOutcome): Row {
  const { ratio, ours, theirs } = outcome;
  return {
    name,
    figure: `${formatRatio(ratio)} (${formatMs(ours)} : ${formatMs(theirs)})${formatSpread(outcome, false)}`,
  };
}

/** `+ 4.2 ms (31 ms : 27 ms)`: what comes on top of a floor, round by round. */
export function overheadRow(
  name: string,
  { ours, floor }: { readonly ours: readonly number[]; readonly floor: readonly number[] },
  { atMostMs }: { readonly atMostMs: number },
): Row {
  const extra = ours.map((ms, round) => ms - (floor[round] ?? Number.NaN));
  const ms = median(extra);
  const [low, high] = quartiles(extra);
  return {
    name,
    figure: `+ ${formatMs(ms)} (${formatMs(median(ours))} : ${formatMs(median(floor))}), quartiles ${formatMs(low)} to ${formatMs(high)}`,
    target: `≤ + ${atMostMs} ms`,
    isMet: ms <= atMostMs,
  };
}

/** Held against the sum of several others, round by round: a peer and the start of a Node. */
export function sumRow(name: string, ours: readonly number[], others: readonly (readonly number[])[]): Row {
  const sums = ours.map((_, round) => others.reduce((sum, other) => sum + (other[round] ?? Number.NaN), 0));
  const ratios = ours.map((ms, round) => ms / (sums[round] ?? Number.NaN));
  return ratioRow(
    name,
    { ratio: median(ratios), quartiles: quartiles(ratios), ours: median(ours), theirs: median(sums) },
    { atMost: 1 },
  );
}

/** A time by itself, in milliseconds: for what no peer does alone. */
export function timeRow(
  name: string,
  durations: readonly number[],
  { atMostMs }: { readonly atMostMs: number },
): Row {
  const ms = median(durations);
  return { name, figure: formatMs(ms), target: `≤ ${atMostMs} ms`, isMet: ms <= atMostMs };
}

/** A row for a peer that is not there. */
export function absentRow(name: string, peer: string): Row {
  return { name, figure: `${peer} is not installed` };
}

export interface RatioOutcome {
  /** Median of the rounds' ratios. */
  readonly ratio: number;
  /** Half of the rounds lie between these. */
  readonly quartiles: readonly [number, number];
  /** Medians in milliseconds. */
  readonly ours: number;
  readonly theirs: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((first, second) => first - second);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The values that a quarter of all are below and above. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((first, second) => first - second);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return [at(0.25), at(0.75)];
}

function formatSpread({ quartiles: [low, high] }: RatioOutcome, isTurned: boolean): string {
  const [from, to] = isTurned ? [1 / high, 1 / low] : [low, high];
  return `, quartiles ${formatRatio(from)} to ${formatRatio(to)}`;
}

function formatRatio(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}×`;
}

export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 10 ? ms.toFixed(0) : ms.toFixed(2)} ms`;
}
