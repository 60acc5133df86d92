// The rules for a chain (RFC 5280 section 6 and what TLS clients make of it). Every rule looks at every link, so that a
// report has all findings; whether a path is accepted is the question of `path.ts`.

import type { RuleContext, Link, Rule } from "./rule.ts";
import { formatHash, isBrokenHash } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { equalBytes } from "./der.ts";
import { attributeOf, formatName, printable } from "./distinguished-name.ts";
import { PURPOSE } from "./extensions.ts";
import type { Finding, FindingDraft } from "./findings.ts";
import { checkNameConstraints, checkSingleName } from "./name-constraints.ts";
import { isHostName, matchesCommonName, matchesHost } from "./names.ts";
import { certificateProfileRules, pathProfileRules } from "./profile-rules.ts";

/** Everything that is wrong with a path, complete or not, by link from the server's certificate up. */
export function judgePath(
  path: readonly Certificate[],
  isComplete: boolean,
  context: RuleContext,
): readonly Finding[] {
  return path.flatMap((certificate, position) => {
    const link: Link = { certificate, position, path, isComplete };
    const drafts = [...judgeAlone(link, context), ...PATH_RULES.flatMap((rule) => rule(link, context) ?? [])];
    return drafts.map((draft) => ({ ...draft, position, certificate }));
  });
}

/** The rules that see one certificate; asked once for each, since a hostile one has thousands of names. */
function judgeAlone(link: Link, context: RuleContext): readonly FindingDraft[] {
  const key = `${link.certificate.fingerprint} ${link.position === 0 ? "server" : "authority"}`;
  const known = context.judged.get(key);
  if (known !== undefined) return known;
  const drafts = CERTIFICATE_RULES.flatMap((rule) => rule(link, context) ?? []);
  context.judged.set(key, drafts);
  return drafts;
}

const checkValidity: Rule = ({ certificate }, { time }) => {
  const seconds = Math.floor(time.getTime() / 1000);
  const { notBefore, notAfter } = certificate;
  const section = "RFC 5280 4.1.2.5";
  const seen = `valid from ${formatDate(notBefore)} to ${formatDate(notAfter)}`;
  const expected = `valid at ${formatDate(time)}`;
  if (seconds > notAfter.getTime() / 1000)
    return refuse({ rule: "expired", code: "tls/expired", section, seen, expected });
  if (seconds < notBefore.getTime() / 1000)
    return refuse({ rule: "not-yet-valid", code: "tls/not-yet-valid", section, seen, expected });
  return undefined;
};

/** Also looks at whether the server's certificate is the anchor itself, which is so on every path of a search or on none. */
const checkHost: Rule = ({ certificate, position, path, isComplete }, { host }) => {
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

const checkDistrust: Rule = ({ certificate }, { isDistrusted }) =>
  isDistrusted?.(certificate) === true
    ? refuse({
        rule: "distrusted",
        code: "tls/revoked",
        section: "system trust store",
        seen: "distrusted by the operating system",
        expected: "no distrust",
      })
    : undefined;

/** The signature of an anchor proves nothing: it is trusted for being there. */
const checkSignatureHash: Rule = ({ certificate, position, path, isComplete }) => {
  const { signatureAlgorithm } = certificate;
  const isLast = position === path.length - 1;
  if ((isLast && (isComplete || certificate.isSelfIssued)) || !isBrokenHash(signatureAlgorithm.hash))
    return undefined;
  return refuse({
    rule: "weak-signature",
    code: "tls/weak-signature",
    section: "RFC 9155",
    seen: `a signature with ${signatureAlgorithm.name}`,
    expected: `a signature with SHA-256 or better, not ${formatHash(signatureAlgorithm.hash)}`,
  });
};

const checkAlgorithmsAgree: Rule = ({ certificate }) => {
  const { signatureAlgorithm: outer, innerSignatureAlgorithm: inner } = certificate;
  if (equalBytes(outer.der, inner.der)) return undefined;
  const describe = (algorithm: typeof outer): string =>
    `${algorithm.name} (parameters ${algorithm.parameters})`;
  return refuse({
    rule: "signature-algorithms-differ",
    code: "tls/malformed-certificate",
    section: "RFC 5280 4.1.1.2",
    seen: `${describe(inner)} inside, ${describe(outer)} outside`,
    expected: "the same signature algorithm in both places",
  });
};

const checkKey: Rule = ({ certificate }) => {
  const { publicKey: key } = certificate;
  const weak = (expected: string): FindingDraft =>
    refuse({
      rule: "weak-key",
      code: "tls/weak-key",
      section: "CA/B BR 6.1.5",
      seen: `a weak key (${key.algorithm})`,
      expected,
    });
  if ((key.kind === "rsa" || key.kind === "rsa-pss") && key.bits < MIN_RSA_BITS)
    return weak(`RSA with ${MIN_RSA_BITS} bits or more`);
  if (key.kind === "dsa") return weak("RSA, ECDSA or EdDSA");
  if (key.kind !== "ec") return undefined;
  if (key.curve === "explicit") {
    return refuse({
      rule: "explicit-curve",
      code: "tls/unsupported-signature-algorithm",
      section: "RFC 5480 2.1.1",
      seen: "a curve given by its parameters",
      expected: "a named curve",
    });
  }
  return key.bits > 0 && key.bits < MIN_EC_BITS ? weak(`a curve of ${MIN_EC_BITS} bits or more`) : undefined;
};

const checkReadable: Rule = ({ certificate }) =>
  certificate.problems.map((problem): FindingDraft => {
    const base = { code: "tls/malformed-certificate", section: "RFC 5280 4.2" } as const;
    switch (problem.kind) {
      case "duplicate-extension":
        return refuse({
          ...base,
          rule: "duplicate-extension",
          seen: `${problem.extension} twice`,
          expected: "each extension once",
        });
      case "unreadable-extension": {
        const draft = {
          ...base,
          rule: "unreadable-extension",
          seen: `${problem.extension} ${problem.message}`,
          expected: "an extension that follows its standard",
        };
        // Where to find the issuer's certificate decides nothing, and OpenSSL does not read it.
        return problem.extension === "authorityInfoAccess" ? { ...draft, severity: "lint" } : refuse(draft);
      }
      case "extensions-without-version-3":
        return {
          ...base,
          rule: "version",
          severity: "lint",
          seen: `version ${problem.version} with extensions`,
          expected: "version 3",
        };
    }
  });

const checkCriticalExtensions: Rule = ({ certificate }) => {
  const unknown = certificate.extensions.find((extension) => extension.isCritical && !extension.isUnderstood);
  if (unknown === undefined) return undefined;
  return refuse({
    rule: "unknown-critical-extension",
    code: "tls/unknown-critical-extension",
    section: "RFC 5280 4.2",
    seen: `the critical extension ${unknown.name}`,
    expected: "critical extensions that clients understand",
  });
};

const checkAuthority: Rule = ({ certificate, position, path, isComplete }) => {
  if (position === 0 || isUnreadable(certificate, "basicConstraints")) return undefined;
  const { basicConstraints, keyUsage, version } = certificate;
  const notAuthority = (seen: string, expected: string): FindingDraft =>
    refuse({ rule: "not-a-ca", code: "tls/not-a-ca", section: "RFC 5280 4.2.1.9", seen, expected });
  if (basicConstraints?.isAuthority === false)
    return notAuthority("basicConstraints CA:FALSE", "basicConstraints CA:TRUE");
  if (keyUsage !== undefined && !keyUsage.includes("keyCertSign")) {
    return notAuthority(`keyUsage ${keyUsage.join(", ")}`, "keyUsage with keyCertSign");
  }
  if (basicConstraints !== undefined) return undefined;
  // Roots older than RFC 2459 have no extensions at all, or only keyUsage; OpenSSL takes them as anchors.
  const isAnchor = isComplete && position === path.length - 1;
  if (isAnchor && (version === 1 || keyUsage !== undefined)) return undefined;
  return notAuthority("no basicConstraints", "basicConstraints CA:TRUE");
};

const checkPathLength: Rule = ({ certificate, position, path }) => {
  const limit = certificate.basicConstraints?.pathLength;
  if (position === 0 || limit === undefined) return undefined;
  const below = countIntermediates(path.slice(1, position));
  if (below <= limit) return undefined;
  return refuse({
    rule: "path-length",
    code: "tls/path-length-exceeded",
    section: "RFC 5280 4.2.1.9",
    seen: `${below} ${below === 1 ? "authority" : "authorities"} below it`,
    expected: `${limit} at most`,
  });
};

const checkDepth: Rule = ({ position, path, isComplete }, { maxIntermediates }) => {
  if (position !== 0 || maxIntermediates === undefined) return undefined;
  const count = countIntermediates(path.slice(1, isComplete ? -1 : undefined));
  if (count <= maxIntermediates) return undefined;
  return refuse({
    rule: "depth",
    code: "tls/path-length-exceeded",
    section: "caller's limit",
    seen: `${count} intermediates`,
    expected: `${maxIntermediates} at most`,
  });
};

const checkPurpose: Rule = ({ certificate, position, path }, { purpose }) => {
  const { extendedKeyUsage, keyUsage, basicConstraints } = certificate;
  const section = "RFC 5280 4.2.1.12";
  if (extendedKeyUsage !== undefined && !extendedKeyUsage.includes(PURPOSE[purpose])) {
    const seen = `extendedKeyUsage ${extendedKeyUsage.map((oid) => purposeName(oid)).join(", ") || "without any purpose"}`;
    return refuse({
      rule: "purpose",
      code: "tls/wrong-purpose",
      section,
      seen,
      expected: `extendedKeyUsage with ${purpose}`,
    });
  }
  // OpenSSL's `check_purpose_ssl_server` wants one of the three; only other uses are for something else than TLS.
  if (position === 0 && keyUsage?.some((use) => TLS_USES.has(use)) === false) {
    const seen = `keyUsage ${keyUsage.join(", ") || "without any use"}`;
    return refuse({
      rule: "purpose",
      code: "tls/wrong-purpose",
      section: "RFC 5280 4.2.1.3",
      seen,
      expected: "keyUsage with digitalSignature",
    });
  }
  if (position !== 0 || basicConstraints?.isAuthority !== true) return undefined;
  return {
    rule: "ca-as-server",
    code: "tls/wrong-purpose",
    section: "CA/B BR 7.1.2.7.8",
    // OpenSSL takes it; here only where exactly this certificate is trusted, which `pinion trust add` can do.
    severity: path.length > 1 ? "refuse" : "other-clients",
    seen: "a server certificate with basicConstraints CA:TRUE",
    expected: "CA:FALSE",
  };
};

const checkConstraints: Rule = ({ certificate, position, path }, { budget }) => {
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
const checkCommonNameConstraints: Rule = ({ certificate, position, path }, { budget }) => {
  const commonName = attributeOf(certificate.subject, "CN");
  const hasDnsName = certificate.subjectAltNames?.some((name) => name.kind === "dns") === true;
  if (position > 0 || hasDnsName || commonName?.includes(".") !== true || !isHostName(commonName))
    return undefined;
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

/** OpenSSL holds these together when it looks for an issuer, and so does not find one that differs. */
const checkKeyIdentifiers: Rule = ({ certificate, position, path }) => {
  const issuer = path[position + 1];
  const wanted = certificate.authorityKeyId;
  if (issuer === undefined || wanted === undefined) return undefined;
  const differs = (seen: string, expected: string): FindingDraft =>
    refuse({
      rule: "authority-key-identifier",
      code: "tls/unknown-issuer",
      section: "RFC 5280 4.2.1.1",
      seen,
      expected,
    });
  if (
    wanted.keyId !== undefined &&
    issuer.subjectKeyId !== undefined &&
    wanted.keyId !== issuer.subjectKeyId
  ) {
    return differs(
      `authorityKeyIdentifier ${wanted.keyId}`,
      `its issuer's subjectKeyIdentifier ${issuer.subjectKeyId}`,
    );
  }
  if (wanted.serial !== undefined && wanted.serial !== issuer.serial) {
    return differs(
      `authorityKeyIdentifier with serial number ${wanted.serial}`,
      `its issuer's serial number ${issuer.serial}`,
    );
  }
  if (wanted.issuer !== undefined && wanted.issuer.key !== issuer.issuer.key) {
    return differs(
      `authorityKeyIdentifier with issuer ${formatName(wanted.issuer)}`,
      `its issuer's issuer ${formatName(issuer.issuer)}`,
    );
  }
  return undefined;
};

function refuse(draft: Omit<FindingDraft, "severity">): FindingDraft {
  return { ...draft, severity: "refuse" };
}

/** What cannot be read is reported as that, and not as missing. */
function isUnreadable(certificate: Certificate, extension: string): boolean {
  return certificate.problems.some(
    (problem) => problem.kind === "unreadable-extension" && problem.extension === extension,
  );
}

function countIntermediates(certificates: readonly Certificate[]): number {
  return certificates.filter((certificate) => !certificate.isSelfIssued).length;
}

function formatDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).join(", ");
  return names.length > MAX_NAMES_SHOWN ? `${shown} and ${names.length - MAX_NAMES_SHOWN} more` : shown;
}

function purposeName(oid: string): string {
  return Object.entries(PURPOSE).find(([, value]) => value === oid)?.[0] ?? oid;
}

/** They look at `certificate` and whether it is the server's own, at nothing else of the link. */
const CERTIFICATE_RULES: readonly Rule[] = [
  checkValidity,
  checkHost,
  checkDistrust,
  checkAlgorithmsAgree,
  checkKey,
  checkReadable,
  checkCriticalExtensions,
  ...certificateProfileRules,
];
const PATH_RULES: readonly Rule[] = [
  checkSignatureHash,
  checkAuthority,
  checkPathLength,
  checkDepth,
  checkPurpose,
  checkConstraints,
  checkCommonNameConstraints,
  checkKeyIdentifiers,
  ...pathProfileRules,
];

const TLS_USES: ReadonlySet<string> = new Set(["digitalSignature", "keyEncipherment", "keyAgreement"]);
/** NIST SP 800-131A: less than 112 bits of security since 2014. */
const MIN_RSA_BITS = 2048;
const MIN_EC_BITS = 224;
const MAX_NAMES_SHOWN = 5;
