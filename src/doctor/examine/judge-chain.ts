// The chain as a server sent it, judged: each certificate with its role, the path link by link, what every source of
// trust on this machine says to it, and what it lacks fetched from where it says that is.

import { attempt } from "../../base/work/attempt.ts";
import type { TrustChange } from "../../advice.ts";
import type { PinionError } from "../../errors.ts";
import { issuerUrls, MAX_ISSUER_URLS, type FetchIssuer } from "../../net/connections/intermediates.ts";
import { indexLazily } from "../../trust/anchor-index.ts";
import { explainRefusal } from "../../trust/policy.ts";
import { formatAnchorSource } from "../../trust/sources.ts";
import type { Anchor, StoreIndex, TrustStore } from "../../trust/store.ts";
import { formatName, tryParseCertificate, type Certificate } from "../../x509/certificates/certificate.ts";
import { explainChain } from "../../x509/explain/explain.ts";
import type { ChainExplanation } from "../../x509/explain/question.ts";
import type { FetchReport, SourceReport, TrustReport } from "./examination.ts";
import { fetchIssuers } from "./intermediates.ts";

export interface ChainFacts {
  /** DER as the server sent it. */
  readonly sent: readonly Uint8Array[];
  readonly host: string;
  readonly port: number;
  readonly trust: TrustStore;
  readonly time: Date;
}

export interface JudgedChain {
  readonly explanation: ChainExplanation;
  /** The refusal as an error; undefined where the chain is good. */
  readonly refusal: PinionError | undefined;
  /** DER of what was fetched. */
  readonly extra: readonly Uint8Array[];
  readonly fetched: readonly FetchReport[];
  /** The path that is shown: the good one, else the best of the bad ones. */
  readonly path: readonly Certificate[];
}

/** Judges a chain under the trust in force; where a step is missing, with what can be fetched. */
export async function judgeChain(
  facts: ChainFacts,
  fetch: FetchIssuer,
  signal?: AbortSignal,
): Promise<JudgedChain> {
  const asked = new Set<string>();
  const fetched: FetchReport[] = [];
  let extra: readonly Uint8Array[] = [];
  let judged = judgeSent(facts);
  while (asked.size < MAX_ISSUER_URLS) {
    const url = missingIssuerUrls(judged.explanation, extra).find(({ href }) => !asked.has(href));
    if (url === undefined) break;
    asked.add(url.href);
    const { certificates, report } = await fetchIssuers(url, fetch, signal);
    fetched.push(report);
    extra = [...extra, ...certificates];
    judged = judgeSent(facts, extra);
  }
  return { ...judged, fetched };
}

/** Judges a chain by only what was sent, and by what the caller has besides. Never throws. */
export function judgeSent(facts: ChainFacts, extra: readonly Uint8Array[] = []): JudgedChain {
  const { explanation, error } = explain(facts, extra);
  const isGood = explanation.search?.accepted !== undefined;
  const path = toldPath(explanation, facts.sent);
  return { explanation, refusal: isGood ? undefined : error, extra, fetched: [], path };
}

/** The anchors in force; none where the trust cannot be used, which is reported as a failure of its own. */
export function usableAnchors({ trust, host, port }: ChainFacts): StoreIndex {
  return attempt(() => trust.indexFor(host, port)) ?? indexLazily([]);
}

/** What each source of trust would say to a chain on its own. */
export function judgeSources(facts: ChainFacts, judged: JudgedChain): TrustReport {
  const { trust, host, port } = facts;
  const anchors = attempt(() => trust.anchorsFor(host, port)) ?? [];
  const inForce = (attempt(() => trust.describe()) ?? []).map(({ source, count }) =>
    judgeSource(facts, judged, {
      source,
      count,
      isInForce: true,
      changes: [],
      anchors: anchors.filter((anchor) => anchor.sources.some((one) => formatAnchorSource(one) === source)),
    }),
  );
  const others = (attempt(() => trust.alternatives()) ?? []).map((other) => {
    const { name, changes } = other;
    const held = other.anchors();
    return judgeSource(facts, judged, {
      source: name,
      count: held.length,
      isInForce: false,
      changes,
      anchors: held,
    });
  });
  const root = judged.explanation.path?.certificates.at(-1);
  const anchor = anchors.find(({ fingerprint }) => fingerprint === root?.fingerprint);
  return {
    sources: [...inForce, ...others],
    replacedBy: attempt(() => trust.replacedBy()) ?? [],
    notes: [...trust.warnings, ...trust.notes],
    vouching: (anchor?.sources ?? []).map(formatAnchorSource),
  };
}

interface Explained {
  readonly explanation: ChainExplanation;
  readonly error: PinionError | undefined;
}

function explain(facts: ChainFacts, extra: readonly Uint8Array[]): Explained {
  const { sent, host, port, trust, time } = facts;
  const explained = attempt(() => explainRefusal({ sent, host, port, store: trust, time, extra }));
  if (explained !== undefined) return explained;
  // The trust itself cannot be used, which is reported elsewhere; the chain is still shown and judged for the rest.
  const anchors = indexLazily([]);
  return { explanation: explainChain({ sent, host, port, anchors, time, extra }), error: undefined };
}

/** The URLs of the issuers of the certificates at which a path ends; nothing where there is a good path. */
function missingIssuerUrls({ path, search }: ChainExplanation, extra: readonly Uint8Array[]): readonly URL[] {
  if (path !== undefined || search === undefined || search.refused.length > 0) return [];
  const ends = search.incomplete.flatMap(({ certificates }) => certificates.at(-1) ?? []);
  const added = extra.flatMap((der) => tryParseCertificate(der) ?? []);
  return [...added, ...ends].filter(({ isSelfIssued }) => !isSelfIssued).flatMap(issuerUrls);
}

function toldPath(explanation: ChainExplanation, sent: readonly Uint8Array[]): readonly Certificate[] {
  const { path, search } = explanation;
  const told = path ?? search?.refused[0] ?? search?.incomplete[0];
  if (told !== undefined) return told.certificates;
  const leaf = sent[0] === undefined ? undefined : tryParseCertificate(sent[0]);
  return leaf === undefined ? [] : [leaf];
}

interface Source {
  readonly source: string;
  readonly count: number;
  readonly isInForce: boolean;
  readonly changes: readonly TrustChange[];
  readonly anchors: readonly Anchor[];
}

function judgeSource(facts: ChainFacts, judged: JudgedChain, given: Source): SourceReport {
  const { source, count, isInForce, changes } = given;
  const base = { source, certificates: count, isInForce, changes };
  if (given.anchors.length === 0)
    return { ...base, verdict: "unusable", reason: "it holds no certificate that can be used" };
  const { sent, host, port, trust, time } = facts;
  const anchors = indexLazily(given.anchors);
  const { code, headline, search } = explainChain({
    sent,
    host,
    port,
    time,
    anchors,
    // The default sources have nothing of that; a file that was named has the user's word.
    isDistrusted: (certificate) => trust.isDistrusted(certificate.der) && !anchors.has(certificate),
    extra: judged.extra,
  });
  const root = search?.accepted?.certificates.at(-1);
  if (root === undefined) return { ...base, verdict: "refuses", code, reason: headline };
  return { ...base, verdict: "trusts", reason: formatName(root.subject) };
}
