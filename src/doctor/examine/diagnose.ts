// From everything that was seen to the one cause that a command would fail for, the step where it lies, and what helps.

import type { Advice, Hint } from "../../advice.ts";
import { isTextList } from "../../base/values/record.ts";
import { causeChain, isPinionError, type ErrorCode, type PinionError } from "../../errors.ts";
import { formatInsecureHost } from "../../net/connections/insecure-hosts.ts";
import type { HelloShape } from "../../net/connections/observe-peer.ts";
import type { CertificateSummary } from "../../x509/explain/question.ts";
import { isOtherAnchor } from "../report/describe-chain.ts";
import type { Diagnosis, StepName } from "./examination.ts";
import { reasonOf } from "./look.ts";
import type { Walk } from "./walk.ts";

export interface Diagnosed {
  /** Undefined where all is well. */
  readonly cause: Diagnosis | undefined;
  readonly advice: readonly Advice[];
}

/** Finds the cause: the first thing on the way that would end a command, reported with all that the doctor knows. */
export function diagnose(walk: Walk): Diagnosed {
  const failure = failureOf(walk);
  const middlebox = middleboxSentences(walk);
  const notes = adviceOnInsecureHost(walk);
  if (failure === undefined) return { cause: undefined, advice: notes };
  const { error, step } = failure;
  const blamed = error.details["blamed"];
  const cause: Diagnosis = {
    code: error.code,
    step,
    headline: error.message,
    sentences: [...middlebox, ...portalSentences(walk), ...sentencesOf(error)],
    ...(isSummary(blamed) ? { blamed } : {}),
  };
  const seen = adviceOfSight(walk);
  const isIntermediateNamed = seen.some(({ kind }) => kind === "send-intermediate");
  const others = error.hints.map(toAdvice).filter((advice) => {
    // The whole chain is shown right here.
    if (advice.kind === "examine") return false;
    return advice.kind !== "send-intermediate" || !isIntermediateNamed;
  });
  return { cause, advice: [...others, ...seen, ...notes] };
}

/** Where on the way a failure lies. */
export function stepOf(code: ErrorCode): StepName {
  const known = STEPS.get(code);
  if (known !== undefined) return known;
  if (code.startsWith("net/proxy")) return "tunnel";
  if (code.startsWith("tls/")) return "chain";
  return code.startsWith("index/") ? "index" : "request";
}

interface Failure {
  readonly error: PinionError;
  readonly step: StepName;
}

function failureOf(walk: Walk): Failure | undefined {
  const { route, looked, trustFailure, judged, answered, addresses } = walk;
  if (route.kind === "failed") return { error: route.error, step: "proxy" };
  if (looked?.observation.outcome.kind === "unreachable") {
    const { error } = looked.observation.outcome;
    const isUnnamed =
      error.code === "net/timeout" && addresses === undefined && route.value.kind === "direct";
    return { error, step: isUnnamed ? "lookup" : connectStepOf(error.code) };
  }
  if (trustFailure !== undefined) return { error: trustFailure, step: "trust" };
  if (looked?.refusal !== undefined) {
    // With what was fetched the doctor knows more than a command does.
    const isKnownBetter = judged?.refusal !== undefined && judged.extra.length > 0;
    const error = isKnownBetter ? judged.refusal : looked.refusal;
    if (error.code === "tls/bad-signature" && isTrustStale(walk)) return { error, step: "trust" };
    return { error, step: error.code.startsWith("net/") ? "handshake" : stepOf(error.code) };
  }
  if (answered?.failure === undefined) return undefined;
  const { failure } = answered;
  const isBeforeAnswer =
    failure.code === "net/dns" || failure.code === "net/refused" || failure.code === "net/unreachable";
  return { error: failure, step: isBeforeAnswer ? connectStepOf(failure.code) : stepOf(failure.code) };
}

/** Whether it is a trusted certificate that has the right name and another key. */
function isTrustStale({ judged }: Walk): boolean {
  const end = judged?.path.at(-1)?.fingerprint;
  const links = judged?.explanation.search?.brokenLinks ?? [];
  return links.some((link) => isOtherAnchor(link) && link.certificate.fingerprint === end);
}

function connectStepOf(code: ErrorCode): StepName {
  if (code === "net/dns") return "lookup";
  return code.startsWith("net/proxy") ? "tunnel" : "connect";
}

/** What an error reports besides its message, one sentence each. */
export function sentencesOf(error: PinionError): readonly string[] {
  return causeChain(error.cause).flatMap(wordsOf);
}

function wordsOf(cause: unknown): readonly string[] {
  if (!(cause instanceof Error) || cause.message === "") return [];
  if (!isPinionError(cause)) return [`The runtime reports: ${reasonOf(cause)}`];
  const { sentences } = cause.details;
  return isTextList(sentences) ? sentences : [cause.message];
}

function toAdvice(hint: Hint): Advice {
  return typeof hint === "string" ? { kind: "note", text: hint } : hint;
}

/** What the smaller greetings show: with one of them the server can be spoken to. */
function middleboxSentences({ looked }: Walk): readonly string[] {
  return (looked?.greetings ?? [])
    .filter(({ outcome }) => outcome === "completed")
    .slice(0, 1)
    .map(
      ({ greeting }) =>
        `The same server answers a greeting ${GREETING_WORDS[greeting]}: the server, or something on the way to it, cannot handle more`,
    );
}

/** A network that wants a login answers every request itself, also where TLS is spoken. */
function portalSentences({ looked }: Walk): readonly string[] {
  const isRedirect = /^HTTP\/1\.[01] 30\d/.test(looked?.observation.plaintext ?? "");
  return isRedirect ? ["It redirects without TLS, as the login page of a network (captive portal) does"] : [];
}

/** What the doctor's own looks add to the advice. */
function adviceOfSight({ judged, looked, route }: Walk): readonly Advice[] {
  const needed = (judged?.fetched ?? []).filter(({ subjects }) => subjects.length > 0);
  const path = judged?.explanation.path;
  const missing =
    path === undefined
      ? []
      : needed.map(({ url, subjects: [subject = ""] }): Advice => ({
          kind: "send-intermediate",
          subject,
          url,
        }));
  const isIntolerant = looked?.greetings.some(({ outcome }) => outcome === "completed") === true;
  const place = route.kind === "done" && route.value.kind === "proxy" ? "proxy" : "way";
  return [...missing, ...(isIntolerant ? [{ kind: "update-middlebox", place } as const] : [])];
}

function adviceOnInsecureHost({ insecureHost, endpoint }: Walk): readonly Advice[] {
  if (insecureHost === undefined || !endpoint.isTls) return [];
  const { host, port } = endpoint;
  const entry = formatInsecureHost(insecureHost);
  return [{ kind: "stop-skipping-verification", host, port, entry, origin: insecureHost.origin }];
}

function isSummary(value: unknown): value is CertificateSummary {
  return typeof value === "object" && value !== null && "fingerprint" in value && "subject" in value;
}

const GREETING_WORDS: Readonly<Record<HelloShape, string>> = {
  usual: "of the usual kind",
  "no-hybrid-group": "without the hybrid (post-quantum) key exchange, which makes it longer than one packet",
  "tls-1.2-only": "that offers only TLS 1.2",
  "no-server-name": "without the server's name (SNI)",
};

const STEPS: ReadonlyMap<ErrorCode, StepName> = new Map<ErrorCode, StepName>([
  ["tls/hostname-mismatch", "name"],
  ["tls/unknown-issuer", "trust"],
  ["tls/self-signed-leaf", "trust"],
  ["tls/tls-inspection", "trust"],
  ["tls/trust-source-unusable", "trust"],
  ["tls/revoked", "trust"],
  ["tls/pin-mismatch", "trust"],
  ["tls/client-certificate-required", "handshake"],
  ["tls/client-certificate-rejected", "handshake"],
  ["tls/client-certificate-unusable", "handshake"],
  ["tls/protocol-version", "handshake"],
  ["tls/no-shared-cipher", "handshake"],
  ["tls/handshake-failed", "handshake"],
  ["tls/plaintext-server", "handshake"],
  ["tls/closed-during-handshake", "handshake"],
  ["index/auth-required", "request"],
  ["index/forbidden", "request"],
]);
