// Why the certificates of a server were refused, told with the chain as it was sent and the trust in force.

import { PinionError, systemCode, type ErrorCode } from "../errors.ts";
import type { TrustStore } from "../trust/store.ts";
import type { PeerObservation } from "./observe-peer.ts";
import { formatHostPort, type Endpoint } from "./url.ts";

export interface VerificationFacts {
  readonly endpoint: Endpoint;
  /** The engine's verdict, or a refusal of our own. */
  readonly cause: unknown;
  readonly observation: PeerObservation | undefined;
  readonly trust: TrustStore;
}

/** Explains a refused chain. */
export function explainVerification(facts: VerificationFacts): PinionError {
  const { endpoint, cause, trust } = facts;
  if (cause instanceof PinionError) return cause;
  const { host, port } = endpoint;
  const verdict = ENGINE_VERDICTS.get(systemCode(cause) ?? "") ?? UNKNOWN_VERDICT;
  return new PinionError(verdict.code, `Cannot verify ${formatHostPort(host, port)}: ${verdict.words}`, {
    details: { host, port, engineCode: systemCode(cause), sources: trust.describe() },
    hints: [`\`pinion doctor https://${formatHostPort(host, port)}/\` shows the whole chain`],
    cause,
  });
}

interface Verdict {
  readonly code: ErrorCode;
  readonly words: string;
}

const UNKNOWN_VERDICT: Verdict = { code: "tls/handshake-failed", words: "its certificates were refused" };
const NO_ISSUER: Verdict = { code: "tls/unknown-issuer", words: "its certificate's issuer is not trusted" };

const ENGINE_VERDICTS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ["CERT_HAS_EXPIRED", { code: "tls/expired", words: "a certificate has expired" }],
  ["CERT_NOT_YET_VALID", { code: "tls/not-yet-valid", words: "a certificate is not valid yet" }],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    { code: "tls/self-signed-leaf", words: "its certificate signs itself and is not trusted" },
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", NO_ISSUER],
  ["UNABLE_TO_GET_ISSUER_CERT", NO_ISSUER],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", NO_ISSUER],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", NO_ISSUER],
  ["CERT_UNTRUSTED", NO_ISSUER],
  ["CERT_SIGNATURE_FAILURE", { code: "tls/bad-signature", words: "a signature of its chain is wrong" }],
  [
    "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
    { code: "tls/bad-signature", words: "a signature of its chain is wrong" },
  ],
  ["INVALID_CA", { code: "tls/not-a-ca", words: "a certificate that is no authority signed another" }],
  [
    "PATH_LENGTH_EXCEEDED",
    { code: "tls/path-length-exceeded", words: "its chain is longer than an authority allows" },
  ],
  ["INVALID_PURPOSE", { code: "tls/wrong-purpose", words: "a certificate is not for TLS servers" }],
  ["CERT_REVOKED", { code: "tls/revoked", words: "a certificate is revoked" }],
]);
