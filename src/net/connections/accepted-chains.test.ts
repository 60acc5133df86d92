import { afterEach, describe, expect, test, vi } from "vitest";

import { loadTrust } from "../../trust/store.ts";
import { AcceptedChains } from "./accepted-chains.ts";

const trust = loadTrust({ env: {}, home: "/nonexistent" });
const endpoint = { host: "a.example", port: 443, isTls: true };
const chain = [Buffer.from("leaf"), Buffer.from("issuer")];

afterEach(() => void vi.useRealTimers());

describe("AcceptedChains", () => {
  test("knows exactly what was accepted, for its place", () => {
    const chains = new AcceptedChains();
    chains.add({ endpoint, trust }, chain, undefined);
    expect(chains.find({ endpoint, trust }, chain)).toMatchObject({ anchor: undefined });
    const others = [
      [Buffer.from("leaf")],
      [Buffer.from("lea"), Buffer.from("fissuer")],
      [...chain, Buffer.from("more")],
      [],
    ];
    for (const other of others) expect(chains.find({ endpoint, trust }, other)).toBeUndefined();
    expect(chains.find({ endpoint: { ...endpoint, host: "b.example" }, trust }, chain)).toBeUndefined();
    expect(chains.find({ endpoint: { ...endpoint, port: 8443 }, trust }, chain)).toBeUndefined();
    expect(
      chains.find({ endpoint, trust: loadTrust({ env: {}, home: "/nonexistent" }) }, chain),
    ).toBeUndefined();
  });

  test("forgets after a minute, and when the clock was set back", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const chains = new AcceptedChains();
    chains.add({ endpoint, trust }, chain, undefined);
    vi.setSystemTime(1_059_999);
    expect(chains.find({ endpoint, trust }, chain)).toBeDefined();
    for (const now of [1_060_000, 999_999]) {
      vi.setSystemTime(now);
      expect(chains.find({ endpoint, trust }, chain)).toBeUndefined();
    }
  });
});
