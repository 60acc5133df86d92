// The trust of one run: anchors with their provenance, shared TLS contexts built from them, and what else this machine
// could have trusted. Nothing is read before the first question about a host.

import type { SecureContext } from "node:tls";

import type { Anchor } from "./anchor.ts";
import type { TrustSettings } from "./sources.ts";

export interface TrustStore {
  /**
   * The anchors in force for a host: those of all hosts and those of `pinion trust add` for this one.
   *
   * @throws `tls/trust-source-unusable`
   */
  anchorsFor(host: string, port: number): readonly Anchor[];
  /**
   * A TLS context that trusts {@link anchorsFor}; the same object for the same anchors and options.
   *
   * @throws `tls/trust-source-unusable`, `tls/client-certificate-unusable`
   */
  secureContextFor(host: string, port: number, options?: ContextOptions): SecureContext;
  /** Names the trust of {@link secureContextFor}: the same id, the same verdicts. What is cached by it stays valid. */
  idFor(host: string, port: number, options?: ContextOptions): string;
  /** The sources in force and how many certificates each has. */
  describe(): readonly SourceReport[];
  /** The sources that are not in force, to say which of them would have trusted a chain. */
  alternatives(): readonly NamedTrust[];
  /** What people should hear, known once the sources have been read: missing entries of `SSL_CERT_DIR`. */
  readonly warnings: readonly string[];
  /** What `-v` tells: certificates that were skipped. */
  readonly notes: readonly string[];
  /** Every anchor that holds for all hosts, as one PEM bundle for child processes. */
  mergedBundle(): string;
}

export interface ContextOptions {
  readonly clientCertificate?: ClientIdentity;
  /**
   * SHA-256 fingerprints: hands the engine only those of the anchors in force. A context with one root is made in 1 ms,
   * one with 144 in 25 ms; since it can only refuse more, a caller may try with the root that vouched for this host last
   * time and connect again with everything when the chain fails.
   */
  readonly onlyFingerprints?: readonly string[];
  /**
   * Path assist: certificates (PEM) that help the engine to find a path and are no anchors. Partial chains are off in
   * such a context, since the engine could not tell these from anchors.
   */
  readonly intermediates?: readonly string[];
}

/** A client certificate that has been read and fits its key; see `client-certificate.ts`. */
export interface ClientIdentity {
  /** Differs for different certificates or keys; says nothing about either. */
  readonly id: string;
  readonly cert: string;
  readonly key: string;
}

export interface SourceReport {
  /** As `formatAnchorSource` writes it. */
  readonly source: string;
  readonly count: number;
}

/** Trust that was not asked for, by name, with what to do to have it. */
export interface NamedTrust {
  /** For a sentence: `the system store`, `the bundled Mozilla roots`, `SSL_CERT_FILE=/etc/corp.pem`. */
  readonly name: string;
  /** Best first, without a subject: "add `--trust env,system`", "unset `SSL_CERT_FILE`". */
  readonly advice: readonly string[];
  /** Read when asked for; empty when the source cannot be used. */
  anchors(): readonly Anchor[];
}

export type { Anchor, TrustSettings };
