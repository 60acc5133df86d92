// What can be done about a refused chain, best first. Advice that would not make the connection is left out: what can be
// tried on the chain at hand is tried.

import type { Advice, ServerAdvice } from "../advice.ts";
import type { ErrorCode } from "../errors.ts";
import type { Cause } from "./causes.ts";
import { formatName, type Certificate } from "./certificate.ts";
import type { ChainExplanation, ChainQuestion } from "./question.ts";
import { searchPaths, type AnchorIndex, type PathSearch } from "./path.ts";

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
  const place = `${host.includes(":") ? `[${host}]` : host}${port === 443 ? "" : `:${port}`}`;
  return [
    ...wouldTrust.map(({ name, root, changes }): Advice => ({
      kind: "use-trust-source",
      source: name,
      root,
      changes,
    })),
    ...adviceFor(facts, cause),
    { kind: "examine", url: `https://${place}/`, what: "chain" },
  ];
}

type Facts = Parameters<typeof adviseOn>[0];

function adviceFor(facts: Facts, cause: Cause): readonly Advice[] {
  const { question, chain, wouldTrust } = facts;
  switch (cause.code) {
    case "tls/unknown-issuer":
    case "tls/self-signed-leaf":
      if (wouldTrust.length > 0) return [];
      return [...addCa(facts), ...trustThisHost(facts)];
    case "tls/tls-inspection":
      if (wouldTrust.length > 0) return [];
      return [
        {
          kind: "add-ca",
          ...rootOf(facts),
          ...(cause.product === undefined ? {} : { product: cause.product }),
        },
      ];
    case "tls/missing-intermediate":
      return [...missingIntermediate(facts), { kind: "send-intermediate" }];
    case "tls/bad-signature":
      if (cause.staleAnchor === undefined) return [{ kind: "reissue-certificate" }];
      return wouldTrust.length > 0 ? [] : [{ kind: "replace-ca", subject: cause.staleAnchor }];
    case "tls/expired":
      return [{ kind: "renew-certificate" }];
    case "tls/hostname-mismatch":
      return [{ kind: "reissue-for-host", host: question.host }];
    case "tls/wrong-purpose":
      return cause.rule === "ca-as-server" ? trustThisHost(facts) : [{ kind: "reissue-for-servers" }];
    case "tls/unsupported-signature-algorithm":
      return isPostQuantum(chain) ? [{ kind: "update-runtime", node: NODE_WITH_ML_DSA }] : [];
    default: {
      const known = ADVICE[cause.code];
      return known === undefined ? [] : [known];
    }
  }
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

/** The name of the root, as far as the chain tells it. */
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

function withAnchor(anchors: AnchorIndex, added: Certificate): AnchorIndex {
  return {
    named: (name) => [...(added.subject.key === name.key ? [added] : []), ...anchors.named(name)],
    has: (certificate) => certificate.fingerprint === added.fingerprint || anchors.has(certificate),
    hasOrganization: (organization) => anchors.hasOrganization(organization),
  };
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
const REISSUE: ServerAdvice = { kind: "reissue-certificate" };
const CHECK_CLOCK: ServerAdvice = { kind: "check-clock" };
const ADVICE: Partial<Record<ErrorCode, ServerAdvice>> = {
  "tls/not-yet-valid": CHECK_CLOCK,
  "tls/clock-skew": CHECK_CLOCK,
  "tls/weak-key": REISSUE,
  "tls/weak-signature": REISSUE,
  "tls/malformed-certificate": REISSUE,
  "tls/unknown-critical-extension": REISSUE,
  "tls/not-a-ca": REISSUE,
  "tls/path-length-exceeded": REISSUE,
  "tls/name-constraint-violation": REISSUE,
};
