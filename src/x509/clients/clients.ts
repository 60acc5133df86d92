// What other clients would say to a chain: each one's rules as a row of a table, measured with the real programs on the chains
// of `test/client-matrix`, in the versions of `further-chains.json` there. For `pinion doctor`; nothing here decides about a connection.

import type { Certificate } from "../certificates/certificate.ts";
import {
  HANDSHAKE_ALERT,
  boringsslLinks,
  gnutlsLinks,
  goLinks,
  javaLinks,
  opensslLinks,
  opensslServerKey,
  rustlsLinks,
  rustlsServerKey,
  serverKeys,
  type KeyJudge,
  type LinkJudge,
} from "./client-links.ts";
import { CLIENT_VERSIONS } from "./client-versions.ts";
import { CLIENT_WORDS, type Family } from "./client-words.ts";
import type { Finding } from "../rules/findings.ts";
import { searchPaths, type AnchorIndex, type CertificatePath } from "../rules/path.ts";
import { attributeOf } from "../certificates/distinguished-name.ts";
import { parseAddress } from "../certificates/ip-address.ts";
import { matchesPattern } from "../rules/names.ts";

/** A chain as a client would meet it, with the anchors it would be given. */
export interface ClientQuestion {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly anchors: AnchorIndex;
  readonly host: string;
  readonly time: Date;
  /** What the connection showed beside the chain. */
  readonly connection?: ConnectionFacts;
}

/** What some clients refuse in a server whose chain they would take. */
export interface ConnectionFacts {
  /** TLS 1.2 without the renegotiation_info extension (RFC 5746). */
  readonly lacksSecureRenegotiation?: boolean;
  /** Demands a client certificate after the handshake, which TLS 1.3 does by RFC 8446 section 4.6.2. */
  readonly demandsLateCertificate?: boolean;
}

export interface ClientPrediction {
  readonly client: string;
  /** The release that its rules were measured with: `Python 3.14.10 with OpenSSL 3.6.5`. */
  readonly version: string;
  readonly verdict: "accept" | "refuse";
  /** About what the client prints; empty when it accepts. */
  readonly said: string;
}

/** One client's rules. */
export interface ClientProfile {
  readonly name: string;
  readonly family: Family;
  readonly links: LinkJudge;
  /** Undefined for a library that is asked about a chain without any handshake. */
  readonly serverKey: KeyJudge | undefined;
  /** Findings of `rules.ts` that this client ignores. */
  readonly ignores: ReadonlySet<string>;
  /** Whether constraints, purposes and dates of the anchor itself count. */
  readonly judgesAnchors: boolean;
  readonly takesCommonName: boolean;
  /** Whether a DNS name with a final dot names the host without it. */
  readonly takesFinalDot: boolean;
  /** What may be an anchor beside a self-signed certificate. */
  readonly partialChains: "none" | "intermediates" | "any";
  /** Whether it goes back from a path that fails and tries another. */
  readonly backtracks: boolean;
  /** RFC 5280's profile as OpenSSL's X509_STRICT checks it. */
  readonly isStrict: boolean;
  /** Whether it connects to a server without RFC 5746; undefined where that was not measured: no verdict is given then. */
  readonly takesInsecureRenegotiation: boolean | undefined;
  /** Whether it shows its certificate after the handshake (RFC 8446 4.6.2); undefined where that was not measured. */
  readonly showsLateCertificate: boolean | undefined;
  /** Whether it was measured accepting EC keys on curves without a NIST name; no verdict is given otherwise. */
  readonly isKnownOnOtherCurves: boolean;
}

/** Predicts every known client's verdict. */
export function predictClients(question: ClientQuestion): readonly ClientPrediction[] {
  const { complete, brokenLinks } = searchPaths({ ...question, takesUncheckable: true, findsAll: true });
  const straight = straightPath(question, complete);
  const dead = brokenLinks.length > 0 ? "bad-signature" : "no-issuer";
  return CLIENTS.flatMap((client) => {
    const connection = judgeConnection(client, question.connection);
    if (connection === "unmeasured") return [];
    const paths = client.backtracks ? complete : straight;
    const verdicts = paths.map((path) => judge(client, path, question));
    const chain = verdicts.includes("") ? "" : (verdicts[0] ?? dead);
    // The engine looks at the server's greeting before the chain, and a certificate is demanded only after it.
    const said = connection === NO_RENEGOTIATION || chain === "" ? connection : chain;
    const isMeasured = client.isKnownOnOtherCurves || !paths[0]?.certificates.some(hasOtherCurve);
    return said === "" && !isMeasured ? [] : [render(client, said, question.host)];
  });
}

/** What the client says to the connection itself; "" where it has nothing against it. */
function judgeConnection(
  { takesInsecureRenegotiation, showsLateCertificate }: ClientProfile,
  { lacksSecureRenegotiation, demandsLateCertificate }: ConnectionFacts = {},
): typeof NO_RENEGOTIATION | typeof FORBIDDEN | "unmeasured" | "" {
  const isUnmeasured =
    (lacksSecureRenegotiation === true && takesInsecureRenegotiation === undefined) ||
    (demandsLateCertificate === true && showsLateCertificate === undefined);
  if (isUnmeasured) return "unmeasured";
  if (lacksSecureRenegotiation === true && takesInsecureRenegotiation === false) return NO_RENEGOTIATION;
  return demandsLateCertificate === true && showsLateCertificate === false ? FORBIDDEN : "";
}

/**
 * The one path that OpenSSL follows: at each step a trusted issuer before a sent one, one that is valid now before
 * others, in the order given, and only by names. Empty when it leads nowhere, or over a signature that does not fit.
 */
function straightPath(
  question: ClientQuestion,
  complete: readonly CertificatePath[],
): readonly CertificatePath[] {
  const { anchors, time } = question;
  const path = [question.leaf];
  for (let last = question.leaf; !anchors.has(last) && path.length < MAX_STEPS; last = path.at(-1)!) {
    const sent = question.intermediates.filter((other) => other.subject.key === last.issuer.key);
    const fitting = [...anchors.named(last.issuer), ...sent].filter(
      (issuer) => isAskedFor(last, issuer) && !path.includes(issuer),
    );
    const next = fitting.find((issuer) => issuer.notBefore <= time && time <= issuer.notAfter) ?? fitting[0];
    if (next === undefined) return [];
    path.push(next);
  }
  return complete.filter(
    ({ certificates }) =>
      certificates.length === path.length &&
      certificates.every((certificate, at) => certificate.fingerprint === path[at]?.fingerprint),
  );
}

/** Whether an authorityKeyIdentifier is for this issuer, or does not say. */
function isAskedFor({ authorityKeyId: wanted }: Certificate, issuer: Certificate): boolean {
  if (wanted === undefined) return true;
  const isKey =
    wanted.keyId === undefined || issuer.subjectKeyId === undefined || wanted.keyId === issuer.subjectKeyId;
  const isCertificate = wanted.serial === undefined || wanted.serial === issuer.serial;
  return isKey && isCertificate && (wanted.issuer === undefined || wanted.issuer.key === issuer.issuer.key);
}

/** What the client refuses on a path: a finding's rule, or the words of the algorithms' judge; "" for nothing. */
function judge(client: ClientProfile, path: CertificatePath, question: ClientQuestion): string {
  const { certificates, findings } = path;
  const [leaf] = certificates;
  if (leaf === undefined) return "no-issuer";
  const handshake = client.serverKey?.(leaf.publicKey);
  if (handshake === HANDSHAKE_ALERT) return handshake;
  if (!takesAnchor(client, certificates)) return "no-root";
  for (const [position, certificate] of certificates.slice(0, -1).entries()) {
    const words = client.links({
      certificate,
      issuerKey: certificates[position + 1]!.publicKey,
      isServer: position === 0,
    });
    if (words !== undefined) return words;
  }
  if (handshake !== undefined) return handshake;
  return findings.find((finding) => counts(client, finding, certificates, question))?.rule ?? "";
}

function takesAnchor(client: ClientProfile, certificates: readonly Certificate[]): boolean {
  const anchor = certificates.at(-1)!;
  // Self-signed for OpenSSL is what names itself as issuer, by its key identifier too.
  if (anchor.isSelfIssued && isAskedFor(anchor, anchor)) return true;
  if (certificates.length > 1) return client.partialChains !== "none";
  return client.partialChains === "any";
}

function counts(
  client: ClientProfile,
  finding: Finding,
  path: readonly Certificate[],
  question: ClientQuestion,
): boolean {
  const isAnchor = finding.position === path.length - 1 && path.length > 1;
  if (client.ignores.has(finding.rule) || DECIDED_BY_LINKS.has(finding.rule)) return false;
  if (isAnchor && !client.judgesAnchors) return finding.rule === "path-length" && client.family !== "rustls";
  if (finding.rule === "host") return !isNamed(path[0]!, question.host, client);
  if (finding.severity === "lint") return client.isStrict && STRICT_RULES.has(finding.rule);
  return true;
}

/** As `matchesHost`, but with wildcards for public suffixes, and the common name where there is no DNS name. */
function isNamed(
  leaf: Certificate,
  host: string,
  { takesCommonName, takesFinalDot }: Pick<ClientProfile, "takesCommonName" | "takesFinalDot">,
): boolean {
  const wanted = host.toLowerCase();
  const names =
    leaf.subjectAltNames?.flatMap((name) => (name.kind === "dns" ? [name.value.toLowerCase()] : [])) ?? [];
  if (takesFinalDot && names.includes(`${wanted}.`)) return true;
  const parent = wanted.slice(wanted.indexOf(".") + 1);
  if (names.some((name) => name === `*.${parent}` && parent.includes("."))) return true;
  const commonName = attributeOf(leaf.subject, "CN");
  return (
    takesCommonName &&
    names.length === 0 &&
    parseAddress(wanted) === undefined &&
    commonName !== undefined &&
    matchesPattern(commonName, wanted)
  );
}

function render({ name, family }: ClientProfile, said: string, host: string): ClientPrediction {
  const client = { client: name, version: CLIENT_VERSIONS[name] ?? name };
  if (said === "") return { ...client, verdict: "accept", said: "" };
  const words = said === FORBIDDEN ? said : CLIENT_WORDS[family](name, said, host);
  return { ...client, verdict: "refuse", said: words };
}

/** A curve without a NIST name. */
function hasOtherCurve({ publicKey }: Certificate): boolean {
  return publicKey.kind === "ec" && publicKey.curve?.startsWith("P-") !== true;
}

/** Findings that the judges of algorithms and keys answer for each client by itself. */
const DECIDED_BY_LINKS: ReadonlySet<string> = new Set([
  "weak-signature",
  "weak-key",
  "signature-algorithms-differ",
  "explicit-curve",
  "authority-key-identifier",
]);
/** What X509_V_FLAG_X509_STRICT adds (OpenSSL 3, `check_extensions` of x509_vfy.c). */
const STRICT_RULES: ReadonlySet<string> = new Set([
  "authority-key-identifier-missing",
  "authority-key-identifier-critical",
  "subject-key-identifier-missing",
  "subject-key-identifier-critical",
  "basic-constraints-missing",
  "basic-constraints-critical",
  "path-length-without-authority",
  "key-usage-missing",
  "key-usage-empty",
  "empty-issuer",
  "empty-subject",
]);
const IGNORED_BY_RUSTLS: ReadonlySet<string> = new Set(["common-name-constraints", "distrusted"]);
const IGNORED_BY_OPENSSL: ReadonlySet<string> = new Set(["ca-as-server", "version", "distrusted"]);
const IGNORED_BY_OTHERS: ReadonlySet<string> = new Set([...IGNORED_BY_OPENSSL, "common-name-constraints"]);

function openssl(
  name: string,
  version: "3.0" | "3.5",
  options: Partial<ClientProfile> & { readonly minimumRsaBits?: number } = {},
): ClientProfile {
  const { minimumRsaBits = 2048, ...rest } = options;
  return {
    name,
    family: "openssl",
    links: opensslLinks({ version, minimumRsaBits }),
    serverKey: opensslServerKey({ version, minimumRsaBits }),
    ignores: IGNORED_BY_OPENSSL,
    judgesAnchors: true,
    takesCommonName: true,
    // Node and curl compare names themselves.
    takesFinalDot: /^(?:node|curl)-/.test(name),
    partialChains: "none",
    backtracks: false,
    isStrict: false,
    takesInsecureRenegotiation: false,
    // Node has no post-handshake authentication at all; urllib3 and curl switch it on.
    showsLateCertificate: !name.startsWith("node-"),
    isKnownOnOtherCurves: true,
    ...rest,
  };
}

type RustlsOptions = Parameters<typeof rustlsLinks>[0];

function rustls(name: string, options: RustlsOptions, rest: Partial<ClientProfile> = {}): ClientProfile {
  return {
    name,
    family: "rustls",
    links: rustlsLinks(options),
    serverKey: rustlsServerKey(options),
    ignores: IGNORED_BY_RUSTLS,
    judgesAnchors: false,
    partialChains: "intermediates",
    ...USUAL,
    ...rest,
  };
}

function library(
  name: string,
  family: Family,
  rest: Pick<ClientProfile, "links"> & Partial<ClientProfile>,
): ClientProfile {
  return {
    name,
    family,
    serverKey: serverKeys({ hasEd448: true }),
    ignores: IGNORED_BY_OTHERS,
    judgesAnchors: true,
    partialChains: "any",
    ...USUAL,
    ...rest,
  };
}

/** What all but OpenSSL have in common. */
const USUAL = {
  takesCommonName: false,
  takesFinalDot: false,
  backtracks: true,
  isStrict: false,
  takesInsecureRenegotiation: undefined,
  showsLateCertificate: undefined,
  isKnownOnOtherCurves: true,
} as const;
const RING_OLD: RustlsOptions = { provider: "ring", takesAbsent: false, saysBadSignature: true };
const RING: RustlsOptions = { provider: "ring", takesAbsent: true, saysBadSignature: false };
const AWS_LC: RustlsOptions = { provider: "aws-lc-rs", takesAbsent: true, saysBadSignature: false };
/** uv 0.2.15, 0.8.3, 0.8.4, 0.10.0, 0.12.5 and 0.13.9 were asked, and Deno 2.9.6. */
const UV_CONNECTIONS: Partial<ClientProfile> = {
  takesInsecureRenegotiation: true,
  showsLateCertificate: false,
};
const AWS_LC_ML_DSA: RustlsOptions = { ...AWS_LC, hasMlDsa: true };

/** The clients, those of Python's packages first. */
export const CLIENTS: readonly ClientProfile[] = [
  rustls("uv-0.2.15", RING_OLD, UV_CONNECTIONS),
  rustls("uv-0.8.3", RING_OLD, UV_CONNECTIONS),
  rustls("uv-0.8.4", RING, UV_CONNECTIONS),
  rustls("uv-0.10.0", RING, UV_CONNECTIONS),
  rustls("uv-0.12.5", AWS_LC, UV_CONNECTIONS),
  rustls("uv-0.13.9", AWS_LC_ML_DSA, UV_CONNECTIONS),
  // pip's truststore, unlike its legacy certificates, switches post-handshake authentication off.
  openssl("pip-26.3", "3.0", { showsLateCertificate: false }),
  openssl("python-3.11 ssl (as pip)", "3.0"),
  openssl("python-3.14 ssl (strict)", "3.5", { isStrict: true, partialChains: "any" }),
  openssl("curl-7.88 (OpenSSL 3.0)", "3.0", { partialChains: "any" }),
  openssl("curl-8.23 (OpenSSL 3.6)", "3.5", { partialChains: "any" }),
  openssl("openssl-3.0 s_client", "3.0", { showsLateCertificate: undefined }),
  openssl("openssl-3.6 s_client", "3.5", { showsLateCertificate: undefined }),
  openssl("node-20 (OpenSSL 3.0)", "3.0", { minimumRsaBits: 1024 }),
  openssl("node-22", "3.5", { minimumRsaBits: 1024 }),
  openssl("node-24 (OpenSSL 3.5)", "3.5", { isKnownOnOtherCurves: false }),
  openssl("node-26", "3.5", { isKnownOnOtherCurves: false }),
  library("go-1.27", "go", {
    links: goLinks,
    serverKey: serverKeys({ hasEd448: false, hasMlDsa: true }),
    takesInsecureRenegotiation: true,
    showsLateCertificate: false,
  }),
  library("java-17", "java", {
    links: javaLinks,
    judgesAnchors: false,
    takesCommonName: true,
    takesInsecureRenegotiation: true,
  }),
  library("gnutls-3.7", "gnutls", {
    links: gnutlsLinks,
    takesCommonName: true,
    takesInsecureRenegotiation: true,
  }),
  library("gnutls-3.8", "gnutls", {
    links: gnutlsLinks,
    takesCommonName: true,
    takesInsecureRenegotiation: true,
  }),
  library("bun-1.4 (BoringSSL)", "boringssl", {
    links: boringsslLinks,
    serverKey: serverKeys({ hasEd448: false }),
    takesCommonName: true,
    takesFinalDot: true,
    partialChains: "none",
    backtracks: false,
    takesInsecureRenegotiation: true,
    showsLateCertificate: false,
  }),
  rustls("deno-2.9 (rustls 0.23.40 + aws-lc-rs, as uv 0.11 and later)", AWS_LC, UV_CONNECTIONS),
  rustls("rustls-webpki 0.103 + ring (as uv before 0.11)", RING, { serverKey: undefined }),
];

/** What OpenSSL 3 says to a server without RFC 5746. */
const NO_RENEGOTIATION = "unsafe legacy renegotiation disabled";
/** The server's answer to a client that shows no certificate when it is asked after the handshake. */
const FORBIDDEN = "403 Forbidden";
/** As `path.ts`. */
const MAX_STEPS = 12;
