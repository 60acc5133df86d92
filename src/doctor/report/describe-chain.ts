// A judged chain as a report: the table of certificates as sent, and the path link by link.

import { issuerUrls } from "../../net/connections/intermediates.ts";
import { redactUrl } from "../../net/url.ts";
import { formatAnchorSource } from "../../trust/sources.ts";
import { formatName, tryParseCertificate, type Certificate } from "../../x509/certificates/certificate.ts";
import { attributeOf, printable } from "../../x509/certificates/distinguished-name.ts";
import type { Finding } from "../../x509/rules/findings.ts";
import { canonicalHost, formatGeneralName, matchesHost } from "../../x509/rules/names.ts";
import { searchPaths, type BrokenLink } from "../../x509/rules/path.ts";
import { formatPem } from "../../x509/certificates/pem.ts";
import type {
  CertificateFacts,
  CertificateReport,
  FindingReport,
  NameReport,
  PathLink,
  PathReport,
  ReadableCertificate,
} from "../examine/examination.ts";
import { usableAnchors, type ChainFacts, type JudgedChain } from "../examine/judge-chain.ts";

/** The certificates in the order in which they were sent. */
export function describeSent(
  sent: readonly Uint8Array[],
  path: PathReport | undefined,
): readonly CertificateReport[] {
  const inPath = new Set((path?.links ?? []).map(({ certificate }) => certificate?.fingerprint));
  const seen = new Set<string>();
  return sent.slice(0, MAX_DESCRIBED).map((der, position) => {
    const certificate = tryParseCertificate(der);
    const pem = formatPem(der);
    if (certificate === undefined) {
      return { kind: "unreadable", position, problem: "it is not a certificate that can be read", pem };
    }
    const isRepeated = seen.has(certificate.fingerprint);
    seen.add(certificate.fingerprint);
    const role = isRepeated ? "repeated" : roleOf(certificate, position, inPath);
    return { kind: "readable", position, role, ...describeCertificate(certificate) };
  });
}

/** Everything about one certificate that a reader may want. */
function describeCertificate(certificate: Certificate): CertificateFacts {
  const { publicKey, signatureAlgorithm } = certificate;
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    version: certificate.version,
    serial: certificate.serial,
    publicKey: publicKey.algorithm,
    signatureAlgorithm: signatureAlgorithm.name,
    signatureParameters: signatureAlgorithm.parameters,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    isAuthority: certificate.basicConstraints?.isAuthority === true,
    names: (certificate.subjectAltNames ?? []).map(formatGeneralName),
    extensions: certificate.extensions.map(({ name, isCritical }) => ({ name, isCritical })),
    issuerUrls: issuerUrls(certificate).map(redactUrl),
    fingerprint: certificate.fingerprint,
    keyFingerprint: publicKey.fingerprint,
    pem: formatPem(certificate.der),
  };
}

/** The path that is shown, each link with what was found and with the signature on it. */
export function describePath(facts: ChainFacts, judged: JudgedChain): PathReport | undefined {
  const { path, explanation } = judged;
  const { accepted, brokenLinks = [] } = explanation.search ?? {};
  const findings = accepted?.findings ?? explanation.findings;
  const links = describeLinks(path, findings, { facts, judged });
  const [end, last] = [path.at(-1), links.at(-1)];
  if (end === undefined || last === undefined) return undefined;
  if (last.from === "trusted") return { isTrusted: accepted !== undefined, links };
  const broken = brokenLinks.find((link) => link.certificate.fingerprint === end.fingerprint);
  const { signature, above } =
    broken === undefined ? describeOpenEnd(end) : describeBrokenEnd(broken, { facts, judged });
  return { isTrusted: false, links: [...links.slice(0, -1), { ...last, signature }, ...above] };
}

function describeFinding({ rule, code, section, severity, seen, expected }: Finding): FindingReport {
  return { rule, code, section, severity, seen, expected };
}

/** Whether the server's certificate is for the host, by a name it lists or, where the path allows that, its common name. */
export function describeName(leaf: Certificate, host: string, path: PathReport | undefined): NameReport {
  const match = matchesHost(leaf, host);
  const shown = canonicalHost(host);
  if (match.kind === "match") return { host: shown, isMatch: true, names: [match.name] };
  const finding = path?.links[0]?.findings.find(({ rule }) => rule === "host");
  if (finding !== undefined && finding.severity !== "refuse")
    return { host: shown, isMatch: true, names: [printable(attributeOf(leaf.subject, "CN") ?? "")] };
  return { host: shown, isMatch: false, names: match.names };
}

function roleOf(
  certificate: Certificate,
  position: number,
  inPath: ReadonlySet<string | undefined>,
): ReadableCertificate["role"] {
  if (position === 0) return "server";
  if (certificate.isSelfIssued && certificate.basicConstraints?.isAuthority !== false) return "root";
  return inPath.has(certificate.fingerprint) ? "intermediate" : "unneeded";
}

function placeOf(
  certificate: Certificate,
  facts: ChainFacts,
  { extra, fetched }: JudgedChain,
): Pick<PathLink, "from" | "place"> {
  const position = facts.sent.findIndex((der) => isSame(der, certificate));
  const anchor = usableAnchors(facts).anchorOf(certificate);
  if (anchor !== undefined)
    return { from: "trusted", place: `trusted: ${anchor.sources.map(formatAnchorSource).join(", ")}` };
  if (position !== -1) return { from: "server", place: `sent as number ${position + 1}` };
  const isFetched = extra.some((der) => isSame(der, certificate));
  const subject = formatName(certificate.subject);
  const url = fetched.find(({ subjects }) => subjects.includes(subject))?.url;
  return isFetched
    ? { from: "fetched", place: url === undefined ? "fetched" : `fetched from ${url}` }
    : { from: "trusted", place: "trusted" };
}

function isSame(der: Uint8Array, certificate: Certificate): boolean {
  return Buffer.compare(der, certificate.der) === 0;
}

function statusOf(findings: readonly Finding[], from: PathLink["from"]): PathLink["status"] {
  if (from === "fetched" || findings.some(({ severity }) => severity === "refuse")) return "bad";
  return findings.some(({ severity }) => severity === "other-clients") ? "noted" : "good";
}

interface Place {
  readonly facts: ChainFacts;
  readonly judged: JudgedChain;
}

interface End {
  readonly signature: NonNullable<PathLink["signature"]>;
  /** What stands, or should stand, above the last certificate. */
  readonly above: readonly PathLink[];
}

function describeLinks(
  path: readonly Certificate[],
  findings: readonly Finding[],
  { facts, judged }: Place,
): readonly PathLink[] {
  return path.map((certificate, at): PathLink => {
    const { from, place } = placeOf(certificate, facts, judged);
    const own = findings.filter((finding) => finding.certificate.fingerprint === certificate.fingerprint);
    const hasIssuer = path[at + 1] !== undefined;
    return {
      subject: formatName(certificate.subject),
      certificate: describeCertificate(certificate),
      from,
      place,
      status: statusOf(own, from),
      findings: own.map(describeFinding),
      ...(hasIssuer ? { signature: { status: "good", text: certificate.signatureAlgorithm.name } } : {}),
    };
  });
}

/** The issuer is nowhere, or the certificate is self-signed and not trusted. */
function describeOpenEnd(certificate: Certificate): End {
  if (certificate.isSelfIssued)
    return { signature: { status: "missing", text: "signs itself, and is not trusted" }, above: [] };
  const issuer: PathLink = {
    subject: formatName(certificate.issuer),
    from: "missing",
    place: "neither sent nor trusted",
    status: "bad",
    findings: [],
  };
  return { signature: { status: "missing", text: certificate.signatureAlgorithm.name }, above: [issuer] };
}

/** A certificate has the issuer's name, and did not make the signature; above it the path may well be whole. */
function describeBrokenEnd(link: BrokenLink, place: Place): End {
  const { certificate, issuer, isAnchor, verdict } = link;
  const { sent, time } = place.facts;
  const text = `${certificate.signatureAlgorithm.name}, ${BROKEN[verdict.kind]}`;
  const search = isAnchor
    ? undefined
    : searchPaths({
        leaf: issuer,
        intermediates: sent.flatMap((der) => tryParseCertificate(der) ?? []),
        anchors: usableAnchors(place.facts),
        time,
      });
  const path = search?.accepted ?? search?.refused[0] ?? { certificates: [issuer], findings: [] };
  // The rules have judged the issuer as if it were a server's certificate.
  const findings = path.findings.filter(({ position }) => position > 0);
  const [first, ...rest] = describeLinks(path.certificates, findings, place);
  if (first === undefined) return { signature: { status: "bad", text }, above: [] };
  const isOther = isOtherAnchor(link);
  const named = isOther ? `${first.place}, of the same name` : first.place;
  const above: readonly PathLink[] = [{ ...first, place: named, status: "noted" }, ...rest];
  return { signature: { status: isOther ? "other-key" : "bad", text }, above };
}

/** Whether a trusted certificate has only the issuer's name: nothing says that its key is the one that signed. */
export function isOtherAnchor({ certificate, issuer, isAnchor, verdict }: BrokenLink): boolean {
  const asked = certificate.authorityKeyId?.keyId;
  const isAskedFor = asked !== undefined && asked === issuer.subjectKeyId;
  return isAnchor && verdict.kind !== "unsupported" && (verdict.kind === "other-key-kind" || !isAskedFor);
}

const BROKEN = {
  invalid: "which does not fit this key",
  "other-key-kind": "which this key cannot have made",
  unsupported: "which this runtime cannot check",
} as const;
/** OpenSSL refuses chains above 100 KB, which is some three hundred of the smallest certificates. */
const MAX_DESCRIBED = 350;
