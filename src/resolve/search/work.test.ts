import { expect, test } from "vitest";

import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { rangeOf } from "../../pep/versions/version-range.ts";
import { positive } from "./term.ts";
import { Work, WorkExhausted } from "./work.ts";

/** A term of 21 intervals. */
const long = positive(rangeOf(parseSpecifierSet(Array.from({ length: 20 }, (_, at) => `!=${at}`).join())));

test("a comparison costs more where its ranges are long", () => {
  const work = new Work({ maxComparisons: 10 });
  for (let at = 0; at < 10; at += 1) work.compare(0);
  expect(() => work.compare(0)).toThrow(WorkExhausted);
  const dear = new Work({ maxComparisons: 10 });
  expect(() => dear.compare(320)).toThrow(WorkExhausted);
});

// Promise: what an index says of dependencies is read in bounded time, and does not use up the memory
// Attack: requirements that leave very long ranges with each step of the search
test("what a search keeps is bounded, and what it takes back counts no more", () => {
  const work = new Work({ maxComparisons: 1_000_000, maxIntervals: 100 });
  for (let at = 0; at < 100; at += 1) {
    work.keep(long);
    work.drop(long);
  }
  expect(() => {
    for (let at = 0; at < 100; at += 1) work.keep(long);
  }).toThrow(WorkExhausted);
});

test("short ranges count as work and not as what is kept", () => {
  const work = new Work({ maxComparisons: 1_000_000, maxIntervals: 0 });
  const short = positive(rangeOf(parseSpecifierSet("!=1,!=2")));
  for (let at = 0; at < 100; at += 1) work.keep(short);
  expect(() => work.keep(long)).toThrow(WorkExhausted);
});
