import { describe, expect, test } from "vitest";

import { nowMs } from "./clock.ts";
import { atOnce, inTurns, Turns, type Pausing } from "./turns.ts";

/** Computes for some milliseconds before each pause. */
function* counting(upTo: number, seen: string[]): Pausing<number> {
  try {
    for (let count = 0; count < upTo; count += 1) {
      for (const endMs = nowMs() + 5; nowMs() < endMs;);
      yield;
    }
    return upTo;
  } finally {
    seen.push("released");
  }
}

describe("work that pauses", () => {
  test("gives the same in turns and at once", async () => {
    expect(atOnce(counting(3, []))).toBe(3);
    expect(await inTurns(counting(3, []), new Turns(undefined))).toBe(3);
  });

  test("lets others go on in between", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await inTurns(counting(40, []), new Turns(undefined));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  test("ends where it is taken back, and releases what it holds", async () => {
    const interruption = new AbortController();
    const seen: string[] = [];
    const work = inTurns(counting(100_000, seen), new Turns(interruption.signal, "The work was taken back"));
    setTimeout(() => interruption.abort(), 1);
    await expect(work).rejects.toMatchObject({ code: "net/cancelled", message: "The work was taken back" });
    expect(seen).toEqual(["released"]);
  });
});
