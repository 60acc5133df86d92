// TLS parameters of every connection: TLS 1.2 and 1.3, whatever OpenSSL itself still holds to be safe, so that nothing
// which curl or pip reach is out of reach; and the anchors, as the engine takes them.

import { constants } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";

import { PinionError } from "../errors.ts";
import type { ClientIdentity } from "./client-identity.ts";

/** What a context is made of. */
export interface ContextParts {
  /** PEM, one certificate each: with one string for all, OpenSSL stops at the first that it cannot read. */
  readonly anchors: readonly string[];
  /** Path assist: helpers that must not become anchors. */
  readonly intermediates: readonly string[];
  readonly clientCertificate: ClientIdentity | undefined;
  /** TLS 1.3 by default. */
  readonly maxVersion?: "TLSv1.2" | undefined;
}

/** The TLS parameters that do not depend on trust, for the doctor's attempts with fewer. */
export const TLS_PARAMETERS: SecureContextOptions = {
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  // OpenSSL's own order of what is safe at level 1: forward secrecy first, CBC and RSA key exchange last. Level 0 would
  // admit MD5 signatures; level 2 differs between runtimes, and what it refuses, `policy.ts` refuses by name.
  ciphers: [
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256",
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AESCCM:DHE+AESCCM:ECDHE+AES:DHE+AES:RSA+AES:HIGH",
    "!aNULL:!eNULL:!PSK:!SRP:!aDSS",
    "@SECLEVEL=1",
  ].join(":"),
  // The library's own list is the widest: X25519, P-256, X448, P-521, P-384 and finite fields, with X25519MLKEM768 in
  // front since OpenSSL 3.5. The signature algorithms are its own too: a list here would lack ML-DSA or fail without it.
  ecdhCurve: "auto",
  // Servers without RFC 5746: what it forbids endangers servers that renegotiate, and rustls and browsers connect.
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
};

/** Makes a context. @throws `tls/client-certificate-unusable` */
export function createContext(parts: ContextParts): SecureContext {
  const { anchors, intermediates, clientCertificate, maxVersion = "TLSv1.3" } = parts;
  const options: SecureContextOptions = {
    ...TLS_PARAMETERS,
    maxVersion,
    ca: [...anchors, ...intermediates],
    // An intermediate or a leaf in a trust source is an anchor, as for curl, Go and uv. With helpers among the
    // certificates the engine could not tell them from anchors, so a path must then end in a self-signed one.
    allowPartialTrustChain: intermediates.length === 0,
  };
  if (clientCertificate === undefined) return createSecureContext(options);
  const { id: _, ...material } = clientCertificate;
  try {
    return createSecureContext({ ...options, ...material });
  } catch (cause) {
    throw new PinionError(
      "tls/client-certificate-unusable",
      "Cannot use the client certificate with its key",
      { cause },
    );
  }
}
