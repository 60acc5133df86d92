// What can be wrong with a chain: one finding per link and rule, with what was seen and what was expected, so that
// the doctor can show all of them and an error can be blamed on the right certificate.

import type { ErrorCode } from "../../errors.ts";
import type { Certificate } from "../certificates/certificate.ts";

/**
 * `refuse`: no connection. `other-clients`: Pinion's engine accepts it, some well-known client does not.
 * `lint`: against RFC 5280 or the CA/Browser Forum's baseline requirements, and ignored by most clients.
 */
export type Severity = "refuse" | "other-clients" | "lint";

export interface Finding {
  /** Stable, kebab-case. */
  readonly rule: string;
  /** The error that this finding becomes when it is the cause. */
  readonly code: ErrorCode;
  /** Where the rule is written: `RFC 5280 4.2.1.9`. */
  readonly section: string;
  readonly severity: Severity;
  /** Counted from the server's certificate, which is 0. */
  readonly position: number;
  readonly certificate: Certificate;
  readonly seen: string;
  readonly expected: string;
}

/** What a rule says; where it applies is added by the caller. */
export type FindingDraft = Omit<Finding, "position" | "certificate">;

/** The most telling finding: refusals first, then by {@link rankOf}, then nearest to the server. */
export function mostTelling(findings: readonly Finding[]): Finding | undefined {
  let best: Finding | undefined;
  let bestRank = -1;
  for (const finding of findings) {
    if (finding.severity !== "refuse") continue;
    const rank = rankOf(finding.code);
    if (rank < bestRank || (rank === bestRank && best !== undefined && best.position <= finding.position))
      continue;
    best = finding;
    bestRank = rank;
  }
  return best;
}

/** How telling a cause is, higher first: the order of rustls-webpki's `Error::rank`, with our own causes in between. */
export function rankOf(code: ErrorCode): number {
  const at = RANKING.indexOf(code);
  return at === -1 ? 0 : RANKING.length - at;
}

const RANKING: readonly ErrorCode[] = [
  "tls/expired",
  "tls/not-yet-valid",
  "tls/hostname-mismatch",
  "tls/revoked",
  "tls/weak-signature",
  "tls/weak-key",
  "tls/wrong-purpose",
  "tls/name-constraint-violation",
  "tls/path-length-exceeded",
  "tls/not-a-ca",
  "tls/unsupported-signature-algorithm",
  "tls/unknown-critical-extension",
  "tls/malformed-certificate",
  "tls/bad-signature",
  "tls/missing-intermediate",
  "tls/unknown-issuer",
];
