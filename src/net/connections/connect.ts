// Opens connections for requests: TCP or a tunnel, then verified TLS. Policy: docs/network.md, "Connections".

import type { Socket } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import { explainRefusal } from "../../trust/policy.ts";
import type { Anchor, ContextOptions, TrustStore } from "../../trust/store.ts";
import { formatPem } from "../../x509/certificates/pem.ts";
import type { ClientIdentity } from "../../trust/client-identity.ts";
import { tryParseCertificate } from "../../x509/certificates/certificate.ts";
import { readPem } from "../../x509/certificates/pem.ts";
import { openCarrier } from "./open-carrier.ts";
import type { Carrier, CarrierOptions } from "./carrier.ts";
import { cancelled } from "../../base/work/cancelled.ts";
import { isNotTls } from "../../base/text/engine-reason.ts";
import { startDeadline, type Deadline } from "../deadline.ts";
import { lookupBySystem, type Lookup } from "./dial.ts";
import { explainHandshake, isVerificationError } from "./handshake-failure.ts";
import { completeChain, type FetchIssuer } from "./intermediates.ts";
import { observePeer, type PeerObservation } from "./observe-peer.ts";
import { withPlainAnswer } from "./plain-answer.ts";
import type { ProxyDecision } from "../proxies/proxy.ts";
import type { ProxyLogins } from "../proxies/proxy-login.ts";
import { dialSecurely, HandshakeError, secure, type Secured } from "./tls.ts";
import type { AcceptedChains } from "./accepted-chains.ts";
import type { Landing } from "./landing.ts";
import { openProxy } from "../proxies/proxy-connection.ts";
import type { ProxyRoute } from "../proxies/proxy.ts";
import { endpointOf, isSameEndpoint, redactUrl, type Endpoint } from "../url.ts";

export interface ConnectOptions {
  readonly trust: TrustStore;
  /** The way there; direct where it is left out. */
  readonly route?: ProxyDecision | undefined;
  readonly clientCertificate?: ClientIdentity | undefined;
  /** TLS 1.2 at most, where the server demands the client certificate after the first handshake. */
  readonly maxVersion?: "TLSv1.2" | undefined;
  /** `off` only where the user named this very host as insecure: nothing about the peer is checked then. */
  readonly verification?: "on" | "off" | undefined;
  /** PEM of certificates that helped the engine the last time: {@link Connection.helpers}. They are not anchors. */
  readonly helpers?: readonly string[] | undefined;
  /** Fetches intermediates that a server forgot (AIA); none are fetched where it is left out. */
  readonly fetchIssuer?: FetchIssuer | undefined;
  /** For name lookup, TCP, tunnel and TLS together. */
  readonly timeoutMs: number;
  readonly lookup?: Lookup | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Logins at proxies, which connections of one client share. */
  readonly logins?: ProxyLogins | undefined;
  /** Chains that connections of one client have shown, for its own trust. */
  readonly chains?: AcceptedChains | undefined;
  /** `landing` where the caller reads by {@link Connection.landing}, if there is one; sockets emit `data` by default. */
  readonly reading?: "landing" | "data" | undefined;
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
  /** The anchor that vouched for the chain, with its sources; undefined where nothing was verified. */
  readonly anchor: Anchor | undefined;
  /** PEM of the intermediates that the engine had to be shown to find the path; empty as a rule. */
  readonly helpers: readonly string[];
  readonly timings: ConnectTimings;
  /** Where what comes on the socket lands; undefined where the socket emits it as `data`. */
  readonly landing?: Landing | undefined;
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
  try {
    return await attempt(endpoint, options);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    const { helpers: remembered, ...others } = options;
    // The server may have another chain by now.
    if (remembered !== undefined) return openConnection(endpoint, others);
    const { failure, helpers, onlyAnchor } = await investigate(error, options);
    if (helpers === undefined && onlyAnchor === undefined) throw failure;
    // The engine does not backtrack (docs/network.md, "Path assist"): once more, with the path that it missed.
    return attempt(endpoint, { ...options, helpers }, onlyAnchor).catch((second: unknown) => {
      throw second instanceof HandshakeError ? failure : second;
    });
  }
}

/**
 * Opens a connection to a proxy that forwards requests for `http:` addresses itself (RFC 9112 section 3.2.2).
 *
 * @throws as {@link openConnection}
 */
export async function openForwardingConnection(route: ProxyRoute, options: ConnectOptions): Promise<Socket> {
  try {
    return await withDeadline(options, (deadline) => openProxy(route, carrierOptions(options, deadline)));
  } catch (error) {
    throw error instanceof HandshakeError ? await explainFailure(error, options) : error;
  }
}

/** Finds out why a handshake failed; looks at the server once more where the engine says too little. */
export async function explainFailure(error: HandshakeError, options: ConnectOptions): Promise<PinionError> {
  return (await investigate(error, options)).failure;
}

/**
 * Finds out whether a connection that ended before the first byte of an answer did so for want of a client certificate:
 * under TLS 1.3 that verdict comes after the handshake, and not every server puts it into words.
 */
export async function explainEarlyEnd(
  error: PinionError,
  endpoint: Endpoint,
  options: ConnectOptions,
): Promise<PinionError> {
  const failure = await explainFailure(new HandshakeError(endpoint, error.cause), options);
  return failure.code.startsWith("tls/client-certificate") ? failure : error;
}

interface Investigation {
  readonly failure: PinionError;
  /** PEM of the intermediates of a good path that the engine did not find. */
  readonly helpers: readonly string[] | undefined;
  /**
   * Fingerprint of the anchor at which a good path ends: the server's own certificate, which by itself may be accepted, or
   * one of so many that the engine may not have been given it.
   */
  readonly onlyAnchor?: string | undefined;
}

async function investigate(error: HandshakeError, options: ConnectOptions): Promise<Investigation> {
  const { cause, endpoint } = error;
  // Refusals of our own explain themselves: they were made with the chain at hand.
  if (cause instanceof PinionError) return { failure: cause, helpers: undefined };
  const { signal, trust, clientCertificate } = options;
  // A server that is not verified does not learn who the user is; its chain is seen without that.
  const isVerification = isVerificationError(cause);
  const observation = await lookAgain(endpoint, isVerification ? withoutIdentity(options) : options);
  if (signal?.aborted === true) return { failure: cancelled(signal), helpers: undefined };
  const { route } = options;
  if (
    route?.kind === "proxy" &&
    isSameEndpoint(endpoint, endpointOf(route.url)) &&
    observation.plaintext !== undefined
  )
    return { failure: plainProxy(route, cause), helpers: undefined };
  // Without a chain, because the second look failed, there is only the engine's own word.
  if (!isVerification || observation.chain.length === 0) {
    const hasClientCertificate = clientCertificate !== undefined;
    return {
      failure: explainHandshake({ endpoint, cause, observation, hasClientCertificate, route }),
      helpers: undefined,
    };
  }
  const { host, port } = endpoint;
  const fetchesIntermediates = options.fetchIssuer !== undefined;
  const peer = {
    sent: observation.chain,
    host,
    port,
    store: trust,
    engineError: cause,
    fetchesIntermediates,
  };
  const { error: failure, explanation } = explainRefusal(peer);
  const repaired =
    options.fetchIssuer === undefined || explanation.path !== undefined
      ? explanation
      : await completeChain(
          explanation,
          (extra) => explainRefusal({ ...peer, extra }).explanation,
          options.fetchIssuer,
        );
  const found = repaired?.path?.certificates ?? [];
  const path = found.slice(1, -1);
  const helpers = path.length === 0 ? undefined : path.map(({ der }) => formatPem(der));
  const isAnchor = found.length === 1 || (path.length === 0 && hasManyAnchors(endpoint, trust));
  return { failure, helpers, onlyAnchor: isAnchor ? found.at(-1)?.fingerprint : undefined };
}

/** People write `https://` since the traffic is https; it is the proxy itself that speaks plain HTTP. */
function plainProxy({ url, rule }: ProxyRoute, cause: unknown): PinionError {
  const { host, port } = endpointOf(url);
  const place = formatHostPort(host, port);
  return new PinionError(
    "tls/plaintext-server",
    `The proxy \`${place}\` speaks plain HTTP, but ${rule} names it with \`https://\``,
    {
      details: { proxy: redactUrl(url), rule },
      hints: [`write \`http://${place}\` into ${rule}: https requests stay encrypted through such a proxy`],
      cause: isNotTls(cause) ? undefined : cause,
    },
  );
}

async function lookAgain(endpoint: Endpoint, options: ConnectOptions): Promise<PeerObservation> {
  const { route, clientCertificate, trust, timeoutMs, lookup, logins, signal } = options;
  // It was the proxy's own TLS that failed: that one is reached directly.
  const isProxy = route?.kind === "proxy" && isSameEndpoint(endpoint, endpointOf(route.url));
  const observing = {
    trust,
    timeoutMs,
    logins,
    ...(route === undefined || isProxy ? {} : { route }),
    ...(clientCertificate === undefined || isProxy ? {} : { clientCertificate }),
    lookup,
    signal,
  };
  return withPlainAnswer(await observePeer(endpoint, observing), observing);
}

function withoutIdentity(options: ConnectOptions): ConnectOptions {
  return { ...options, clientCertificate: undefined };
}

async function attempt(
  endpoint: Endpoint,
  options: ConnectOptions,
  onlyAnchor?: string,
): Promise<Connection> {
  const onlyFingerprints = onlyAnchor === undefined ? await usefulAnchors(endpoint, options) : [onlyAnchor];
  return withDeadline(options, async (deadline) => {
    const carrying = carrierOptions(options, deadline);
    const { trust, verification = "on", helpers = [] } = options;
    const context = {
      ...contextOptions(options),
      onlyFingerprints,
    };
    const securing = { endpoint, trust, verification, context, chains: options.chains, deadline };
    if (endpoint.isTls && carrying.route.kind === "direct" && options.reading === "landing") {
      const dialed = await dialSecurely({ ...securing, lookup: carrying.lookup });
      return secured(dialed, { endpoint, helpers, timings: dialed, landing: dialed.landing });
    }
    const carrier = await openCarrier(endpoint, carrying);
    if (!endpoint.isTls) return plain(carrier, endpoint);
    return secured(await secure(carrier.socket, securing), { endpoint, helpers, timings: carrier });
  });
}

function secured(
  { socket, protocol, cipher, sent, anchor, handshakeMs }: Secured,
  {
    timings: { lookupMs, connectMs },
    ...others
  }: Pick<Connection, "endpoint" | "helpers" | "landing"> & {
    readonly timings: Pick<ConnectTimings, "lookupMs" | "connectMs">;
  },
): Connection {
  return { ...others, socket, protocol, cipher, sent, anchor, timings: { lookupMs, connectMs, handshakeMs } };
}

/**
 * Thousands of anchors take the engine far longer than a handshake: it sorts them again for each that it takes. Then it
 * gets only those at which the chain of this server can end, which a first look shows.
 */
async function usefulAnchors(
  endpoint: Endpoint,
  options: ConnectOptions,
): Promise<readonly string[] | undefined> {
  const { trust, verification = "on", helpers = [] } = options;
  const { host, port, isTls } = endpoint;
  if (!isTls || verification === "off" || !hasManyAnchors(endpoint, trust)) return undefined;
  const { chain } = await lookAgain(endpoint, withoutIdentity(options));
  const known = [...chain, ...helpers.flatMap((pem) => readPem(Buffer.from(pem)).certificates)];
  return trust.indexFor(host, port).near(known.flatMap((der) => tryParseCertificate(der) ?? []));
}

function hasManyAnchors({ host, port }: Endpoint, trust: TrustStore): boolean {
  return trust.anchorsFor(host, port).length > MANY_ANCHORS;
}

function plain({ socket, lookupMs, connectMs }: Carrier, endpoint: Endpoint): Connection {
  const timings = { lookupMs, connectMs, handshakeMs: undefined };
  const unverified = { protocol: undefined, cipher: undefined, sent: [], anchor: undefined, helpers: [] };
  return { socket, endpoint, ...unverified, timings };
}

async function withDeadline<T>(
  options: ConnectOptions,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(options.timeoutMs, options.signal);
  try {
    return await work(deadline);
  } finally {
    deadline.dispose();
  }
}

function contextOptions({ clientCertificate, helpers, maxVersion }: ConnectOptions): ContextOptions {
  return {
    maxVersion,
    clientCertificate,
    ...(helpers === undefined || helpers.length === 0 ? {} : { intermediates: helpers }),
  };
}

function carrierOptions(options: ConnectOptions, deadline: Deadline): CarrierOptions {
  const { trust, route = { kind: "direct" }, lookup = lookupBySystem, logins } = options;
  return { route, trust, lookup, deadline, logins };
}

// Every system's store has some 150; OpenSSL 3.0 takes 0.2 s for a thousand, 16 s for ten thousand.
const MANY_ANCHORS = 500;
