// Whether a port that ends every TLS handshake without a byte speaks HTTP: some servers close what they cannot read.

import type { Socket } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { isPinionError } from "../../errors.ts";
import { HandshakeError } from "./tls.ts";
import type { ObserveOptions, PeerObservation } from "./observe-peer.ts";
import { openCarrier } from "./open-carrier.ts";
import { startDeadline, type Deadline } from "../deadline.ts";
import { lookupBySystem } from "./dial.ts";
import { excerpt, type Endpoint } from "../url.ts";

/**
 * Adds to a look at a server what it answers without TLS, where it ended the handshake and said nothing. The request asks
 * for the head of `/` and carries nothing of the user's; never throws for network errors.
 */
export async function withPlainAnswer(
  observation: PeerObservation,
  options: ObserveOptions,
): Promise<PeerObservation> {
  if (observation.outcome.kind !== "failed" || observation.receivedBytes > 0) return observation;
  const answer = await plainAnswer(observation.endpoint, options);
  return answer?.startsWith("HTTP/") === true ? { ...observation, plaintext: excerpt(answer) } : observation;
}

async function plainAnswer(endpoint: Endpoint, options: ObserveOptions): Promise<string | undefined> {
  const { trust, route = { kind: "direct" }, lookup = lookupBySystem, logins, signal } = options;
  const deadline = startDeadline(Math.min(options.timeoutMs, MAX_WAIT_MS), signal);
  try {
    const { socket } = await openCarrier(endpoint, { route, trust, lookup, deadline, logins });
    const host = formatHostPort(endpoint.host, endpoint.port);
    return await firstBytes(
      socket,
      `HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      deadline,
    );
  } catch (error) {
    if (isPinionError(error) || error instanceof HandshakeError) return undefined;
    throw error;
  } finally {
    deadline.dispose();
  }
}

function firstBytes(socket: Socket, request: string, deadline: Deadline): Promise<string | undefined> {
  return new Promise((resolve) => {
    const finish = (answer?: string): void => {
      deadline.signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(answer);
    };
    const onAbort = (): void => finish();
    deadline.signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onAbort);
    socket.once("close", onAbort);
    socket.once("data", (bytes: Buffer) => finish(bytes.toString("latin1", 0, MAX_ANSWER_BYTES)));
    socket.write(request);
    if (deadline.signal.aborted) finish();
  });
}

// A person waits for the explanation of a failure; a server that closes at once answers at once.
const MAX_WAIT_MS = 2_000;
const MAX_ANSWER_BYTES = 80;
