// Puts TLS on an open socket: the only place that does so for a connection that carries requests.
// The runtime's engine verifies in the real handshake; what it accepts may still be refused here, never the reverse.

import { isIP, type OnReadOpts, type Socket } from "node:net";
import type { X509Certificate } from "node:crypto";
import { connect, type SecureContext, type TLSSocket } from "node:tls";

import { formatHostPort } from "../../base/text/host-port.ts";
import { judgePeer, type PeerVerdict } from "../../trust/policy.ts";
import type { Anchor, ContextOptions, TrustStore } from "../../trust/store.ts";
import type { AcceptedChains } from "./accepted-chains.ts";
import type { Deadline } from "../deadline.ts";
import { dial, type Lookup, type OpenSocket } from "./dial.ts";
import { readPem } from "../../x509/certificates/pem.ts";
import { Landing } from "./landing.ts";
import { type Endpoint } from "../url.ts";

export interface SecureOptions {
  readonly endpoint: Endpoint;
  readonly trust: TrustStore;
  readonly context?: ContextOptions | undefined;
  /** `off` only where the user named this very host as insecure: nothing about the peer is checked then. */
  readonly verification?: "on" | "off" | undefined;
  /** What was accepted before, so that it need not be judged again. */
  readonly chains?: AcceptedChains | undefined;
  readonly deadline: Deadline;
}

export interface Secured {
  readonly socket: TLSSocket;
  readonly protocol: string;
  readonly cipher: string;
  /** DER, as sent, leaf first. */
  readonly sent: readonly Uint8Array[];
  /** Who vouched for the chain; undefined where nothing was verified, or the engine went a way of its own. */
  readonly anchor: Anchor | undefined;
  readonly handshakeMs: number;
}

/** A handshake that failed, not explained yet; `cause` is the engine's error or a refusal of our own. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint, cause: unknown) {
    super(`TLS handshake with ${formatHostPort(endpoint.host, endpoint.port)} failed`, { cause });
    this.endpoint = endpoint;
  }
}

/**
 * Makes a verified TLS connection over a socket, which it then owns.
 *
 * @throws {HandshakeError}, the deadline's `net/timeout` and `net/cancelled`, and what `TrustStore.secureContextFor` throws
 */
export async function secure(carrier: Socket, options: SecureOptions): Promise<Secured> {
  try {
    const secureContext = contextOf(options);
    return await startTls({ socket: carrier, secureContext }, options).finish();
  } catch (error) {
    carrier.destroy();
    throw error;
  }
}

/**
 * Makes a verified TLS connection to an endpoint itself, without a proxy: the runtime can put what comes into memory of ours
 * only on connections that it opens.
 *
 * @throws as {@link secure} and `dial`
 */
export async function dialSecurely(options: SecureOptions & { readonly lookup: Lookup }): Promise<DialedTls> {
  const { endpoint, lookup, deadline } = options;
  const secureContext = contextOf(options);
  const attempts = new Map<Socket, StartedTls & { readonly landing: Landing }>();
  const open: OpenSocket = (place) => {
    const landing = new Landing();
    const onread = { buffer: landing.buffer, callback: landing.onRead };
    const attempt = startTls({ ...place, secureContext, onread }, options);
    attempts.set(attempt.socket, { ...attempt, landing });
    return attempt.socket;
  };
  const { socket, lookupMs, connectMs } = await dial(endpoint.host, endpoint.port, {
    lookup,
    deadline,
    open,
  });
  const { finish, landing } = attempts.get(socket)!;
  try {
    return { ...(await finish()), landing, lookupMs, connectMs };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

export interface DialedTls extends Secured {
  /** Everything that comes lands there, and nothing is emitted as `data`. */
  readonly landing: Landing;
  readonly lookupMs: number;
  readonly connectMs: number;
}

function contextOf({ endpoint: { host, port }, trust, context }: SecureOptions): SecureContext {
  return trust.secureContextFor(host, port, context);
}

/** Over what TLS goes: a socket, or a connection of the runtime's own, whose bytes land where `onread` says. */
type TlsWay = { readonly secureContext: SecureContext } & (
  | { readonly socket: Socket }
  | { readonly host: string; readonly port: number; readonly onread: OnReadOpts }
);

interface StartedTls {
  readonly socket: TLSSocket;
  /** Waits for the end of the handshake, and judges it. */
  readonly finish: () => Promise<Secured>;
}

/** Begins TLS; the handshake follows once the carrier, or the runtime's own connection, is there. */
function startTls(
  way: TlsWay,
  { endpoint, trust, context, verification = "on", chains, deadline }: SecureOptions,
): StartedTls {
  const { host } = endpoint;
  let sent: readonly Uint8Array[] = [];
  let anchor: Anchor | undefined;
  const socket = connect({
    ...way,
    servername: isIP(host) === 0 ? host : "",
    // No `session` is ever handed in: Node reports a resumed one as authorized without asking any check again.
    rejectUnauthorized: verification === "on",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity: () => {
      sent = takeSentCertificates(socket);
      if (verification === "off") return undefined;
      const verdict =
        chains?.find({ endpoint, trust }, sent) ?? judgeSafely(sent, endpoint, { trust, context });
      if ("error" in verdict) return verdict.error;
      anchor = verdict.anchor;
      if ("kind" in verdict) chains?.add({ endpoint, trust }, sent, anchor);
      return undefined;
    },
  });
  withoutLegacyCertificate(socket);
  const finish = async (): Promise<Secured> => {
    const started = performance.now();
    await handshake(socket, endpoint, deadline);
    if (verification === "on" && !isVerified(socket)) {
      socket.destroy();
      throw new HandshakeError(endpoint, new Error("the runtime did not verify the connection"));
    }
    // Node asks for no identity where the chain was refused, and goes on only because nothing is verified.
    if (sent.length === 0) sent = takeSentCertificates(socket);
    const [protocol, cipher] = [socket.getProtocol() ?? "", socket.getCipher().standardName];
    return { socket, protocol, cipher, sent, anchor, handshakeMs: performance.now() - started };
  };
  return { socket, finish };
}

function handshake(socket: TLSSocket, endpoint: Endpoint, deadline: Deadline): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      deadline.signal.removeEventListener("abort", onAbort);
      socket.removeListener("close", onClose);
    };
    const fail = (error: Error): void => {
      finish();
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      const where = formatHostPort(endpoint.host, endpoint.port);
      fail(deadline.failure(`Cannot finish the TLS handshake with \`${where}\``));
    };
    const onClose = (): void => fail(new HandshakeError(endpoint, undefined));
    socket.once("close", onClose);
    // Stays for the socket's whole life: an error without a listener must not end the process.
    socket.on("error", (cause) => fail(new HandshakeError(endpoint, cause)));
    socket.once("secureConnect", () => {
      finish();
      resolve();
    });
    if (deadline.signal.aborted) return onAbort();
    deadline.signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** For the runtime's callback inside the handshake, where nothing may be thrown. */
function judgeSafely(
  sent: readonly Uint8Array[],
  { host, port }: Endpoint,
  { trust, context }: Pick<SecureOptions, "trust" | "context">,
): PeerVerdict | { readonly kind: "refused"; readonly error: Error } {
  try {
    const helpers = (context?.intermediates ?? []).flatMap((pem) => readPem(Buffer.from(pem)).certificates);
    return judgePeer({ sent, helpers, host, port, store: trust });
  } catch (error) {
    return { kind: "refused", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/**
 * Keeps the runtime from turning certificates into its legacy objects, which it does by itself after every good chain:
 * in Node 24 to 26 that conversion can end the process (docs/network.md, "Connections").
 */
export function withoutLegacyCertificate(socket: TLSSocket): void {
  Object.defineProperty(socket, "getPeerCertificate", { value: () => ({}) });
}

/**
 * The certificates as the server sent them, leaf first. May be called once per socket: Node takes them out of the
 * engine's own list as it walks, and the next call finds none.
 */
function takeSentCertificates(socket: TLSSocket): readonly Uint8Array[] {
  const sent: Uint8Array[] = [];
  let next: X509Certificate | undefined = socket.getPeerX509Certificate();
  for (; next !== undefined && sent.length < MAX_SENT_CERTIFICATES; next = next.issuerCertificate) {
    sent.push(Uint8Array.from(next.raw));
  }
  return sent;
}

function isVerified(socket: TLSSocket): boolean {
  const protocol = socket.getProtocol();
  return socket.authorized && !socket.isSessionReused() && (protocol === "TLSv1.3" || protocol === "TLSv1.2");
}

// OpenSSL takes at most 100 KB of certificates from a peer, so this many are never usable ones.
const MAX_SENT_CERTIFICATES = 100;
