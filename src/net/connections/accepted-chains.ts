// Chains that were accepted a moment ago: the connections of one run show the same certificates again and again, and what was
// found about them a second earlier still holds. The runtime's engine verifies every handshake in any case.

import { createHash } from "node:crypto";

import type { Anchor, TrustStore } from "../../trust/store.ts";
import type { Endpoint } from "../url.ts";

/** What vouched for a chain; undefined where the engine went a way of its own. */
export interface AcceptedChain {
  readonly anchor: Anchor | undefined;
}

/** Who showed the chain, and whose trust accepted it. */
export interface Acceptance {
  readonly endpoint: Endpoint;
  readonly trust: TrustStore;
}

/** Remembers for one minute. Refusals are not remembered. */
export class AcceptedChains {
  readonly #known = new WeakMap<TrustStore, Map<string, AcceptedChain & { readonly untilMs: number }>>();

  find({ endpoint, trust }: Acceptance, sent: readonly Uint8Array[]): AcceptedChain | undefined {
    const known = this.#known.get(trust)?.get(keyOf(endpoint, sent));
    return known !== undefined && Date.now() < known.untilMs && Date.now() >= known.untilMs - VALID_MS
      ? known
      : undefined;
  }

  add({ endpoint, trust }: Acceptance, sent: readonly Uint8Array[], anchor: Anchor | undefined): void {
    const known = this.#known.get(trust) ?? new Map();
    if (known.size >= MAX_CHAINS) known.clear();
    this.#known.set(trust, known.set(keyOf(endpoint, sent), { anchor, untilMs: Date.now() + VALID_MS }));
  }
}

/** Every byte counts, and where one certificate ends. */
function keyOf({ host, port }: Endpoint, sent: readonly Uint8Array[]): string {
  const digest = createHash("sha256").update(`${host} ${port}`);
  for (const der of sent) digest.update(`\0${der.length}\0`).update(der);
  return digest.digest("base64");
}

const VALID_MS = 60_000;
const MAX_CHAINS = 100;
