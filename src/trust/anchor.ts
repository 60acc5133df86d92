// A trust anchor: a certificate that is trusted for what it is, with every source that names it. Kept as base64, the
// form that PEM files and the bundled roots share; DER, fingerprint and fields are made on first use.

import { hash } from "node:crypto";

import { parseCertificate, type Certificate } from "../x509/certificates/certificate.ts";
import type { AnchorSource } from "./sources.ts";

export interface Anchor {
  readonly pem: string;
  /** SHA-256 of the certificate, lower-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly sources: readonly AnchorSource[];
  readonly der: Uint8Array;
  /** Parsed once. @throws `tls/malformed-certificate` */
  certificate(): Certificate;
}

/** Makes an anchor from the base64 of a DER certificate, without line breaks. */
export function createAnchor(base64: string, sources: readonly AnchorSource[]): Anchor {
  return new LazyAnchor(base64, sources);
}

interface SourceCertificates {
  readonly source: AnchorSource;
  readonly certificates: readonly string[];
  /** Of {@link certificates} or of those of other sources. */
  readonly rejected?: readonly string[];
}

/** An anchor of one source that the trust settings of another one reject. */
export interface RejectedAnchor {
  readonly anchor: Anchor;
  readonly by: AnchorSource;
}

/**
 * The anchors of several sources, each certificate once, with every source that has it, in order of appearance. What one
 * source rejects is an anchor of none, as in OpenSSL, where trust settings outweigh a plain copy of the certificate.
 */
export function mergeAnchors(
  contents: readonly SourceCertificates[],
  onRejected: (rejected: RejectedAnchor) => void = () => undefined,
): readonly Anchor[] {
  const rejectedBy = new Map<string, AnchorSource>();
  for (const { source, rejected = [] } of contents)
    for (const base64 of rejected) if (!rejectedBy.has(base64)) rejectedBy.set(base64, source);
  const sourcesOf = new Map<string, AnchorSource[]>();
  for (const { source, certificates } of contents) {
    for (const base64 of certificates) {
      const sources = sourcesOf.get(base64);
      if (sources === undefined) sourcesOf.set(base64, [source]);
      else if (!sources.includes(source)) sources.push(source);
    }
  }
  const anchors: Anchor[] = [];
  for (const [base64, sources] of sourcesOf) {
    const anchor = createAnchor(base64, sources);
    const by = rejectedBy.get(base64);
    if (by === undefined) anchors.push(anchor);
    else onRejected({ anchor, by });
  }
  return anchors;
}

class LazyAnchor implements Anchor {
  readonly base64: string;
  readonly sources: readonly AnchorSource[];
  #der: Uint8Array | undefined;
  #pem: string | undefined;
  #fingerprint: string | undefined;
  #certificate: Certificate | undefined;

  constructor(base64: string, sources: readonly AnchorSource[]) {
    this.base64 = base64;
    this.sources = sources;
  }

  get der(): Uint8Array {
    return (this.#der ??= Buffer.from(this.base64, "base64"));
  }

  get pem(): string {
    return (this.#pem ??= wrapPem(this.base64));
  }

  get fingerprint(): string {
    return (this.#fingerprint ??= hash("sha256", this.der, "hex"));
  }

  certificate(): Certificate {
    return (this.#certificate ??= parseCertificate(this.der));
  }
}

function wrapPem(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;
}
