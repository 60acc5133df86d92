// Puts TLS on an open socket: the only place that does so for a connection that carries requests.
// The runtime's engine verifies in the real handshake; what it accepts may still be refused here, never the reverse.

import type { Socket } from "node:net";
import { isIP } from "node:net";
import type { X509Certificate } from "node:crypto";
import { connect, type SecureContext, type TLSSocket } from "node:tls";

import type { PinionError } from "../errors.ts";
import type { Deadline } from "./deadline.ts";
import { formatHostPort, type Endpoint } from "./url.ts";

export interface SecureOptions {
  readonly endpoint: Endpoint;
  readonly context: SecureContext;
  /**
   * Refuses a chain that the engine accepted, before a byte of a request is written. Given the certificates as the
   * server sent them, leaf first, as DER. Undefined means that nothing about the peer is checked, by the engine neither.
   */
  readonly judge: ((sent: readonly Uint8Array[]) => PinionError | undefined) | undefined;
  readonly deadline: Deadline;
}

export interface Secured {
  readonly socket: TLSSocket;
  readonly protocol: string;
  readonly cipher: string;
  /** DER, as sent, leaf first. */
  readonly sent: readonly Uint8Array[];
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
 * @throws {HandshakeError}, or the deadline's `net/timeout` and `net/cancelled`
 */
export function secure(carrier: Socket, options: SecureOptions): Promise<Secured> {
  const { endpoint, deadline } = options;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let sent: readonly Uint8Array[] = [];
    const socket = connect({
      socket: carrier,
      secureContext: options.context,
      servername: isIP(endpoint.host) === 0 ? endpoint.host : "",
      // No `session` is ever handed in: Node reports a resumed one as authorized without asking any check again.
      rejectUnauthorized: options.judge !== undefined,
      ALPNProtocols: ["http/1.1"],
      checkServerIdentity: () => {
        sent = takeSentCertificates(socket);
        return options.judge?.(sent);
      },
    });
    withoutLegacyCertificate(socket);

    const finish = (): void => {
      deadline.signal.removeEventListener("abort", onAbort);
      socket.removeListener("close", onClose);
    };
    const fail = (error: Error): void => {
      finish();
      socket.destroy();
      carrier.destroy();
      reject(error);
    };
    const onAbort = (): void =>
      fail(
        deadline.failure(
          `Cannot finish the TLS handshake with \`${formatHostPort(endpoint.host, endpoint.port)}\``,
        ),
      );
    const onClose = (): void => fail(new HandshakeError(endpoint, undefined));
    socket.once("close", onClose);
    // Stays for the socket's whole life: an error that comes while nobody listens must not end the process.
    socket.on("error", (cause) => fail(new HandshakeError(endpoint, cause)));
    socket.once("secureConnect", () => {
      const protocol = socket.getProtocol();
      if (options.judge !== undefined && !isWellConnected(socket)) {
        return fail(new HandshakeError(endpoint, new Error("the runtime did not verify the connection")));
      }
      if (options.judge === undefined) sent = takeSentCertificates(socket);
      finish();
      resolve({
        socket,
        protocol: protocol ?? "unknown",
        cipher: socket.getCipher().standardName,
        sent,
        handshakeMs: performance.now() - started,
      });
    });
    if (deadline.signal.aborted) return onAbort();
    deadline.signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Keeps the runtime from turning certificates into its legacy objects, which it does by itself after every good chain:
 * Node 24 to 26 end there with SIGSEGV for EC keys without a NIST name (x509.md, "What the engine does not do", 4).
 */
export function withoutLegacyCertificate(socket: TLSSocket): void {
  Object.defineProperty(socket, "getPeerCertificate", { value: () => ({}) });
}

/**
 * The certificates as the server sent them, leaf first. May be called once per socket: Node takes them out of the
 * engine's own list as it walks, and the next call finds none.
 */
export function takeSentCertificates(socket: TLSSocket): readonly Uint8Array[] {
  const sent: Uint8Array[] = [];
  let next: X509Certificate | undefined = socket.getPeerX509Certificate();
  for (; next !== undefined && sent.length < MAX_SENT_CERTIFICATES; next = next.issuerCertificate) {
    sent.push(Uint8Array.from(next.raw));
  }
  return sent;
}

function isWellConnected(socket: TLSSocket): boolean {
  const protocol = socket.getProtocol();
  return socket.authorized && !socket.isSessionReused() && (protocol === "TLSv1.3" || protocol === "TLSv1.2");
}

// OpenSSL takes at most 100 KB of certificates from a peer, so this many are never usable ones.
const MAX_SENT_CERTIFICATES = 100;
