import { afterEach, describe, expect, test, vi } from "vitest";

import { AcceptedChains } from "./accepted-chains.ts";

const endpoint = { host: "a.example", port: 443, isTls: true };
const chain = [Buffer.from("leaf"), Buffer.from("issuer")];

afterEach(() => void vi.useRealTimers());

describe("AcceptedChains", () => {
  test("knows exactly what was accepted, for its place", () => {
    const chains = new AcceptedChains();
    chains.add(endpoint, chain, undefined);
    expect(chains.find(endpoint, chain)).toMatchObject({ anchor: undefined });
    const others = [
      [Buffer.from("leaf")],
      [Buffer.from("lea"), Buffer.from("fissuer")],
      [...chain, Buffer.from("more")],
      [],
    ];
    for (const other of others) expect(chains.find(endpoint, other)).toBeUndefined();
    expect(chains.find({ ...endpoint, host: "b.example" }, chain)).toBeUndefined();
    expect(chains.find({ ...endpoint, port: 8443 }, chain)).toBeUndefined();
  });

  test("forgets after a minute, and when the clock was set back", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const chains = new AcceptedChains();
    chains.add(endpoint, chain, undefined);
    vi.setSystemTime(1_059_999);
    expect(chains.find(endpoint, chain)).toBeDefined();
    for (const now of [1_060_000, 999_999]) {
      vi.setSystemTime(now);
      expect(chains.find(endpoint, chain)).toBeUndefined();
    }
  });
});
