// What can be done about a refused chain, best first. Advice that would not make the connection is left out: what can be
// tried on the chain at hand is tried.

import type { Advice } from "../../advice.ts";
import { httpsOrigin } from "../../base/text/host-port.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Cause } from "./causes.ts";
import { formatName, type Certificate } from "../certificates/certificate.ts";
import type { ChainExplanation, ChainQuestion } from "./question.ts";
import { searchPaths, withAnchor, type PathSearch } from "../rules/path.ts";

/** Advice for one cause. */
export function adviseOn(facts: {
  readonly cause: Cause;
  readonly question: ChainQuestion;
  readonly search: PathSearch | undefined;
  readonly chain: readonly Certificate[];
  readonly wouldTrust: ChainExplanation["wouldTrust"];
}): readonly Advice[] {
  const { cause, question, wouldTrust } = facts;
  const { host, port } = question;
  return [
    ...wouldTrust.map(({ name, root, changes }): Advice => ({
      kind: "use-trust-source",
      source: name,
      root,
      changes,
    })),
    ...(ADVICE[cause.code]?.(facts) ?? []),
    { kind: "examine", url: `${httpsOrigin(host, port)}/`, what: "chain" },
  ];
}

type Facts = Parameters<typeof adviseOn>[0];

/** Nothing where another source of trust helps: that one is named already. */
function unlessTrustedElsewhere(
  advise: (facts: Facts) => readonly Advice[],
): (facts: Facts) => readonly Advice[] {
  return (facts) => (facts.wouldTrust.length > 0 ? [] : advise(facts));
}

function trustProduct(facts: Facts): readonly Advice[] {
  const { product } = facts.cause;
  return [{ kind: "add-ca", ...rootOf(facts), ...(product === undefined ? {} : { product }) }];
}

function badSignature({ cause, wouldTrust }: Facts): readonly Advice[] {
  if (cause.staleAnchor === undefined) return [REISSUE];
  return wouldTrust.length > 0 ? [] : [{ kind: "replace-ca", subject: cause.staleAnchor }];
}

/** Helps where only the root is missing: judged with what was sent, as its own end. */
function addCa(facts: Facts): readonly Advice[] {
  const [leaf] = facts.chain;
  if (leaf === undefined || leaf.isSelfIssued) return [];
  // Another anchor mends a chain whose end is missing, not one with a fault in it.
  const isOnlyRootMissing = facts.search?.incomplete.some(
    ({ findings }) => !findings.some(({ severity }) => severity === "refuse"),
  );
  return isOnlyRootMissing === true ? [{ kind: "add-ca", ...rootOf(facts) }] : [];
}

/** The name of the root, as far as the chain has it. */
function rootOf({ search }: Facts): { readonly root?: string } {
  const last = search?.incomplete[0]?.certificates.at(-1);
  return last === undefined ? {} : { root: formatName(last.issuer) };
}

/** Suggested only where it makes the connection: a trusted certificate still has to be valid, and for this host. */
function trustThisHost({ chain, question }: Facts): readonly Advice[] {
  const [leaf, ...rest] = chain;
  const { host, port } = question;
  if (leaf === undefined) return [];
  const chosen = [...chain]
    .reverse()
    .find((certificate) => isAcceptedWith(certificate, leaf, rest, question));
  return chosen === undefined ? [] : [{ kind: "trust-this-host", host, port }];
}

function isAcceptedWith(
  anchor: Certificate,
  leaf: Certificate,
  intermediates: readonly Certificate[],
  question: ChainQuestion,
): boolean {
  const { time, host, isDistrusted } = question;
  const anchors = withAnchor(question.anchors, anchor);
  const distrust = isDistrusted === undefined ? {} : { isDistrusted };
  return searchPaths({ leaf, intermediates, anchors, time, host, ...distrust }).accepted !== undefined;
}

/** By the URLs of the chain where it names some that are not fetched already, by a file otherwise. */
function missingIntermediate({ search, question }: Facts): readonly Advice[] {
  const last = search?.incomplete[0]?.certificates.at(-1);
  if (last === undefined) return [];
  const urls = (last.authorityInfoAccess ?? []).flatMap(({ method, location }) =>
    method === "ca-issuers" && location.kind === "uri" && FETCHABLE.test(location.value)
      ? [location.value]
      : [],
  );
  if (urls.length > 0 && question.fetchesIntermediates !== true)
    return [{ kind: "fetch-intermediates", urls }];
  return [{ kind: "add-intermediate", subject: formatName(last.issuer) }];
}

function isPostQuantum(chain: readonly Certificate[]): boolean {
  return chain.some(
    ({ signatureAlgorithm, publicKey }) =>
      POST_QUANTUM.test(signatureAlgorithm.name) || POST_QUANTUM.test(publicKey.algorithm),
  );
}

const POST_QUANTUM = /ML-DSA/;
/** The first release whose OpenSSL has ML-DSA and whose `node:crypto` knows it (Node's changelog, 24.7.0). */
const NODE_WITH_ML_DSA = "24.7";
/** Issuers are fetched without TLS only: RFC 5280 section 8 warns of the circle. */
const FETCHABLE = /^http:/i;
const REISSUE: Advice = { kind: "reissue-certificate" };
const always = (advice: Advice) => (): readonly Advice[] => [advice];
const ADVICE: Partial<Record<ErrorCode, (facts: Facts) => readonly Advice[]>> = {
  "tls/unknown-issuer": unlessTrustedElsewhere((facts) => [...addCa(facts), ...trustThisHost(facts)]),
  "tls/self-signed-leaf": unlessTrustedElsewhere(trustThisHost),
  "tls/tls-inspection": unlessTrustedElsewhere(trustProduct),
  "tls/missing-intermediate": (facts) => [...missingIntermediate(facts), { kind: "send-intermediate" }],
  "tls/bad-signature": badSignature,
  "tls/expired": always({ kind: "renew-certificate" }),
  "tls/hostname-mismatch": ({ question: { host } }) => [{ kind: "reissue-for-host", host }],
  "tls/wrong-purpose": (facts) =>
    facts.cause.rule === "ca-as-server" ? trustThisHost(facts) : [{ kind: "reissue-for-servers" }],
  "tls/unsupported-signature-algorithm": ({ chain }) =>
    isPostQuantum(chain) ? [{ kind: "update-runtime", node: NODE_WITH_ML_DSA }] : [],
  "tls/not-yet-valid": always({ kind: "check-clock" }),
  "tls/clock-skew": always({ kind: "check-clock" }),
  "tls/weak-key": always(REISSUE),
  "tls/weak-signature": always(REISSUE),
  "tls/malformed-certificate": always(REISSUE),
  "tls/unknown-critical-extension": always(REISSUE),
  "tls/not-a-ca": always(REISSUE),
  "tls/path-length-exceeded": always(REISSUE),
  "tls/name-constraint-violation": always(REISSUE),
};
