// How much a law is tried with. `npm test` stays quick by trying a part; CI tries all, by `TEST_CASES=all`.

const TRIES_ALL = process.env["TEST_CASES"] === "all";

/** The number of cases: all of them, or those of a quick run. */
export function casesOf(all: number, quick: number = Math.ceil(all / 10)): number {
  return TRIES_ALL ? all : quick;
}

/** One of so many cases is tried, at least one. */
export function strideOf(quick: number): number {
  return TRIES_ALL ? 1 : Math.max(1, quick);
}
