// x509-limbo's cases over real connections: the runtime's engine alone, and Pinion's client, beside the case's result.

import { isIP } from "node:net";
import { startConnectProxy } from "../support/loopback-proxies.ts";
import { serveChain } from "../support/served-chain.ts";
import type { ChainCase } from "../support/served-chain.ts";
import { runLimboCase } from "./limbo.ts";
import type { LimboCase } from "./limbo.ts";

export type ServableCase = LimboCase & ChainCase;

export interface ConnectionResult {
  readonly id: string;
  readonly expected: "SUCCESS" | "FAILURE";
  /** `accept`, or the engine's code. */
  readonly engine: string;
  /** `accept`, or the code of the refusal. */
  readonly pinion: string;
  /** What Pinion's own search says at this moment, without any connection. */
  readonly search: "SUCCESS" | "FAILURE";
  /** Rules of which the search's path has a finding that refuses nothing. */
  readonly minor: readonly string[];
  readonly said: string;
  /** Whether the engine had to be shown a path. */
  readonly isAssisted: boolean;
}

/** The cases that a server can be made of: a key, a name to ask for, the part of a server. */
export function servableCases(cases: readonly LimboCase[]): readonly ServableCase[] {
  return (cases as readonly ServableCase[]).filter(
    ({ peer_certificate_key_pkcs8: key, validation_kind: kind, expected_peer_name: name }) =>
      key !== undefined && key !== null && kind === "SERVER" && name !== null,
  );
}

/** Serves each case and connects to it; cases that the runtime cannot serve are left out. */
export async function connectToCases(cases: readonly ServableCase[]): Promise<readonly ConnectionResult[]> {
  // Addresses of documentation lead nowhere; through this proxy every host is this machine.
  await using proxy = await startConnectProxy();
  const results: ConnectionResult[] = [];
  for (const limboCase of cases) {
    const server = await serveChain(limboCase);
    if (server === undefined) continue;
    const host = limboCase.expected_peer_name?.value ?? "";
    try {
      const pinion = await server.askPinion(host, isIP(host) === 0 ? undefined : proxy);
      // A connection is made now, at any depth, whatever moment and limit the case is about.
      const search = runLimboCase(atThisMoment(limboCase), "usual", new Date());
      results.push({
        id: limboCase.id,
        expected: limboCase.expected_result,
        engine: await server.askEngine(host),
        pinion: pinion.outcome,
        search: search.result,
        minor: search.minor,
        said: pinion.said,
        isAssisted: pinion.helpers > 0,
      });
    } finally {
      await server.close();
    }
  }
  return results;
}

function atThisMoment(limboCase: LimboCase): LimboCase {
  return { ...limboCase, validation_time: null, max_chain_depth: null };
}
