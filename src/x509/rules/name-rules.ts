// The rules about names: the host that was meant (RFC 9525), and what the authorities above may vouch for (RFC 5280
// section 4.2.1.10).

import type { Rule } from "./rule.ts";
import { attributeOf, printable } from "../certificates/distinguished-name.ts";
import { checkNameConstraints, checkSingleName } from "./name-constraints.ts";
import { isHostName, listNames, matchesCommonName, matchesHost } from "./names.ts";
import { isUnreadable, refuse } from "./rule.ts";

/** Also looks at whether the server's certificate is the anchor itself, which is so on every path of a search or on none. */
export const checkHost: Rule = ({ certificate, position, path, isComplete }, { host }) => {
  if (position !== 0 || host === undefined || isUnreadable(certificate, "subjectAltName")) return undefined;
  const match = matchesHost(certificate, host);
  if (match.kind === "match") return undefined;
  const seen = match.reason === "other-names" ? listNames(match.names) : "no subjectAltName";
  const draft = refuse({
    rule: "host",
    code: "tls/hostname-mismatch",
    section: "RFC 9525 6",
    seen,
    expected: printable(host),
  });
  // Version 1 has no place for a subjectAltName: where exactly such a certificate is trusted, its common name counts.
  const isTrustedItself = isComplete && path.length === 1;
  return isTrustedItself && certificate.version === 1 && matchesCommonName(certificate, host)
    ? { ...draft, severity: "other-clients" }
    : draft;
};

export const checkConstraints: Rule = ({ certificate, position, path }, { budget }) => {
  // Section 6.1.3 (b): self-issued intermediates are exempt, the server's certificate is not.
  if (position > 0 && certificate.isSelfIssued) return undefined;
  for (const authority of path.slice(position + 1)) {
    if (authority.nameConstraints === undefined) continue;
    const verdict = checkNameConstraints(certificate, authority.nameConstraints, budget);
    const base = {
      rule: "name-constraints",
      code: "tls/name-constraint-violation",
      section: "RFC 5280 4.2.1.10",
    } as const;
    switch (verdict.kind) {
      case "allowed":
        continue;
      case "excluded":
        return refuse({
          ...base,
          seen: `the name ${verdict.name}`,
          expected: `no name in ${verdict.constraint || "any domain"}, which its authority may not vouch for`,
        });
      case "not-permitted":
        return refuse({
          ...base,
          seen: `the name ${verdict.name}`,
          expected: `a name in ${verdict.constraint}, which is all that its authority may vouch for`,
        });
      case "unusable-constraint":
        return refuse({
          ...base,
          seen: `its authority's constraint ${verdict.constraint}`,
          expected: "a name constraint that can be understood",
        });
      case "budget-exhausted":
        return refuse({
          ...base,
          seen: "more names and constraints than can be compared in time",
          expected: "fewer of them",
        });
    }
  }
  return undefined;
};

/** OpenSSL holds a common name that looks like a host to the constraints, where there is no DNS name beside it. */
export const checkCommonNameConstraints: Rule = ({ certificate, position, path }, { budget }) => {
  if (position > 0) return undefined;
  const commonName = attributeOf(certificate.subject, "CN");
  if (commonName?.includes(".") !== true || !isHostName(commonName)) return undefined;
  if (certificate.subjectAltNames?.some((name) => name.kind === "dns") === true) return undefined;
  for (const { nameConstraints } of path.slice(1)) {
    if (nameConstraints === undefined) continue;
    const verdict = checkSingleName({ kind: "dns", value: commonName }, nameConstraints, budget);
    if (verdict.kind === "allowed") continue;
    return {
      rule: "common-name-constraints",
      code: "tls/name-constraint-violation",
      section: "OpenSSL NAME_CONSTRAINTS_check_CN",
      severity: "other-clients",
      seen: `the common name ${printable(commonName)}, and no DNS name`,
      expected: "a common name for which its authority may vouch, or DNS names",
    };
  }
  return undefined;
};
