// What Pinion refuses although the TLS engine accepts it, and how a refusal of either becomes an error that explains
// itself. Nothing here turns a refusal into an acceptance (`docs/trust-model.md` section 2).

import { PinionError, type ErrorCode } from "../errors.ts";
import { formatName, tryParseCertificate, type Certificate } from "../x509/certificate.ts";
import { explainChain, summarize, type CertificateSummary, type ChainExplanation } from "../x509/explain.ts";
import { mostTelling, type Finding } from "../x509/findings.ts";
import { searchPaths } from "../x509/path.ts";
import { judgePath } from "../x509/rules.ts";
import { indexLazily } from "./anchor-index.ts";
import type { Anchor, SourceReport, TrustStore } from "./store.ts";

/** A connection and the trust that it is held to. */
export interface Peer {
  /** DER as the server sent it, its own certificate first. */
  readonly sent: readonly Uint8Array[];
  readonly host: string;
  readonly port: number;
  readonly store: TrustStore;
  /** Now, unless a test says otherwise. */
  readonly time?: Date;
}

export type PeerVerdict =
  /** `anchor` is undefined when the engine went a way that the search did not find. */
  | { readonly kind: "accepted"; readonly path: readonly Certificate[]; readonly anchor: Anchor | undefined }
  | { readonly kind: "refused"; readonly error: PinionError };

/** Data of every `tls/` error about a chain. */
export interface ChainDetails {
  readonly host: string;
  readonly port: number;
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
  const { host, port, store, time = new Date() } = peer;
  const [first, ...rest] = peer.sent;
  const leaf = first === undefined ? undefined : tryParseCertificate(first);
  if (leaf === undefined) return { kind: "refused", error: explainRefusal(peer).error };
  const others = rest.flatMap((der) => tryParseCertificate(der) ?? []);
  const anchors = store.indexFor(host, port);
  const isDistrusted = (certificate: Certificate): boolean => store.isDistrusted(certificate.der);
  const search = searchPaths({ leaf, intermediates: others, anchors, time, host, isDistrusted });
  const path = search.accepted?.certificates;
  if (path !== undefined) return { kind: "accepted", path, anchor: anchors.anchorOf(path.at(-1) ?? leaf) };
  // The engine found a way, and no way is without fault: what is on our own list counts, whichever way it took.
  const isObjected = search.refused.some((refused) => objectionsOf(refused.findings).length > 0);
  if (isObjected) return { kind: "refused", error: explainRefusal(peer).error };
  const error =
    search.refused.length > 0 ? undefined : checkAcceptedChain([leaf, ...others], host, { isDistrusted });
  return error === undefined
    ? { kind: "accepted", path: [leaf, ...others], anchor: undefined }
    : { kind: "refused", error };
}

/**
 * Refuses a chain for its name, its keys, its signatures or a name constraint; undefined where nothing objects.
 * `chain` leads from the server's certificate to its anchor, or as far as it is known.
 */
export function checkAcceptedChain(
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
  peer: Peer & { readonly engineError?: unknown; readonly extra?: readonly Uint8Array[] },
): {
  readonly error: PinionError;
  readonly explanation: ChainExplanation;
} {
  const { sent, host, port, store, engineError, extra, time = new Date() } = peer;
  const explanation = explainChain({
    sent,
    host,
    port,
    anchors: store.indexFor(host, port),
    time,
    isDistrusted: (certificate) => store.isDistrusted(certificate.der),
    distrustedAnchors: indexLazily(store.distrusted()),
    alternatives: store.alternatives().map((other) => ({
      name: other.name,
      advice: other.advice,
      anchors: () => indexLazily(other.anchors()),
    })),
    runtime: `Node ${process.versions.node} with OpenSSL ${process.versions.openssl}`,
    ...(extra === undefined ? {} : { extra }),
  });
  return { error: errorOf(explanation, { host, port, store, engineError }), explanation };
}

function errorOf(
  explanation: ChainExplanation,
  facts: { host: string; port: number; store: TrustStore; engineError: unknown },
): PinionError {
  const { host, port, store, engineError } = facts;
  const engine = engineVerdict(engineError);
  const code = explanation.path === undefined || engine === undefined ? explanation.code : engine;
  const trusted = store.describe();
  const details: ChainDetails = {
    host,
    port,
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
    engineCode: engineCodeOf(engineError),
  };
  const sentences = [
    explanation.sentence,
    ...explanation.others.map(({ sentence }) => `Also: ${sentence}`),
    `Trusted here: ${describeTrust(trusted, store.replacedBy())}`,
  ];
  const cause = new PinionError(code, sentences.join("\n"), { cause: engineError });
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new PinionError(code, `Cannot verify ${where}: ${explanation.headline}`, {
    details,
    hints: explanation.hints,
    cause,
  });
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

function engineCodeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** The engine's word, for the rare chain that the search finds valid: its code, or what it says beside `UNSPECIFIED`. */
function engineVerdict(error: unknown): ErrorCode | undefined {
  const text = error instanceof Error ? error.message : "";
  return (
    ENGINE_CODES.get(engineCodeOf(error) ?? "") ?? ENGINE_TEXTS.find(([pattern]) => pattern.test(text))?.[1]
  );
}

/** The rules of `x509/rules.ts` that the engine does not have, or has only at other security levels. */
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
/** Texts of OpenSSL's X509_verify_cert_error_string. */
const ENGINE_TEXTS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/subtree violation|name constraint/i, "tls/name-constraint-violation"],
  [/unhandled critical extension/i, "tls/unknown-critical-extension"],
  [/digest algorithm too weak/i, "tls/weak-signature"],
  [/key too weak/i, "tls/weak-key"],
  [/certificate purpose/i, "tls/wrong-purpose"],
  [/invalid CA certificate/i, "tls/not-a-ca"],
  [/explicit ECC parameters/i, "tls/unsupported-signature-algorithm"],
];
/** As in `x509/path.ts`. */
const MAX_COMPARISONS = 250_000;
