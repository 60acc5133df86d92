// The ways of network-cases.ts: Pinion does what it has to on each; and wherever nothing is wrong with a real proxy or a
// real index server, pip and curl get through as well, as witnesses.

import { describe, expect, inject, test } from "vitest";
import { outcomeOf } from "./measure-network.ts";
import { NETWORK_CASES } from "./network-cases.ts";
import { DONE, networkClients } from "./network-clients.ts";

const PEERS = inject("peers");
const [PINION, ...WITNESSES] = networkClients(PEERS);
const TIMEOUT = { timeout: 240_000 };

describe.concurrent.each(NETWORK_CASES)("$group: $name", (networkCase) => {
  const { expected, isHarmless = false } = networkCase;
  const missing = networkCase.missing?.(PEERS);
  const skipped = missing === undefined ? "" : `, where there is ${missing}`;

  test.skipIf(missing !== undefined)(`Pinion: ${expected}${skipped}`, TIMEOUT, async () => {
    expect(await outcomeOf(networkCase, PINION, PEERS)).toBe(expected);
  });

  for (const witness of isHarmless ? WITNESSES : []) {
    const isAbsent = missing !== undefined || witness.program === undefined;
    test.skipIf(isAbsent)(`${witness.name} gets through${skipped}`, TIMEOUT, async () => {
      expect(await outcomeOf(networkCase, witness, PEERS)).toBe(DONE);
    });
  }
});
