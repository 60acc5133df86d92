// The profile rules about names: subjectAltName, the common name, and name constraints.

import { attributeOf } from "../certificates/distinguished-name.ts";
import type { GeneralName } from "../certificates/extensions.ts";
import type { FindingDraft } from "./findings.ts";
import { formatAddress, parseAddress } from "../certificates/ip-address.ts";
import { isHostName, isPublicSuffix } from "./names.ts";
import { isCritical, lint } from "./profile-findings.ts";
import type { Rule } from "./rule.ts";

export const checkAlternativeNames: Rule = (link, { purpose }) => {
  const { certificate, position } = link;
  const { subjectAltNames, subject } = certificate;
  if (position > 0 || purpose !== "serverAuth") return undefined;
  const hasSubject = subject.relativeNames.length > 0;
  const drafts: FindingDraft[] = [];
  const note = (seen: string, expected: string, section = "RFC 5280 4.2.1.6"): void => {
    drafts.push(lint("subject-alt-name", section, { code: "tls/hostname-mismatch", seen, expected }));
  };
  if (subjectAltNames === undefined) return drafts;
  if (hasSubject && isCritical(link, "subjectAltName"))
    note("a critical subjectAltName beside a subject", "one that is not critical", "CA/B BR 7.1.2.7.12");
  if (!hasSubject && !isCritical(link, "subjectAltName"))
    note("a subjectAltName that is not critical without a subject", "a critical one");
  for (const name of subjectAltNames) {
    if (name.kind === "ip" && name.octets.length !== 4 && name.octets.length !== 16)
      note(`an IP address of ${name.octets.length} octets`, "4 or 16 octets");
    if (name.kind !== "dns") continue;
    const host = name.value.startsWith("*.") ? name.value.slice(2) : name.value;
    if (parseAddress(host) !== undefined)
      note("an IP address as a DNS name", "an IP address of its own kind");
    else if (!isHostName(host) || host.includes("_"))
      note("a DNS name that is not a host name", "letters, digits and hyphens");
    else if (name.value.startsWith("*.") && isPublicSuffix(host))
      note("a wildcard for a public suffix", "a wildcard below a registered domain", "CA/B BR 3.2.2.6");
  }
  return drafts;
};

export const checkCommonName: Rule = ({ certificate, position }, { purpose }) => {
  const commonName = attributeOf(certificate.subject, "CN");
  const names = certificate.subjectAltNames;
  if (position > 0 || purpose !== "serverAuth" || commonName === undefined || names === undefined)
    return undefined;
  const listed = names.flatMap((name) => (name.kind === "dns" || name.kind === "ip" ? [name.value] : []));
  if (listed.includes(commonName) || !(isOddAddress(commonName) || isOtherHost(commonName, names)))
    return undefined;
  return lint("common-name", "CA/B BR 7.1.4.3", {
    code: "tls/hostname-mismatch",
    seen: "a common name that is not a subjectAltName",
    expected: "one of the subjectAltNames",
  });
};

/** An IP address, but not as RFC 5952 and RFC 3986 write it. */
function isOddAddress(text: string): boolean {
  const address = parseAddress(text);
  const looksNumeric = /^(?:0x[\da-f]+|[\d.]+|[\da-f.]*:[\da-f:.]*)$/i.test(text);
  return looksNumeric && (address === undefined || formatAddress(address) !== text);
}

/** A host name that none of the other names matches, contains or is below. Free text is not a host name. */
function isOtherHost(text: string, names: readonly GeneralName[]): boolean {
  const listed = names.flatMap((name) =>
    name.kind === "dns" ? [name.value.toLowerCase().replace(/^\*\./, "")] : [],
  );
  const isDotted = text.slice(1, -1).includes(".") && /^[^\s@/:]+$/.test(text);
  if (listed.length === 0 || !isDotted || parseAddress(text) !== undefined) return false;
  const host = text.toLowerCase();
  const isInOtherCase = listed.includes(host) && host !== text;
  return (
    isInOtherCase ||
    !listed.some((name) => name === host || name.endsWith(`.${host}`) || host.endsWith(`.${name}`))
  );
}

export const checkConstraintPlace: Rule = (link) => {
  const { certificate, position } = link;
  const { nameConstraints } = certificate;
  const section = "RFC 5280 4.2.1.10";
  const code = "tls/name-constraint-violation";
  if (nameConstraints === undefined) return undefined;
  if (position === 0)
    return lint("name-constraints-of-server", section, {
      code,
      seen: "name constraints in a server's certificate",
      expected: "none",
    });
  if (nameConstraints.permitted.length + nameConstraints.excluded.length === 0) {
    return lint("name-constraints-empty", "CA/B BR 7.1.2.5.2", {
      code,
      seen: "empty name constraints",
      expected: "one subtree at least",
    });
  }
  const all = [...nameConstraints.permitted, ...nameConstraints.excluded];
  if (all.some((constraint) => constraint.kind === "dns" && constraint.value.startsWith("."))) {
    return lint("name-constraints-leading-dot", section, {
      code,
      seen: "a DNS constraint with a leading dot",
      expected: "a domain",
    });
  }
  // That they are not critical is against section 4.2.1.10, and expressly allowed by CA/B BR 7.1.2.5.2.
  return undefined;
};
