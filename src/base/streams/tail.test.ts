import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { bestTimes, isLinear } from "../../../test/linear-time.ts";
import { Tail } from "./tail.ts";

describe("Tail", () => {
  test("keeps the last bytes, and says whether there were more", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 })), (pieces) => {
        const tail = new Tail(10);
        for (const piece of pieces) tail.add(Buffer.from(piece));
        const all = Buffer.concat(pieces);
        expect(tail.bytes()).toEqual(all.subarray(Math.max(0, all.length - 10)));
        expect(tail.isCut).toBe(all.length > 10);
      }),
    );
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a build backend prints many small pieces, more of them than are kept
  test("takes time in proportion to the number of pieces", async () => {
    const best = await bestTimes([400_000, 800_000, 1_600_000], (count) => {
      const [tail, piece] = [new Tail(count / 2), Buffer.from("x")];
      for (let at = 0; at < count; at += 1) tail.add(piece);
    });
    expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  });
});
