// Findings of the profile rules: what they break, and how much that counts.

import type { FindingDraft } from "./findings.ts";
import type { Link } from "./rule.ts";

/** Whether a certificate has an extension of a name that is critical. */
export function isCritical({ certificate }: Link, name: string): boolean {
  return certificate.extensions.some((extension) => extension.name === name && extension.isCritical);
}

/** A finding that counts only in the strict profile. */
export function lint(
  rule: string,
  section: string,
  draft: Pick<FindingDraft, "seen" | "expected"> & Partial<Pick<FindingDraft, "code">>,
): FindingDraft {
  return { code: "tls/malformed-certificate", ...draft, rule, section, severity: "lint" };
}

/** A finding that some other clients refuse. */
export function other(draft: Omit<FindingDraft, "severity">): FindingDraft {
  return { ...draft, severity: "other-clients" };
}
