// A refused chain as a question, and the explanation that answers it: the values that `explain`, `causes` and `advice`
// share.

import type { Advice, TrustChange } from "../../advice.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Certificate } from "../certificates/certificate.ts";
import type { Finding } from "../rules/findings.ts";
import type { AnchorIndex, CertificatePath, PathSearch } from "../rules/path.ts";

/** Everything that is known about a refused chain. */
export interface ChainQuestion {
  /** DER as the server sent it, its own certificate first. */
  readonly sent: readonly Uint8Array[];
  readonly host: string;
  readonly port: number;
  readonly anchors: AnchorIndex;
  readonly time: Date;
  /** Intermediates from elsewhere: remembered, or fetched by what the chain says about its issuers. */
  readonly extra?: readonly Uint8Array[];
  readonly isDistrusted?: (certificate: Certificate) => boolean;
  /** Anchors that would be in force, did the operating system not distrust them. */
  readonly distrustedAnchors?: AnchorIndex;
  /** Trust that is not in force, best first. */
  readonly alternatives?: readonly AlternativeTrust[];
  /** Whether missing intermediates are downloaded already. */
  readonly fetchesIntermediates?: boolean;
  /** The runtime, for what it lacks: `Node 20.20.2 with OpenSSL 3.0.19`. */
  readonly runtime?: string;
}

export interface AlternativeTrust {
  /** For a sentence: `the system store`. */
  readonly name: string;
  /** What to do to have it in force, best first. */
  readonly changes: readonly TrustChange[];
  anchors(): AnchorIndex;
}

export interface CertificateSummary {
  /** Counted from the server's own, which is 0; undefined for one that was not sent. */
  readonly position: number | undefined;
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256, lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly signatureAlgorithm: string;
  readonly publicKey: string;
}

export interface ChainExplanation {
  readonly code: ErrorCode;
  /** Follows "Cannot verify HOST: ". */
  readonly headline: string;
  /** What exactly was seen, with names. */
  readonly sentence: string;
  readonly blamed: CertificateSummary | undefined;
  /** Everything that was found on the path that is shown, refusals and less. */
  readonly findings: readonly Finding[];
  /** Other causes that would have refused the chain on their own, best first. */
  readonly others: readonly { readonly code: ErrorCode; readonly sentence: string }[];
  readonly wouldTrust: readonly {
    readonly name: string;
    readonly root: string;
    readonly changes: readonly TrustChange[];
  }[];
  /** What can be done, best first. */
  readonly advice: readonly Advice[];
  /** A valid path, where there is one after all: the engine did not find it, or it needs one of the `extra` ones. */
  readonly path: CertificatePath | undefined;
  readonly search: PathSearch | undefined;
}

/** A sent certificate that cannot be read. */
export interface UnreadableCertificate {
  readonly position: number;
  readonly reason: string;
}
