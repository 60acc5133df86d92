// Looks at a server from every side that a handshake has: as always, as a verified connection, and where that fails
// with smaller greetings, which show what a middlebox on the network path cannot handle.

import { engineReason } from "../../base/text/engine-reason.ts";
import { isPinionError, type PinionError } from "../../errors.ts";
import { openConnection, type Connection, type ConnectOptions } from "../../net/connections/connect.ts";
import { lookupBySystem, type Lookup } from "../../net/connections/dial.ts";
import { observePeer, type HelloShape, type PeerObservation } from "../../net/connections/observe-peer.ts";
import { withPlainAnswer } from "../../net/connections/plain-answer.ts";
import { excerpt, type Endpoint } from "../../net/url.ts";
import type { GreetingReport, HandshakeReport } from "./examination.ts";

export interface Looked {
  readonly observation: PeerObservation;
  /** What a command meets here; undefined where it would connect. */
  readonly refusal: PinionError | undefined;
  /** PEM of the intermediates that the engine had to be shown to find the path. */
  readonly helpers: readonly string[];
  readonly greetings: readonly GreetingReport[];
}

/** Looks at a server, and then connects as a command would. Never throws but for a cancelled signal. */
export async function lookAt(endpoint: Endpoint, options: ConnectOptions): Promise<Looked> {
  const observation = await withPlainAnswer(await observePeer(endpoint, options), options);
  const { outcome } = observation;
  if (outcome.kind === "unreachable")
    return { observation, refusal: outcome.error, helpers: [], greetings: [] };
  const [attempt, greetings] = await Promise.all([
    connect(endpoint, options),
    outcome.kind === "completed" || !mayBeMiddlebox(observation) ? [] : greetOtherwise(endpoint, options),
  ]);
  return { observation, ...attempt, greetings };
}

/** A lookup that keeps what it received, so that all addresses can be shown. */
export function recordingLookup(lookup: Lookup = lookupBySystem): {
  readonly lookup: Lookup;
  addresses(): readonly string[] | undefined;
} {
  let addresses: readonly string[] | undefined;
  return {
    lookup: async (host) => {
      const found = await lookup(host);
      addresses = [...new Set(found.map(({ address }) => address))];
      return found;
    },
    addresses: () => addresses,
  };
}

/** What was seen of the handshake; undefined where not even a connection was made. */
export function describeHandshake(observation: PeerObservation): HandshakeReport | undefined {
  const { outcome, protocol, cipher, group, signatureScheme, alpn, plaintext } = observation;
  if (outcome.kind === "unreachable") return undefined;
  const engineError =
    outcome.kind === "failed" && outcome.error !== undefined ? reasonOf(outcome.error) : undefined;
  return {
    outcome: outcome.kind,
    ...(protocol === undefined ? {} : { protocol }),
    ...(cipher === undefined ? {} : { cipher }),
    ...(group === undefined ? {} : { group }),
    ...(signatureScheme === undefined ? {} : { signatureScheme }),
    ...(alpn === undefined ? {} : { alpn }),
    requestedClientCertificate: observation.requestedClientCertificate,
    ...(observation.lacksSecureRenegotiation ? { lacksSecureRenegotiation: true } : {}),
    alerts: observation.alerts,
    ...(plaintext === undefined ? {} : { plaintext }),
    receivedBytes: observation.receivedBytes,
    ...(engineError === undefined ? {} : { engineError }),
  };
}

/** What an engine or a system reports, fit for a line. */
export function reasonOf(error: Error): string {
  return excerpt(engineReason(error) ?? error.message);
}

async function connect(
  endpoint: Endpoint,
  options: ConnectOptions,
): Promise<Pick<Looked, "refusal" | "helpers">> {
  try {
    const connection: Connection = await openConnection(endpoint, options);
    connection.socket.destroy();
    return { refusal: undefined, helpers: connection.helpers };
  } catch (error) {
    if (!isPinionError(error) || error.code === "net/cancelled") throw error;
    return { refusal: error, helpers: [] };
  }
}

/** Silence, a cut or an alert in the first bytes can come from a middlebox; what speaks no TLS at all is none. */
function mayBeMiddlebox({ plaintext, chain }: PeerObservation): boolean {
  return plaintext === undefined && chain.length === 0;
}

function greetOtherwise(endpoint: Endpoint, options: ConnectOptions): Promise<readonly GreetingReport[]> {
  const timeoutMs = Math.min(options.timeoutMs, MAX_GREETING_MS);
  return Promise.all(
    GREETINGS.map(async (hello): Promise<GreetingReport> => {
      const { outcome, protocol } = await observePeer(endpoint, { ...options, hello, timeoutMs });
      return {
        greeting: hello,
        outcome: outcome.kind,
        ...(protocol === undefined ? {} : { protocol }),
      };
    }),
  );
}

const GREETINGS: readonly HelloShape[] = ["no-hybrid-group", "tls-1.2-only", "no-server-name"];

/** A greeting that a middlebox can handle is answered at once; the three that it may not handle get no more time than this. */
const MAX_GREETING_MS = 5_000;
