// The rules for a chain (RFC 5280 section 6 and what TLS clients make of it). Every rule looks at every link, so that a
// report has all findings; whether a path is accepted is the question of `path.ts`.

import { madeOnce } from "../../base/work/once.ts";
import type { RuleContext, Link, Rule } from "./rule.ts";
import { formatHash, isBrokenHash } from "../certificates/algorithms.ts";
import type { Certificate } from "../certificates/certificate.ts";
import { equalBytes } from "../certificates/der.ts";
import { formatName } from "../certificates/distinguished-name.ts";
import { PURPOSE } from "../certificates/extensions.ts";
import type { Finding, FindingDraft } from "./findings.ts";
import { certificateProfileRules, pathProfileRules } from "./profile-rules.ts";
import { checkCommonNameConstraints, checkConstraints, checkHost } from "./name-rules.ts";
import { isUnreadable, refuse } from "./rule.ts";

/** Everything that is wrong with a path, complete or not, by link from the server's certificate up. */
export function judgePath(
  path: readonly Certificate[],
  isComplete: boolean,
  context: RuleContext,
): readonly Finding[] {
  return path.flatMap((certificate, position) => {
    const link: Link = { certificate, position, path, isComplete };
    return [...judgeLink(link, context), ...PATH_RULES.flatMap((rule) => findingsOf(rule, link, context))];
  });
}

/**
 * The rules that see one certificate, its place and its issuer; asked once for each of these, and the findings are those of all
 * paths with them: a hostile chain has thousands of names, and thousands of paths through the same certificates.
 */
function judgeLink(link: Link, context: RuleContext): readonly Finding[] {
  const { certificate, position, path } = link;
  const key = `${certificate.fingerprint} ${position} ${path[position + 1]?.fingerprint ?? ""}`;
  return madeOnce(context.judged, key, () => LINK_RULES.flatMap((rule) => findingsOf(rule, link, context)));
}

/** The first few of what a rule says, refusals before others: a certificate has room for thousands of faults of one kind. */
function findingsOf(rule: Rule, link: Link, context: RuleContext): readonly Finding[] {
  const said = rule(link, context);
  if (said === undefined) return [];
  const drafts = "rule" in said ? [said] : firstFew(said);
  const { certificate, position } = link;
  return drafts.map((draft) => ({ ...draft, position, certificate }));
}

function firstFew(drafts: readonly FindingDraft[]): readonly FindingDraft[] {
  if (drafts.length <= MAX_OF_A_RULE) return drafts;
  const refusals = drafts.filter(({ severity }) => severity === "refuse");
  return [...refusals, ...drafts.filter(({ severity }) => severity !== "refuse")].slice(0, MAX_OF_A_RULE);
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

const checkPurpose: Rule = ({ certificate, position }, { purpose }) => {
  const { extendedKeyUsage, keyUsage } = certificate;
  if (isForOtherPurposes(certificate, purpose)) {
    const seen = `extendedKeyUsage ${listPurposes(extendedKeyUsage ?? []) || "without any purpose"}`;
    return refuse({
      rule: "purpose",
      code: "tls/wrong-purpose",
      section: "RFC 5280 4.2.1.12",
      seen,
      expected: `extendedKeyUsage with ${purpose}`,
    });
  }
  if (position !== 0 || !isForOtherUses(certificate)) return undefined;
  return refuse({
    rule: "purpose",
    code: "tls/wrong-purpose",
    section: "RFC 5280 4.2.1.3",
    seen: `keyUsage ${keyUsage?.join(", ") || "without any use"}`,
    expected: "keyUsage with digitalSignature",
  });
};

function isForOtherPurposes({ extendedKeyUsage }: Certificate, purpose: keyof typeof PURPOSE): boolean {
  return extendedKeyUsage?.includes(PURPOSE[purpose]) === false;
}

/** OpenSSL's `check_purpose_ssl_server` wants one of the three; only other uses are for something else than TLS. */
function isForOtherUses({ keyUsage }: Certificate): boolean {
  return keyUsage?.some((use) => TLS_USES.has(use)) === false;
}

const checkAuthorityAsServer: Rule = ({ certificate, position, path }, { purpose }) => {
  if (position !== 0 || certificate.basicConstraints?.isAuthority !== true) return undefined;
  if (isForOtherPurposes(certificate, purpose) || isForOtherUses(certificate)) return undefined;
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

function countIntermediates(certificates: readonly Certificate[]): number {
  return certificates.filter((certificate) => !certificate.isSelfIssued).length;
}

function formatDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function listPurposes(oids: readonly string[]): string {
  const shown = oids.slice(0, MAX_PURPOSES_SHOWN).map((oid) => purposeName(oid));
  return oids.length > MAX_PURPOSES_SHOWN
    ? `${shown.join(", ")} and ${oids.length - MAX_PURPOSES_SHOWN} more`
    : shown.join(", ");
}

function purposeName(oid: string): string {
  return Object.entries(PURPOSE).find(([, value]) => value === oid)?.[0] ?? oid;
}

/** They look at `certificate`, at its position and its issuer, at nothing else of the link. */
const LINK_RULES: readonly Rule[] = [
  checkValidity,
  checkHost,
  checkDistrust,
  checkAlgorithmsAgree,
  checkKey,
  checkReadable,
  checkCriticalExtensions,
  checkPurpose,
  checkKeyIdentifiers,
  ...certificateProfileRules,
];
const PATH_RULES: readonly Rule[] = [
  checkSignatureHash,
  checkAuthority,
  checkPathLength,
  checkDepth,
  checkAuthorityAsServer,
  checkConstraints,
  checkCommonNameConstraints,
  ...pathProfileRules,
];

const TLS_USES: ReadonlySet<string> = new Set(["digitalSignature", "keyEncipherment", "keyAgreement"]);
/** Real certificates have one or two faults of a kind; more of them say nothing new. */
const MAX_OF_A_RULE = 8;
const MAX_PURPOSES_SHOWN = 8;
/** NIST SP 800-131A: less than 112 bits of security since 2014. */
const MIN_RSA_BITS = 2048;
const MIN_EC_BITS = 224;
