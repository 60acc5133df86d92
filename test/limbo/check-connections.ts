// What must hold for every case of x509-limbo that was connected to.

import { beforeAll, expect, test } from "vitest";
import { connectToCases } from "./connections.ts";
import type { ConnectionResult, ServableCase } from "./connections.ts";

/** Connects to the cases, and defines the tests over what came of it. */
export function checkConnections(cases: readonly ServableCase[]): void {
  let results: readonly ConnectionResult[] = [];
  beforeAll(async () => {
    results = await connectToCases(cases);
  }, SLOWEST_MS);

  test("end as Pinion's own search says, which is held against the suite", () => {
    const others = results.filter(({ pinion, search }) => (pinion === "accept") !== (search === "SUCCESS"));
    // OpenSSL holds the common name to name constraints, and has the last word; the search tells it as that.
    const byEngine = others.filter(({ engine, minor }) => engine !== "accept" && minor.includes("common-name-constraints"));
    expect(others.filter((other) => !byEngine.includes(other))).toEqual([]);
    expect(new Set(byEngine.map(({ pinion }) => pinion)).size).toBeLessThan(2);
    expect(results.length).toBeGreaterThan(100);
  });

  test("are refused with a code about certificates", () => {
    const strange = results.filter(
      ({ pinion }) => pinion !== "accept" && !pinion.startsWith("tls/"),
    );
    expect(strange).toEqual([]);
  });

  test("change the engine's refusal only to the right answer", () => {
    const changed = results.filter(({ engine, pinion }) => engine !== "accept" && pinion === "accept");
    const assisted = changed.filter(({ isAssisted }) => isAssisted);
    expect(assisted.filter(({ expected }) => expected !== "SUCCESS")).toEqual([]);
    expect(assisted.map(({ id }) => id)).toEqual(expect.arrayContaining([...ASSISTED]));
    // What is in the bundle is an anchor, whatever it says about an issuer of its own: the engine is told so.
    const others = changed.filter(({ isAssisted }) => !isAssisted).map(({ id }) => id);
    expect(others.filter((id) => !PARTIAL_CHAINS.test(id) && !IPV6_NAMES.test(id))).toEqual([]);
  });

  test("change the engine's acceptance only for a reason that the suite has, too", () => {
    const refused = results.filter(({ engine, pinion }) => engine === "accept" && pinion !== "accept");
    expect(refused.filter(({ expected }) => expected !== "FAILURE")).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
  });
}

/** Chains with two ways, of which the engine takes the wrong one and does not backtrack. */
const ASSISTED: readonly string[] = [
  "rfc5280::nc::nc-forbids-same-chain-ica",
  "bettertls::pathbuilding::tc53",
  "bettertls::pathbuilding::tc56",
];
/** Two handshakes for each case, 40 ms together on an idle machine. */
const SLOWEST_MS = 300_000;
/** Node 22.23's own name check refuses an IPv6 address that the certificate names. */
const IPV6_NAMES = /::(permitted-ipv6-match|ipv6-[a-z0-9-]+-mismatch)$/;
const PARTIAL_CHAINS = /::root-with-aki-|::ca-empty-subject$|::root-and-intermediate-swapped$/;
