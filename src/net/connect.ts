// Opens connections for requests: TCP or a tunnel, then verified TLS. Policy: docs/network.md, "Connections".

import type { Socket } from "node:net";

import { PinionError } from "../errors.ts";
import type { ClientIdentity, TrustStore } from "../trust/store.ts";
import { openCarrier, type Carrier, type CarrierOptions } from "./carrier.ts";
import { cancelled, startDeadline, type Deadline } from "./deadline.ts";
import { lookupBySystem, type Lookup } from "./dial.ts";
import { explainHandshake, isVerificationError } from "./handshake-failure.ts";
import { judgeAccepted } from "./judge-peer.ts";
import { observePeer } from "./observe-peer.ts";
import type { ProxyDecision } from "./proxy.ts";
import { HandshakeError, secure } from "./tls.ts";
import { openProxy, type ProxyRoute } from "./tunnel.ts";
import { endpointOf, isSameEndpoint, type Endpoint } from "./url.ts";
import { explainVerification } from "./verification-failure.ts";

export interface ConnectOptions {
  readonly trust: TrustStore;
  /** The way there; direct where it is left out. */
  readonly route?: ProxyDecision;
  readonly clientCertificate?: ClientIdentity;
  /** `off` only where the user named this very host as insecure: nothing about the peer is checked then. */
  readonly verification?: "on" | "off";
  /** For name lookup, TCP, tunnel and TLS together. */
  readonly timeoutMs: number;
  readonly lookup?: Lookup;
  readonly signal?: AbortSignal;
}

/** An open connection and what is known about it. */
export interface Connection {
  readonly socket: Socket;
  readonly endpoint: Endpoint;
  /** Undefined without TLS, as `cipher`. */
  readonly protocol: string | undefined;
  readonly cipher: string | undefined;
  /** DER, as the server sent it, leaf first; empty without TLS. */
  readonly sent: readonly Uint8Array[];
  readonly timings: ConnectTimings;
}

export interface ConnectTimings {
  /** Undefined behind a proxy that looks the name up itself. */
  readonly lookupMs: number | undefined;
  readonly connectMs: number;
  readonly handshakeMs: number | undefined;
}

/**
 * Opens a connection over which a request may be sent at once.
 *
 * @throws `net/dns`, `net/refused`, `net/unreachable`, `net/timeout`, `net/reset`, `net/proxy-*`, `net/cancelled`,
 * and every `tls/…` code
 */
export async function openConnection(endpoint: Endpoint, options: ConnectOptions): Promise<Connection> {
  return explained(options, async (deadline) => {
    const carrier = await openCarrier(endpoint, carrierOptions(options, deadline));
    if (!endpoint.isTls) return plain(carrier, endpoint);
    return secureCarrier(carrier, endpoint, { ...options, deadline });
  });
}

/**
 * Opens a connection to a proxy that forwards requests for `http:` addresses itself (RFC 9112 section 3.2.2).
 *
 * @throws as {@link openConnection}
 */
export async function openForwardingConnection(route: ProxyRoute, options: ConnectOptions): Promise<Socket> {
  return explained(options, (deadline) => openProxy(route, carrierOptions(options, deadline)));
}

/**
 * Finds out why a handshake failed: looks at the server once more, without a request, for the chain as it was sent and
 * for what the engine does not tell.
 */
export async function explainFailure(error: HandshakeError, options: ConnectOptions): Promise<PinionError> {
  const { cause, endpoint } = error;
  const { route, clientCertificate, trust, timeoutMs, lookup, signal } = options;
  // The proxy's own TLS failed where the error is about another endpoint than the way's end.
  const isProxy = route?.kind === "proxy" && isSameEndpoint(endpoint, endpointOf(route.url));
  const observation = await observePeer(endpoint, {
    trust,
    timeoutMs,
    ...(route === undefined || isProxy ? {} : { route }),
    ...(clientCertificate === undefined || isProxy ? {} : { clientCertificate }),
    ...(lookup === undefined ? {} : { lookup }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (signal?.aborted === true) return cancelled(signal);
  if (cause instanceof PinionError || isVerificationError(cause)) {
    return explainVerification({ endpoint, cause, observation, trust });
  }
  return explainHandshake({
    endpoint,
    cause,
    observation,
    hasClientCertificate: clientCertificate !== undefined,
  });
}

async function explained<T>(options: ConnectOptions, open: (deadline: Deadline) => Promise<T>): Promise<T> {
  const deadline = startDeadline(options.timeoutMs, options.signal);
  try {
    return await open(deadline);
  } catch (error) {
    throw error instanceof HandshakeError ? await explainFailure(error, options) : error;
  } finally {
    deadline.dispose();
  }
}

function carrierOptions(options: ConnectOptions, deadline: Deadline): CarrierOptions {
  const { trust, route = { kind: "direct" }, lookup = lookupBySystem } = options;
  return { route, trust, lookup, deadline };
}

async function secureCarrier(
  carrier: Carrier,
  endpoint: Endpoint,
  options: ConnectOptions & { readonly deadline: Deadline },
): Promise<Connection> {
  const { host, port } = endpoint;
  const { trust, clientCertificate, deadline } = options;
  const secured = await secure(carrier.socket, {
    endpoint,
    context: trust.secureContextFor(host, port, clientCertificate === undefined ? {} : { clientCertificate }),
    judge: options.verification === "off" ? undefined : (sent) => judgeAccepted(sent, endpoint, trust),
    deadline,
  });
  const { socket, protocol, cipher, sent, handshakeMs } = secured;
  const timings = { lookupMs: carrier.lookupMs, connectMs: carrier.connectMs, handshakeMs };
  return { socket, endpoint, protocol, cipher, sent, timings };
}

function plain(carrier: Carrier, endpoint: Endpoint): Connection {
  const timings = { lookupMs: carrier.lookupMs, connectMs: carrier.connectMs, handshakeMs: undefined };
  return { socket: carrier.socket, endpoint, protocol: undefined, cipher: undefined, sent: [], timings };
}
