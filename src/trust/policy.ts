// What Pinion refuses although the TLS engine accepts it, and how a refusal of either becomes an error that explains
// itself. Nothing here turns a refusal into an acceptance (`docs/trust-model.md` section 2).

import type { Advice } from "../advice.ts";
import { formatHostPort } from "../base/text/host-port.ts";
import { type ErrorCode, PinionError, systemCode } from "../errors.ts";
import { formatName, tryParseCertificate, type Certificate } from "../x509/certificates/certificate.ts";
import { explainChain, summarize } from "../x509/explain/explain.ts";
import type { CertificateSummary, ChainExplanation } from "../x509/explain/question.ts";
import { mostTelling, type Finding } from "../x509/rules/findings.ts";
import { searchPaths, withAnchor, type AnchorIndex } from "../x509/rules/path.ts";
import { judgePath } from "../x509/rules/rules.ts";
import { describeChange } from "./changed-key.ts";
import { exceptionThatLifts } from "./host-trust.ts";
import { indexLazily } from "./anchor-index.ts";
import { findFaultAbove } from "./own-certificate.ts";
import type { Anchor, SourceReport, TrustStore } from "./store.ts";

/** A connection and the trust that it is held to. */
export interface Peer {
  /** DER as the server sent it, its own certificate first. */
  readonly sent: readonly Uint8Array[];
  readonly host: string;
  readonly port: number;
  readonly store: TrustStore;
  /** DER of the intermediates that the engine was shown besides. */
  readonly helpers?: readonly Uint8Array[] | undefined;
  /** Now, unless a test says otherwise. */
  readonly time?: Date | undefined;
}

export type PeerVerdict =
  /** `anchor` is undefined when the engine went a way that the search did not find. */
  | { readonly kind: "accepted"; readonly path: readonly Certificate[]; readonly anchor: Anchor | undefined }
  | { readonly kind: "refused"; readonly error: PinionError };

/** Data of every `tls/` error about a chain. */
export interface ChainDetails {
  readonly host: string;
  readonly port: number;
  /** As the server sent it, its own certificate first; what cannot be read is left out. */
  readonly chain: readonly CertificateSummary[];
  readonly blamed: CertificateSummary | undefined;
  readonly findings: readonly {
    readonly rule: string;
    readonly section: string;
    readonly severity: string;
    readonly position: number;
    readonly seen: string;
    readonly expected: string;
  }[];
  readonly others: ChainExplanation["others"];
  readonly wouldTrust: ChainExplanation["wouldTrust"];
  readonly trusted: readonly SourceReport[];
  readonly engineCode: string | undefined;
}

/**
 * Judges a chain that the engine has accepted: there must be a path without anything on our list of refusals.
 *
 * @throws `tls/trust-source-unusable`
 */
export function judgePeer(peer: Peer): PeerVerdict {
  const { host, port, store, helpers = [], time = new Date() } = peer;
  const shown = [...peer.sent, ...helpers];
  const refusal = (): PeerVerdict => ({
    kind: "refused",
    error: explainRefusal({ ...peer, sent: shown }).error,
  });
  const [first, ...rest] = shown;
  const leaf = first === undefined ? undefined : tryParseCertificate(first);
  if (leaf === undefined) return refusal();
  const others = rest.flatMap((der) => tryParseCertificate(der) ?? []);
  const anchors = store.indexFor(host, port);
  const isDistrusted = distrustOf(store, anchors);
  const search = searchPaths({ leaf, intermediates: others, anchors, time, host, isDistrusted });
  const found = search.accepted ?? search.refused.find((refused) => isLifted(refused.findings, peer));
  if (found !== undefined) {
    const path = found.certificates;
    const error = checkPins(path, peer);
    if (error !== undefined) return { kind: "refused", error };
    return { kind: "accepted", path, anchor: anchors.anchorOf(path.at(-1) ?? leaf) };
  }
  // The engine found a way, and no way is without fault: what is on our own list counts, whichever way it took.
  const isObjected = search.refused.some((refused) => objectionsOf(refused.findings).length > 0);
  // By what cannot be read, or is too much to be looked through, it may have gone a way that has one of them.
  const isUnseen = search.isPartial || others.length < rest.length;
  if (isObjected || isUnseen) return refusal();
  const error =
    search.refused.length > 0 ? undefined : checkAcceptedChain([leaf, ...others], host, { isDistrusted });
  // Which way the engine went is not known here: only the server's own key is sure to be part of it.
  const fault = error ?? checkPins([leaf], peer);
  return fault === undefined
    ? { kind: "accepted", path: [leaf, ...others], anchor: undefined }
    : { kind: "refused", error: fault };
}

/** What the operating system distrusts; not an anchor in force, which has the word of the user: default sources lack such. */
function distrustOf(store: TrustStore, anchors: AnchorIndex): (certificate: Certificate) => boolean {
  return (certificate) => store.isDistrusted(certificate.der) && !anchors.has(certificate);
}

/** Whether the settings lift, for this host, everything for which a path was refused. */
function isLifted(findings: readonly Finding[], { host, port, store }: Peer): boolean {
  const lifted: ReadonlySet<string> = new Set(store.exceptionsFor({ host, port }));
  if (lifted.size === 0) return false;
  return findings
    .filter(({ severity }) => severity === "refuse")
    .every((finding) => lifted.has(exceptionThatLifts(finding, host) ?? ""));
}

/** An index that is pinned must show one of its keys in the verified path (RFC 7469 section 2.6). */
function checkPins(path: readonly Certificate[], { host, port, store }: Peer): PinionError | undefined {
  const pins = store.pinsFor({ host, port });
  const shown = path.map(({ publicKey }) => publicKey.fingerprint);
  if (pins.length === 0 || pins.some((pin) => shown.includes(pin))) return undefined;
  const keys = path.map(
    (certificate, at) => `\`${formatName(certificate.subject)}\` with the key sha256:${shown[at]}`,
  );
  const cause = new PinionError("tls/pin-mismatch", `The verified chain is ${keys.join(", ")}`);
  const message = `Cannot verify ${formatHostPort(host, port)}: none of its keys matches the pins of the index`;
  return new PinionError("tls/pin-mismatch", message, {
    cause,
    details: {
      host,
      port,
      pins: pins.map((pin) => `sha256:${pin}`),
      shown: shown.map((key) => `sha256:${key}`),
    },
    hints: [
      "if the server's administrator confirms a new key, put it among the index's `pins`",
      "otherwise the connection may be intercepted",
    ],
  });
}

/**
 * Refuses a chain for its name, its keys, its signatures or a name constraint; undefined where nothing objects.
 * `chain` leads from the server's certificate to its anchor, or as far as it is known.
 */
function checkAcceptedChain(
  chain: readonly Certificate[],
  host: string,
  options: { readonly isDistrusted?: (certificate: Certificate) => boolean; readonly time?: Date } = {},
): PinionError | undefined {
  const context = {
    time: options.time ?? new Date(),
    host,
    purpose: "serverAuth",
    maxIntermediates: undefined,
    isDistrusted: options.isDistrusted,
    budget: { comparisonsLeft: MAX_COMPARISONS },
    judged: new Map(),
  } as const;
  const findings = judgePath(chain, true, context);
  const finding = mostTelling(objectionsOf(findings));
  if (finding === undefined) return undefined;
  const { certificate, code, seen, expected } = finding;
  const cause = new PinionError(
    code,
    `\`${formatName(certificate.subject)}\` has ${seen}; expected: ${expected}`,
  );
  return new PinionError(code, `Cannot verify ${host}: its certificates are refused`, {
    cause,
    details: { host, blamed: summarize(certificate, chain) },
  });
}

/**
 * Explains why a chain was refused, by the engine or by us. Never throws for what the server sent; `error` is ready
 * to be thrown, `explanation.path` is a way that the engine did not find.
 *
 * @throws `tls/trust-source-unusable`
 */
export function explainRefusal(
  peer: Peer & {
    readonly engineError?: unknown;
    readonly extra?: readonly Uint8Array[] | undefined;
    readonly fetchesIntermediates?: boolean | undefined;
  },
): {
  readonly error: PinionError;
  readonly explanation: ChainExplanation;
} {
  const { sent, host, port, store, engineError, extra, fetchesIntermediates, time = new Date() } = peer;
  const anchors = store.indexFor(host, port);
  const explanation = explainChain({
    sent,
    host,
    port,
    anchors,
    time,
    isDistrusted: distrustOf(store, anchors),
    distrustedAnchors: indexLazily(store.distrusted()),
    alternatives: store.alternatives({ host, port }).map((other) => ({
      name: other.name,
      changes: other.changes,
      anchors: () => indexLazily(other.anchors()),
    })),
    runtime: `Node ${process.versions.node} with OpenSSL ${process.versions.openssl}`,
    ...(extra === undefined ? {} : { extra }),
    ...(fetchesIntermediates === undefined ? {} : { fetchesIntermediates }),
  });
  return { error: errorOf(explanation, { sent, host, port, store, engineError }), explanation };
}

/**
 * What would still refuse a connection if a certificate of its chain were trusted for the host: another name, dates,
 * weak keys, and for the server's own certificate what the TLS engine refuses above it. Undefined where nothing would.
 *
 * @throws `tls/trust-source-unusable`
 */
export function objectionToTrusting(anchor: Certificate, peer: Peer): PinionError | undefined {
  const { sent, host, port, store, time = new Date() } = peer;
  const anchors = store.indexFor(host, port);
  const { search, code, headline, sentence } = explainChain({
    sent,
    host,
    port,
    time,
    anchors: withAnchor(anchors, anchor),
    isDistrusted: distrustOf(store, anchors),
  });
  const start = `Trusting \`${formatName(anchor.subject)}\` would not make the connection to ${formatHostPort(host, port)}`;
  if (search?.accepted !== undefined)
    return search.accepted.certificates.length === 1 ? objectionAbove(anchor, peer, start) : undefined;
  const message = `${start}: ${headline}`;
  return new PinionError(code, message, {
    details: { host, port, fingerprint: anchor.fingerprint },
    cause: new PinionError(code, sentence),
  });
}

/** For the server's own certificate, where its chain is not accepted as it is. */
function objectionAbove(leaf: Certificate, peer: Peer, start: string): PinionError | undefined {
  const { host, port, store, time = new Date() } = peer;
  const intermediates = peer.sent.slice(1).flatMap((der) => tryParseCertificate(der) ?? []);
  const fault = findFaultAbove(leaf, intermediates, { host, time });
  if (fault === undefined) return undefined;
  const anchors = store.indexFor(host, port);
  if (!anchors.has(leaf) && searchPaths({ leaf, intermediates, anchors, time, host }).accepted !== undefined)
    return undefined;
  const { code, sentence } = fault;
  const message = `${start}: the TLS engine refuses what the server sends with its certificate`;
  return new PinionError(code, message, {
    details: { host, port, fingerprint: leaf.fingerprint },
    hints: [
      "the server's administrator can correct the chain, or have the server send only its own certificate",
    ],
    cause: new PinionError(code, sentence),
  });
}

/** Whether trusting one of the sent certificates for the host would make a verified connection. */
export function isHelpedByTrust(peer: Peer): boolean {
  const [leaf, ...others] = peer.sent.flatMap((der) => tryParseCertificate(der) ?? []);
  if (leaf === undefined) return false;
  // What is wrong with the way up to one of its issuers is wrong with every longer one.
  const issuers = others.filter(({ subject }) => subject.key === leaf.issuer.key).slice(0, MAX_ISSUERS);
  return [leaf, ...issuers].some((certificate) => objectionToTrusting(certificate, peer) === undefined);
}

function summarizeSent(sent: readonly Uint8Array[]): readonly CertificateSummary[] {
  const readable = sent.flatMap((der) => tryParseCertificate(der) ?? []);
  return readable.map((certificate) => summarize(certificate, readable));
}

function errorOf(
  explanation: ChainExplanation,
  facts: {
    sent: readonly Uint8Array[];
    host: string;
    port: number;
    store: TrustStore;
    engineError: unknown;
  },
): PinionError {
  const { sent, host, port, store, engineError } = facts;
  const engine = engineVerdict(engineError);
  const code = explanation.path === undefined || engine === undefined ? explanation.code : engine;
  const trusted = store.describe({ host, port });
  const details: ChainDetails = {
    host,
    port,
    chain: summarizeSent(sent),
    blamed: explanation.blamed,
    findings: explanation.findings.map(({ rule, section, severity, position, seen, expected }) => ({
      rule,
      section,
      severity,
      position,
      seen,
      expected,
    })),
    others: explanation.others,
    wouldTrust: explanation.wouldTrust,
    trusted,
    engineCode: systemCode(engineError),
  };
  const place = formatHostPort(host, port);
  const changed = ABOUT_TRUST.has(code)
    ? describeChange(store.storedFor({ host, port }), sent, { host, port })
    : undefined;
  const sentences = [
    ...(changed === undefined ? [] : [changed.sentence]),
    explanation.sentence,
    ...explanation.others.map(({ sentence }) => `Also: ${sentence}`),
  ];
  const trustedHere = `Trusted here: ${describeTrust(trusted, store.replacedBy({ host, port }))}`;
  const cause = new PinionError(code, [...sentences, trustedHere].join("\n"), {
    details: { sentences },
    cause: engineError,
  });
  return new PinionError(code, `Cannot verify ${place}: ${changed?.headline ?? explanation.headline}`, {
    details: { ...details, ...(changed === undefined ? {} : { changed: changed.kind }) },
    hints:
      changed === undefined
        ? [...explanation.advice, ...exceptionAdvice(explanation, facts)]
        : [...changed.hints, ...explanation.advice.filter(({ kind }) => kind === "examine")],
    cause,
  });
}

/** The exceptions that would make the connection, where they are all that is missing. */
function exceptionAdvice(
  { search }: ChainExplanation,
  { host, port }: { readonly host: string; readonly port: number },
): readonly Advice[] {
  for (const { findings } of search?.refused ?? []) {
    const refusals = findings.filter(({ severity }) => severity === "refuse");
    const names = refusals.flatMap((finding) => exceptionThatLifts(finding, host) ?? []);
    if (names.length === 0 || names.length < refusals.length) continue;
    return [{ kind: "allow-tls-exception", host, port, allow: [...new Set(names)] }];
  }
  return [];
}

function describeTrust(reports: readonly SourceReport[], replacedBy: readonly string[]): string {
  const sources = reports.map(
    ({ source, count }) => `${source} (${count} ${count === 1 ? "certificate" : "certificates"})`,
  );
  return (
    sources.join(", ") + (replacedBy.length > 0 ? "; it replaces the system store and the bundled roots" : "")
  );
}

function objectionsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.severity === "refuse" && OBJECTIONS.has(finding.rule));
}

/** The engine's word, for the rare chain that the search finds valid: its code, or what it says beside `UNSPECIFIED`. */
function engineVerdict(error: unknown): ErrorCode | undefined {
  const text = error instanceof Error ? error.message : "";
  return (
    ENGINE_CODES.get(systemCode(error) ?? "") ?? ENGINE_TEXTS.find(([pattern]) => pattern.test(text))?.[1]
  );
}

/** What a server that changed its key is refused for. */
const ABOUT_TRUST: ReadonlySet<ErrorCode> = new Set([
  "tls/unknown-issuer",
  "tls/self-signed-leaf",
  "tls/bad-signature",
  "tls/tls-inspection",
  "tls/missing-intermediate",
]);
/** The rules of `x509/rules/rules.ts` that the engine does not have, or has only at other security levels. */
const OBJECTIONS: ReadonlySet<string> = new Set([
  "host",
  "weak-key",
  "weak-signature",
  "explicit-curve",
  "name-constraints",
  "distrusted",
  "ca-as-server",
]);
/** Node's names for X509_V_ERR_… of OpenSSL. */
const ENGINE_CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["CERT_HAS_EXPIRED", "tls/expired"],
  ["CERT_NOT_YET_VALID", "tls/not-yet-valid"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls/self-signed-leaf"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls/unknown-issuer"],
  ["UNABLE_TO_GET_ISSUER_CERT", "tls/unknown-issuer"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "tls/unknown-issuer"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls/unknown-issuer"],
  ["CERT_SIGNATURE_FAILURE", "tls/bad-signature"],
  ["INVALID_CA", "tls/not-a-ca"],
  ["PATH_LENGTH_EXCEEDED", "tls/path-length-exceeded"],
  ["INVALID_PURPOSE", "tls/wrong-purpose"],
  ["CERT_REVOKED", "tls/revoked"],
]);
/** The strings of OpenSSL's X509_verify_cert_error_string. */
const ENGINE_TEXTS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/subtree violation|name constraint/i, "tls/name-constraint-violation"],
  [/unhandled critical extension/i, "tls/unknown-critical-extension"],
  [/digest algorithm too weak/i, "tls/weak-signature"],
  [/key too weak/i, "tls/weak-key"],
  [/certificate purpose/i, "tls/wrong-purpose"],
  [/invalid CA certificate/i, "tls/not-a-ca"],
  [/explicit ECC parameters/i, "tls/unsupported-signature-algorithm"],
];
/** A server has one, or one for each of two roots; what a hostile one sends must not take seconds. */
const MAX_ISSUERS = 2;
/** As in `x509/rules/path.ts`. */
const MAX_COMPARISONS = 250_000;
