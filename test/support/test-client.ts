// A client for tests of the network: it trusts what it is given, reaches loopback under every name, and never waits.

import { createAuthority, type Authority } from "../../src/lab/certificates/mint.ts";
import { createClient, type Client } from "../../src/net/client.ts";
import type { ClientSettings, NetEvent } from "../../src/net/client-settings.ts";
import type { Lookup } from "../../src/net/connections/dial.ts";
import { loadTrust, type TrustStore } from "../../src/trust/store.ts";

export interface TestClient extends Client, Disposable {
  readonly events: readonly NetEvent[];
  /** How long the client would have slept. */
  readonly delays: readonly number[];
}

/** A client that trusts the given authorities, knows every name as loopback, and sleeps without waiting. */
export function openClient(
  settings: Partial<ClientSettings> = {},
  authorities: readonly Authority[] = [],
): TestClient {
  const events: NetEvent[] = [];
  const delays: number[] = [];
  const client = createClient({
    trust: trusting(...authorities),
    proxy: {},
    userAgent: "pinion/test",
    connectTimeoutMs: 20_000,
    silenceTimeoutMs: 20_000,
    lookup: loopbackLookup,
    clock: {
      now: () => Date.UTC(2026, 10, 20),
      random: () => 0,
      sleep: (durationMs) => {
        delays.push(durationMs);
        return Promise.resolve();
      },
    },
    onEvent: (event) => events.push(event),
    ...settings,
  });
  return Object.assign(client, { events, delays, [Symbol.dispose]: () => client.close() });
}

/** Every name but those under `.invalid` leads to this machine. */
export const loopbackLookup: Lookup = (host) =>
  host.endsWith(".invalid")
    ? Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }))
    : Promise.resolve([{ address: "127.0.0.1", family: 4 }]);

/** A trust store that holds these roots and nothing else. */
export function trusting(...authorities: readonly Authority[]): TrustStore {
  const pems = authorities.length > 0 ? authorities : [createAuthority("Nobody")];
  return loadTrust({
    env: {},
    home: "/nonexistent",
    trust: { value: "given", origin: "test" },
    anchors: pems.map(({ root }) => root.pem),
  });
}
