// The causes that a failed search leaves: what the rules found, links whose signature does not fit, and the place
// where a path ends. Each becomes a sentence with the names of the certificates in it.

import { formatDay } from "../../base/values/instant.ts";
import type { ErrorCode } from "../../errors.ts";
import { formatName, trySubject, type Certificate } from "../certificates/certificate.ts";
import { attributeOf } from "../certificates/distinguished-name.ts";
import { mostTelling, type Finding } from "../rules/findings.ts";
import { inspectingProduct } from "./inspectors.ts";
import type { BrokenLink, CertificatePath, PathSearch } from "../rules/path.ts";
import type { ChainQuestion, UnreadableCertificate } from "./question.ts";
import { SignatureChecker } from "../certificates/signatures.ts";

/** Why a chain is refused, in words. */
export interface Cause {
  readonly code: ErrorCode;
  /** Follows "Cannot verify HOST: ". */
  readonly headline: string;
  readonly sentence: string;
  readonly certificate: Certificate | undefined;
  readonly findings: readonly Finding[];
  /** The rule of the finding that the cause comes from, kebab-case. */
  readonly rule?: string;
  /** Subject of a trusted certificate with the issuer's name and another key: the machine's copy is likely an old one. */
  readonly staleAnchor?: string;
  /** The product that inspects the connection. */
  readonly product?: string;
}

export interface FailedSearch {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  readonly unreadable: readonly UnreadableCertificate[];
  readonly search: PathSearch;
  readonly question: ChainQuestion;
}

/** Every cause that holds, in no order. */
export function causesOf(failed: FailedSearch): readonly Cause[] {
  const { search } = failed;
  const path = search.refused[0] ?? search.incomplete[0];
  if (path !== undefined && isClockWrong(path)) return [clockSkew(path, failed.question.time)];
  const found = path === undefined ? [] : causesFromRules(path);
  // With a complete path, what the search met on its other ways is not a cause.
  if (search.refused.length > 0) return found;
  const [unreadable] = failed.unreadable;
  return [
    ...found,
    ...brokenLinkCauses(failed),
    ...(unreadable === undefined ? [] : [unreadableCause(unreadable)]),
    ...(search.brokenLinks.length === 0 && unreadable === undefined && path !== undefined
      ? [endCause(path, failed)]
      : []),
  ];
}

function causesFromRules(path: CertificatePath): readonly Cause[] {
  const codes = new Set(
    path.findings.filter((finding) => finding.severity === "refuse").map((finding) => finding.code),
  );
  return Array.from(codes).flatMap((code) => {
    const finding = mostTelling(path.findings.filter((other) => other.code === code));
    return finding === undefined ? [] : [ruleCause(finding, path)];
  });
}

/** A finding in words. */
export function ruleCause(finding: Finding, path: CertificatePath): Cause {
  const { rule, code, certificate, position, seen, expected } = finding;
  const who = `\`${formatName(certificate.subject)}\``;
  return {
    code,
    rule,
    headline: headlineOf(code, position),
    sentence: sentenceOf(finding, who, seen, expected),
    certificate,
    findings: path.findings,
  };
}

function sentenceOf(finding: Finding, who: string, seen: string, expected: string): string {
  const { certificate } = finding;
  switch (finding.rule) {
    case "expired":
      return `${who} expired on ${formatDay(certificate.notAfter)}`;
    case "not-yet-valid":
      return `${who} is not valid before ${formatDay(certificate.notBefore)}`;
    case "host": {
      const commonName = attributeOf(certificate.subject, "CN");
      const isWrongKind = seen.split(", ").includes(expected)
        ? " (as a DNS name, which is not an IP address)"
        : "";
      if (certificate.subjectAltNames !== undefined)
        return `${who} is for ${seen}${isWrongKind}, not for ${expected}`;
      const ignored =
        commonName === undefined
          ? ""
          : `; its common name \`${formatName(certificate.subject)}\` does not count`;
      return `${who} names no host in a subjectAltName${ignored}`;
    }
    case "distrusted":
      return `The operating system explicitly distrusts ${who}`;
    case "ca-as-server":
      return `${who} is the certificate of an authority (CA:TRUE), served as a server's; it counts only where it is itself trusted`;
  }
  return `${who} has ${seen}; expected: ${expected}`;
}

/** What a person reads first; `position` distinguishes the server's own certificate from one above it. */
function headlineOf(code: ErrorCode, position: number): string {
  const which = position === 0 ? "its certificate" : "a certificate of its chain";
  return `${which} ${HEADLINES[code] ?? "cannot be accepted"}`;
}

function brokenLinkCauses({ search, question }: FailedSearch): readonly Cause[] {
  const incomplete = search.incomplete[0]?.findings ?? [];
  // A link that some other issuer of the same name completes is not broken.
  const ends = new Set(search.incomplete.map((path) => path.certificates.at(-1)?.fingerprint));
  return search.brokenLinks
    .filter((link) => ends.has(link.certificate.fingerprint))
    .toSorted((a, b) => severityOf(b) - severityOf(a))
    .slice(0, 1)
    .map((link) => ({
      ...brokenLinkCause(link, question),
      certificate: link.certificate,
      findings: incomplete,
    }));
}

/** An algorithm that is lacking says more than a signature that does not fit, a sent issuer more than an anchor. */
function severityOf(link: BrokenLink): number {
  return (link.verdict.kind === "unsupported" ? 2 : 0) + (link.isAnchor ? 0 : 1);
}

function brokenLinkCause(
  { certificate, issuer, isAnchor, verdict }: BrokenLink,
  question: ChainQuestion,
): Pick<Cause, "code" | "headline" | "sentence" | "staleAnchor"> {
  const who = `\`${formatName(certificate.subject)}\``;
  const by = `\`${formatName(issuer.subject)}\``;
  const algorithm = `\`${certificate.signatureAlgorithm.name}\``;
  if (verdict.kind === "unsupported") {
    const lacking =
      verdict.what === "key" ? `the key of ${by} (\`${issuer.publicKey.algorithm}\`)` : algorithm;
    return {
      code: "tls/unsupported-signature-algorithm",
      headline: "this runtime lacks an algorithm of its chain",
      sentence: `${who} is signed by ${by} with ${algorithm}, and ${question.runtime ?? "this runtime"} cannot check ${lacking}`,
    };
  }
  const asked = certificate.authorityKeyId?.keyId;
  const isOtherKey =
    verdict.kind === "other-key-kind" ||
    (asked !== undefined && issuer.subjectKeyId !== undefined && asked !== issuer.subjectKeyId);
  if (isAnchor && (isOtherKey || asked === undefined)) {
    return {
      code: "tls/bad-signature",
      staleAnchor: formatName(issuer.subject),
      headline: "the trusted certificate of its issuer has another key",
      sentence: `${who} is signed by ${by}; the trusted certificate of that name (SHA-256 ${issuer.fingerprint.slice(0, 16)}…, from ${formatDay(issuer.notBefore)}) has another key, and is likely an older one`,
    };
  }
  const why =
    verdict.kind === "other-key-kind"
      ? `, whose key (${issuer.publicKey.algorithm}) cannot make ${algorithm}`
      : ` with ${algorithm}, but the signature does not fit its key`;
  return {
    code: "tls/bad-signature",
    headline: "a signature of its chain is wrong",
    sentence: `${who} claims to be signed by ${by}${why}`,
  };
}

/** The path ends at a certificate whose issuer is nowhere. */
function endCause(path: CertificatePath, failed: FailedSearch): Cause {
  const last = path.certificates.at(-1) ?? failed.leaf;
  const base = { certificate: last, findings: path.findings };
  const who = `\`${formatName(last.subject)}\``;
  const issuer = `\`${formatName(last.issuer)}\``;
  const distrusted = failed.question.distrustedAnchors?.named(last.issuer);
  if (distrusted !== undefined && distrusted.length > 0) {
    return {
      ...base,
      code: "tls/revoked",
      headline: "the operating system distrusts its issuer",
      sentence: `${who} is signed by ${issuer}, which the operating system explicitly distrusts`,
    };
  }
  const product = inspectingProduct(path.certificates);
  if (product !== undefined) {
    return {
      ...base,
      product,
      code: "tls/tls-inspection",
      headline: `${product} inspects this connection, and its root is not trusted`,
      sentence: `The chain was made by ${product} on the way; it ends at ${issuer}, and no trusted certificate has that name`,
    };
  }
  if (isSelfSigned(last)) {
    if (path.certificates.length === 1) {
      return {
        ...base,
        code: "tls/self-signed-leaf",
        headline: "its certificate signs itself and is not trusted",
        sentence: `${who} is self-signed and not trusted`,
      };
    }
    return {
      ...base,
      code: "tls/unknown-issuer",
      headline: "its certificate's issuer is not trusted",
      sentence: `The chain ends at the root ${who}, and that is not among the trusted certificates`,
    };
  }
  if (isIntermediateMissing(path, failed)) {
    return {
      ...base,
      code: "tls/missing-intermediate",
      headline: "the server does not send a certificate that its chain needs",
      sentence: `${who} is signed by ${issuer}, which the server does not send`,
    };
  }
  return {
    ...base,
    code: "tls/unknown-issuer",
    headline: "its certificate's issuer is not trusted",
    sentence: `${who} is signed by ${issuer}, and no trusted certificate has that name`,
  };
}

/**
 * Whether the issuer was left out by the server, and is not just an untrusted root: the certificate says where
 * its issuer is available, and the server sent nothing above its own, or a certificate from elsewhere fills the gap.
 */
function isIntermediateMissing(path: CertificatePath, { question, leaf }: FailedSearch): boolean {
  const last = path.certificates.at(-1) ?? leaf;
  if (question.extra?.some((der) => trySubject(der)?.key === last.issuer.key) === true) return true;
  if (path.certificates.length > 1) return false;
  const namesIssuer = last.authorityInfoAccess?.some((access) => access.method === "ca-issuers") === true;
  const organization = attributeOf(last.issuer, "O");
  const isRootName = /\broot\b/i.test(attributeOf(last.issuer, "CN") ?? "");
  return (
    namesIssuer ||
    (organization !== undefined && !isRootName && question.anchors.hasOrganization(organization))
  );
}

function isSelfSigned(certificate: Certificate): boolean {
  return certificate.isSelfIssued && new SignatureChecker().check(certificate, certificate).kind === "valid";
}

function unreadableCause({ position, reason }: UnreadableCertificate): Cause {
  return {
    code: "tls/malformed-certificate",
    headline: "a certificate of its chain cannot be read",
    sentence: `Certificate ${position + 1} of the chain: ${reason}`,
    certificate: undefined,
    findings: [],
  };
}

/** All of them "not valid yet" means a clock that is behind; a single one can be the certificate's own fault. */
function isClockWrong(path: CertificatePath): boolean {
  const early = path.findings.filter((finding) => finding.rule === "not-yet-valid");
  return path.certificates.length > 1 && early.length === path.certificates.length;
}

function clockSkew(path: CertificatePath, time: Date): Cause {
  const [leaf] = path.certificates;
  return {
    code: "tls/clock-skew",
    headline: "this machine's clock is wrong",
    sentence: `Every certificate of the chain begins later than this machine's clock, which says ${time.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    certificate: leaf,
    findings: path.findings,
  };
}

const HEADLINES: Partial<Record<ErrorCode, string>> = {
  "tls/expired": "has expired",
  "tls/not-yet-valid": "is not valid yet",
  "tls/hostname-mismatch": "is for other names",
  "tls/revoked": "is distrusted",
  "tls/weak-signature": "has a signature that can be forged",
  "tls/weak-key": "has a key that is too short",
  "tls/wrong-purpose": "is not for TLS servers",
  "tls/name-constraint-violation": "has a name that its authority may not vouch for",
  "tls/path-length-exceeded": "has more CAs below it than its path length constraint allows",
  "tls/not-a-ca": "is not a CA, and signed another",
  "tls/unsupported-signature-algorithm": "uses an algorithm that this runtime does not take",
  "tls/unknown-critical-extension": "has a critical extension that Pinion does not know",
  "tls/malformed-certificate": "is malformed",
  "tls/unknown-issuer": "names another key than its issuer's",
};
