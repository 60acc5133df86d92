// Looks at what a TLS server presents, for explanations: the chain exactly as sent, protocol, alerts, timings.
// Carries no request, ever; with insecure hosts the only place where the peer is not verified.

import { isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect, createSecureContext, type SecureContextOptions, type TLSSocket } from "node:tls";

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import { TLS_PARAMETERS } from "../../trust/secure-context.ts";
import type { TrustStore } from "../../trust/store.ts";
import type { ClientIdentity } from "../../trust/client-identity.ts";
import { openCarrier } from "./open-carrier.ts";
import type { Carrier, CarrierOptions } from "./carrier.ts";
import { startDeadline, type Deadline } from "../deadline.ts";
import { lookupBySystem, type Lookup } from "./dial.ts";
import type { ProxyDecision } from "../proxies/proxy.ts";
import type { ProxyLogins } from "../proxies/proxy-login.ts";
import { parseKeyLogLine, readServerFlight, type ServerFlight } from "./server-flight.ts";
import { HandshakeError, withoutLegacyCertificate } from "./tls.ts";
import { alertName, groupName, protocolName, signatureSchemeName } from "./tls-names.ts";
import { excerpt, type Endpoint } from "../url.ts";

/** How the ClientHello is made: as always, or smaller, to name a middlebox that cannot bear something in it. */
export type HelloShape = "usual" | "no-hybrid-group" | "tls-1.2-only" | "no-server-name";

export interface ObserveOptions {
  readonly route?: ProxyDecision | undefined;
  /** Logins at proxies; by default those of this look only. */
  readonly logins?: ProxyLogins | undefined;
  /** For the certificate of a proxy that is spoken to over TLS; the peer itself is not verified. */
  readonly trust: TrustStore;
  readonly clientCertificate?: ClientIdentity | undefined;
  readonly hello?: HelloShape | undefined;
  readonly lookup?: Lookup | undefined;
  /** For everything together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a look ended. */
export type ObservationOutcome =
  | { readonly kind: "completed" }
  /** The peer, or the engine, ended the handshake; `error` is the engine's. Undefined when the connection just ended. */
  | { readonly kind: "failed"; readonly error: Error | undefined }
  | { readonly kind: "stalled" }
  /** No bytes could be exchanged at all: DNS, TCP or a proxy. */
  | { readonly kind: "unreachable"; readonly error: PinionError };

/** What a server showed, as far as it got. Whatever could not be read is undefined or empty. */
export interface PeerObservation {
  readonly endpoint: Endpoint;
  /** Undefined behind a proxy. */
  readonly address: string | undefined;
  readonly outcome: ObservationOutcome;
  /** `TLSv1.3`; also a version that is then refused. */
  readonly protocol: string | undefined;
  /** The standard's name, `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string | undefined;
  readonly group: string | undefined;
  /** With which the server signed its side of the handshake. */
  readonly signatureScheme: string | undefined;
  readonly alpn: string | undefined;
  /** DER, exactly as sent, in that order. */
  readonly chain: readonly Uint8Array[];
  readonly requestedClientCertificate: boolean;
  readonly hadRetryRequest: boolean;
  /** TLS 1.2 without RFC 5746. */
  readonly lacksSecureRenegotiation: boolean;
  /** Alerts that the server sent and that could be read: `handshake_failure`. `close_notify` is left out. */
  readonly alerts: readonly string[];
  /** What the server said instead of TLS, cleaned for display; undefined where it spoke TLS or nothing. */
  readonly plaintext: string | undefined;
  readonly receivedBytes: number;
  readonly timings: {
    readonly lookupMs: number | undefined;
    readonly connectMs: number | undefined;
    readonly handshakeMs: number | undefined;
  };
}

/** Connects, lets the server speak, and reports what it said. Never throws for network errors. */
export async function observePeer(endpoint: Endpoint, options: ObserveOptions): Promise<PeerObservation> {
  const deadline = startDeadline(options.timeoutMs, options.signal);
  try {
    const { trust, route = { kind: "direct" }, lookup = lookupBySystem, logins } = options;
    const carrierOptions: CarrierOptions = { route, trust, lookup, deadline, logins };
    const carrier = await openCarrier(endpoint, carrierOptions);
    return await look(carrier, endpoint, { ...options, deadline });
  } catch (error) {
    if (error instanceof PinionError) return unreachable(endpoint, error);
    if (!(error instanceof HandshakeError)) throw error;
    // The only TLS on the way to a carrier is that of a proxy.
    const { host, port } = error.endpoint;
    const message = `Cannot make a TLS connection to the proxy \`${formatHostPort(host, port)}\``;
    return unreachable(endpoint, new PinionError("net/proxy-unreachable", message, { cause: error.cause }));
  } finally {
    deadline.dispose();
  }
}

interface Look {
  readonly tap: Tap;
  readonly keyLog: Map<string, Buffer>;
  readonly socket: TLSSocket;
}

async function look(
  carrier: Carrier,
  endpoint: Endpoint,
  options: ObserveOptions & { readonly deadline: Deadline },
): Promise<PeerObservation> {
  const started = performance.now();
  const tap = new Tap(carrier.socket);
  const keyLog = new Map<string, Buffer>();
  const socket = connect({
    socket: tap,
    secureContext: createSecureContext(parametersFor(options)),
    servername: isIP(endpoint.host) !== 0 || options.hello === "no-server-name" ? "" : endpoint.host,
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: false,
  });
  withoutLegacyCertificate(socket);
  socket.on("keylog", (line: Buffer) => {
    const entry = parseKeyLogLine(line);
    if (entry !== undefined) keyLog.set(...entry);
  });
  const outcome = await handshakeOutcome({ tap, keyLog, socket }, options.deadline);
  const handshakeMs = performance.now() - started;
  const cipher = outcome.kind === "completed" ? socket.getCipher().standardName : undefined;
  const alpn =
    outcome.kind === "completed" && typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : undefined;
  socket.destroy();
  tap.destroy();
  carrier.socket.destroy();
  const bytes = tap.received();
  const flight = readServerFlight(bytes, keyLog);
  return {
    endpoint,
    address: carrier.address,
    outcome,
    ...describeFlight(flight),
    cipher,
    alpn,
    plaintext: flight.isPlaintext ? excerpt(bytes.toString("latin1", 0, MAX_PLAINTEXT_BYTES)) : undefined,
    receivedBytes: bytes.length,
    timings: { lookupMs: carrier.lookupMs, connectMs: carrier.connectMs, handshakeMs },
  };
}

/**
 * Waits for the end of the handshake, and then a little longer where the server asked for a client certificate: under
 * TLS 1.3 it refuses one, or none, only after our side is done (RFC 8446 section 4.4.2.4).
 */
function handshakeOutcome({ socket, tap, keyLog }: Look, deadline: Deadline): Promise<ObservationOutcome> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = (outcome: ObservationOutcome): void => {
      clearTimeout(timer);
      deadline.signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    const onAbort = (): void => finish({ kind: "stalled" });
    socket.on("error", (error) => finish({ kind: "failed", error }));
    socket.once("close", () => finish({ kind: "failed", error: undefined }));
    socket.once("secureConnect", () => {
      const flight = readServerFlight(tap.received(), keyLog);
      if (!flight.requestedClientCertificate) return finish({ kind: "completed" });
      timer = setTimeout(() => finish({ kind: "completed" }), CLIENT_CERTIFICATE_VERDICT_MS);
    });
    socket.resume();
    if (deadline.signal.aborted) return onAbort();
    deadline.signal.addEventListener("abort", onAbort, { once: true });
  });
}

function parametersFor({ clientCertificate, hello }: ObserveOptions): SecureContextOptions {
  const { id: _, ...identity } = clientCertificate ?? { id: "" };
  return {
    ...TLS_PARAMETERS,
    ...identity,
    // Trusts no CA: the engine then never goes on to what Node does with certificates that it holds to be good.
    ca: [],
    ...(hello === "tls-1.2-only" ? { maxVersion: "TLSv1.2" as const } : {}),
    ...(hello === "no-hybrid-group" ? { ecdhCurve: CLASSIC_GROUPS } : {}),
  };
}

function describeFlight(flight: ServerFlight) {
  const named = <T>(value: T | undefined, name: (known: T) => string): string | undefined =>
    value === undefined ? undefined : name(value);
  return {
    protocol: named(flight.version, protocolName),
    group: named(flight.group, groupName),
    signatureScheme: named(flight.signatureScheme, signatureSchemeName),
    chain: flight.certificates,
    requestedClientCertificate: flight.requestedClientCertificate,
    hadRetryRequest: flight.hadRetryRequest,
    lacksSecureRenegotiation: flight.lacksSecureRenegotiation,
    alerts: flight.alerts
      .filter(({ description }) => description !== 0)
      .map(({ description }) => alertName(description)),
  };
}

function unreachable(endpoint: Endpoint, error: PinionError): PeerObservation {
  return {
    endpoint,
    address: undefined,
    outcome: { kind: "unreachable", error },
    protocol: undefined,
    cipher: undefined,
    group: undefined,
    signatureScheme: undefined,
    alpn: undefined,
    chain: [],
    requestedClientCertificate: false,
    hadRetryRequest: false,
    lacksSecureRenegotiation: false,
    alerts: [],
    plaintext: undefined,
    receivedBytes: 0,
    timings: { lookupMs: undefined, connectMs: undefined, handshakeMs: undefined },
  };
}

/** Passes bytes through to a socket and keeps the first of those that come in. */
class Tap extends Duplex {
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  #receivedBytes = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      if (this.#receivedBytes < MAX_KEPT_BYTES) this.#received.push(chunk);
      this.#receivedBytes += chunk.length;
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  received(): Buffer {
    return Buffer.concat(this.#received);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }
}

// The groups that every OpenSSL knows, without the hybrid ones, whose shares make the ClientHello longer than a packet.
const CLASSIC_GROUPS = "X25519:P-256:P-384:P-521";

// A server's verdict on a client certificate takes a round trip and a signature check.
const CLIENT_CERTIFICATE_VERDICT_MS = 1000;

// OpenSSL takes certificate lists of up to 100 KB; all of a handshake's other messages fit into what is left.
const MAX_KEPT_BYTES = 256 * 1024;
const MAX_PLAINTEXT_BYTES = 80;
