// From a chain as it was sent to the most telling cause: its code, a sentence, the certificate to blame, and
// what would help. The engine's own word for a failure is used only where nothing better can be found.

import { isPinionError, type ErrorCode } from "../../errors.ts";
import { adviseOn } from "./advice.ts";
import { causesOf, ruleCause, type Cause } from "./causes.ts";
import { formatName, parseCertificate, type Certificate } from "../certificates/certificate.ts";
import { rankOf } from "../rules/findings.ts";
import { searchPaths, type CertificatePath, type PathSearch } from "../rules/path.ts";
import type {
  CertificateSummary,
  ChainExplanation,
  ChainQuestion,
  UnreadableCertificate,
} from "./question.ts";

/** Finds the cause of a refusal. Never throws, whatever the bytes are, and takes 250 ms at most. */
export function explainChain(question: ChainQuestion): ChainExplanation {
  const chain = readChain(question.sent);
  const [leaf] = chain.readable;
  if (leaf === undefined || chain.unreadable.some(({ position }) => position === 0))
    return unreadableLeaf(question, chain);
  const search = searchFor(leaf, chain.readable.slice(1), question);
  if (search.accepted !== undefined) return acceptedAfterAll(search.accepted, search, leaf);
  const causes = causesOf({ leaf, chain: chain.readable, unreadable: chain.unreadable, search, question });
  const [cause, ...others] = causes.toSorted((a, b) => rankOf(b.code) - rankOf(a.code));
  const told: Cause = cause ?? NO_CAUSE;
  const extra = readChain(question.extra ?? []).readable;
  const repaired =
    extra.length === 0
      ? undefined
      : searchFor(leaf, [...chain.readable.slice(1), ...extra], question).accepted;
  const wouldTrust = isAboutTrust(told.code) ? findTrust(leaf, chain.readable.slice(1), question) : [];
  return {
    code: told.code,
    headline: told.headline,
    sentence: told.sentence,
    blamed: told.certificate === undefined ? undefined : summarize(told.certificate, chain.readable),
    findings: told.findings,
    others: others
      .filter((other) => other.code !== told.code)
      .map(({ code, sentence }) => ({ code, sentence })),
    wouldTrust,
    advice: adviseOn({ cause: told, question, search, chain: chain.readable, wouldTrust }),
    path: repaired,
    search,
  };
}

/** The facts about a certificate that fit in a report. */
export function summarize(certificate: Certificate, chain: readonly Certificate[] = []): CertificateSummary {
  const position = chain.findIndex((other) => other.fingerprint === certificate.fingerprint);
  return {
    position: position === -1 ? undefined : position,
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    fingerprint: certificate.fingerprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    signatureAlgorithm: certificate.signatureAlgorithm.name,
    publicKey: certificate.publicKey.algorithm,
  };
}

interface SentChain {
  readonly readable: readonly Certificate[];
  readonly unreadable: readonly UnreadableCertificate[];
}

function readChain(sent: readonly Uint8Array[]): SentChain {
  const readable: Certificate[] = [];
  const unreadable: UnreadableCertificate[] = [];
  for (const [position, der] of sent.slice(0, MAX_SENT_CERTIFICATES).entries()) {
    try {
      readable.push(parseCertificate(der));
    } catch (error) {
      if (!isPinionError(error)) throw error;
      unreadable.push({ position, reason: error.message });
    }
  }
  return { readable, unreadable };
}

function searchFor(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  question: ChainQuestion,
): PathSearch {
  const { anchors, time, host, isDistrusted } = question;
  return searchPaths({
    leaf,
    intermediates,
    anchors,
    time,
    host,
    ...(isDistrusted === undefined ? {} : { isDistrusted }),
  });
}

/** Which of the other sources would trust the chain, name and dates included. */
function findTrust(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  question: ChainQuestion,
): ChainExplanation["wouldTrust"] {
  const all = [...intermediates, ...readChain(question.extra ?? []).readable];
  return (question.alternatives ?? []).flatMap((other) => {
    const { name, changes } = other;
    const { accepted } = searchFor(leaf, all, { ...question, anchors: other.anchors() });
    const root = accepted?.certificates.at(-1);
    return root === undefined ? [] : [{ name, root: formatName(root.subject), changes }];
  });
}

function isAboutTrust(code: ErrorCode): boolean {
  return ABOUT_TRUST.has(code);
}

function unreadableLeaf(question: ChainQuestion, chain: SentChain): ChainExplanation {
  const reason = chain.unreadable[0]?.reason ?? "The server sent no certificate";
  const cause: Cause = {
    ...NO_CAUSE,
    code: "tls/malformed-certificate",
    headline: "its certificate cannot be read",
    sentence: reason,
  };
  return {
    code: cause.code,
    headline: cause.headline,
    sentence: cause.sentence,
    blamed: undefined,
    findings: [],
    others: [],
    wouldTrust: [],
    advice: adviseOn({ cause, question, search: undefined, chain: [], wouldTrust: [] }),
    path: undefined,
    search: undefined,
  };
}

/** What Pinion itself would take: the engine did not find the path, or minds what only some clients mind. */
function acceptedAfterAll(path: CertificatePath, search: PathSearch, leaf: Certificate): ChainExplanation {
  const root = path.certificates.at(-1) ?? leaf;
  const minded = path.findings.find((finding) => finding.severity === "other-clients");
  const cause = minded === undefined ? undefined : ruleCause(minded, path);
  return {
    code: "tls/handshake-failed",
    headline: cause?.headline ?? "this runtime refuses its certificates",
    sentence:
      cause?.sentence ??
      `A valid path leads from \`${formatName(leaf.subject)}\` to the trusted \`${formatName(root.subject)}\`, but this runtime does not take it`,
    blamed: minded === undefined ? undefined : summarize(minded.certificate, path.certificates),
    findings: path.findings,
    others: [],
    wouldTrust: [],
    advice: [],
    path,
    search,
  };
}

const ABOUT_TRUST: ReadonlySet<ErrorCode> = new Set([
  "tls/unknown-issuer",
  "tls/missing-intermediate",
  "tls/self-signed-leaf",
  "tls/bad-signature",
  "tls/tls-inspection",
  "tls/expired",
]);
const NO_CAUSE: Cause = {
  code: "tls/unknown-issuer",
  headline: "its certificate's issuer is not trusted",
  sentence: "No path leads from its certificate to a trusted one",
  certificate: undefined,
  findings: [],
};
/** OpenSSL refuses a chain above 100 KB; the smallest certificates have about 300 bytes. */
const MAX_SENT_CERTIFICATES = 350;
