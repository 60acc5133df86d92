// Path search: depth first over everything the server sent (and whatever else is known) up to the anchors, within
// budgets. It follows names and signatures and nothing else; the rules then judge each path that it finds, so that a
// bad path never hides a good one.

import { append } from "../../base/values/group-by.ts";
import type { Certificate, Name, PublicKey } from "../certificates/certificate.ts";
import { attributeOf } from "../certificates/distinguished-name.ts";
import { mostTelling, rankOf, type Finding } from "./findings.ts";
import { judgePath } from "./rules.ts";
import type { RuleContext } from "./rule.ts";
import { SignatureChecker, type SignatureVerdict } from "../certificates/signatures.ts";

/** Anchors by their subject; made once for a whole trust store. */
export interface AnchorIndex {
  /** Anchors that bear a name. */
  named(name: Name): readonly Certificate[];
  /** Whether exactly this certificate is an anchor. */
  has(certificate: Certificate): boolean;
  /** Whether an anchor's subject has this organization. */
  hasOrganization(organization: string): boolean;
}

export interface PathQuestion {
  readonly leaf: Certificate;
  /** Intermediates in the order in which they were sent, then any others. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: AnchorIndex;
  readonly time: Date;
  readonly host?: string;
  readonly purpose?: "serverAuth" | "clientAuth";
  readonly maxIntermediates?: number;
  readonly isDistrusted?: (certificate: Certificate) => boolean;
  /** Accepts signatures that this runtime cannot check, to predict what other clients say. */
  readonly takesUncheckable?: boolean;
  /** Goes on after the first path that is accepted. */
  readonly findsAll?: boolean;
  /** In the strict profile, findings of every severity refuse a path; for conformance tests. */
  readonly profile?: "usual" | "strict";
}

export interface CertificatePath {
  /** From the server's certificate to the anchor. */
  readonly certificates: readonly Certificate[];
  readonly findings: readonly Finding[];
}

/** An issuer that bears the right name, but whose key does not verify the signature. */
export interface BrokenLink {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly isAnchor: boolean;
  readonly verdict: Exclude<SignatureVerdict, { kind: "valid" }>;
}

export interface PathSearch {
  /** The first path without a finding that refuses it. */
  readonly accepted: CertificatePath | undefined;
  /** Every complete path in the order in which it was found. */
  readonly complete: readonly CertificatePath[];
  /** Complete paths that were refused, the best-ranked failure first. */
  readonly refused: readonly CertificatePath[];
  /** Paths that end at a certificate whose issuer is not there, the longest first. */
  readonly incomplete: readonly CertificatePath[];
  readonly brokenLinks: readonly BrokenLink[];
  /** Whether the search ended because a budget was used up. */
  readonly isExhausted: boolean;
  /** Whether there may be other paths: a budget was used up, or a path was as long as one may be. */
  readonly isPartial: boolean;
}

/** Searches paths from the server's certificate to an anchor. Never throws; bounded whatever it is given. */
export function searchPaths(question: PathQuestion): PathSearch {
  return new Search(question).run();
}

/** An index over anchors that are at hand as certificates. */
export function indexAnchors(anchors: readonly Certificate[]): AnchorIndex {
  const bySubject = groupBySubject(anchors);
  const fingerprints = new Set(anchors.map((anchor) => anchor.fingerprint));
  return {
    named: (name) => bySubject.get(name.key) ?? [],
    has: ({ fingerprint }) => fingerprints.has(fingerprint),
    hasOrganization: (organization) =>
      anchors.some((anchor) => attributeOf(anchor.subject, "O") === organization),
  };
}

/** An index with one more anchor. */
export function withAnchor(anchors: AnchorIndex, added: Certificate): AnchorIndex {
  return {
    named: (name) => [...(added.subject.key === name.key ? [added] : []), ...anchors.named(name)],
    has: (certificate) => certificate.fingerprint === added.fingerprint || anchors.has(certificate),
    hasOrganization: (organization) => anchors.hasOrganization(organization),
  };
}

/** Owns the budgets and what has been found. */
class Search {
  readonly #question: PathQuestion;
  readonly #context: RuleContext;
  readonly #bySubject: ReadonlyMap<string, readonly Certificate[]>;
  readonly #signatures = new SignatureChecker();
  readonly #verdicts = new Map<string, SignatureVerdict>();
  readonly #complete: CertificatePath[] = [];
  readonly #refused: CertificatePath[] = [];
  readonly #incomplete: CertificatePath[] = [];
  readonly #brokenLinks = new Map<string, BrokenLink>();
  #signatureChecksLeft = MAX_SIGNATURE_CHECKS;
  #pathsLeft = MAX_PATHS;
  #isExhausted = false;
  #isCut = false;
  #accepted: CertificatePath | undefined;

  constructor(question: PathQuestion) {
    this.#question = question;
    this.#bySubject = groupBySubject(question.intermediates);
    this.#context = {
      time: question.time,
      host: question.host,
      purpose: question.purpose ?? "serverAuth",
      maxIntermediates: question.maxIntermediates,
      isDistrusted: question.isDistrusted,
      budget: { comparisonsLeft: MAX_NAME_COMPARISONS },
      judged: new Map(),
    };
  }

  run(): PathSearch {
    this.#extend([this.#question.leaf]);
    return {
      accepted: this.#accepted,
      complete: this.#complete,
      refused: bestRanked(this.#refused),
      incomplete: this.#incomplete.toSorted((a, b) => b.certificates.length - a.certificates.length),
      brokenLinks: [...this.#brokenLinks.values()],
      isExhausted: this.#isExhausted,
      isPartial: this.#isExhausted || this.#isCut,
    };
  }

  /** Looks for an issuer of the last certificate; returns true when the search is over. */
  #extend(path: readonly Certificate[]): boolean {
    const last = path.at(-1)!;
    if (this.#question.anchors.has(last)) return this.#finish(path);
    const anchors = rankIssuers(last, this.#question.anchors.named(last.issuer), this.#question.time);
    const intermediates = rankIssuers(last, this.#bySubject.get(last.issuer.key) ?? [], this.#question.time);
    let hasIssuer = false;
    for (const [issuers, isAnchor] of [
      [anchors, true],
      [intermediates, false],
    ] as const) {
      for (const issuer of issuers) {
        if (isInPath(issuer, path) || !this.#isSignedBy(last, issuer, isAnchor)) continue;
        hasIssuer = true;
        const isOver = isAnchor ? this.#finish([...path, issuer]) : this.#descend([...path, issuer]);
        if (isOver || this.#isExhausted) return true;
      }
    }
    if (!hasIssuer) this.#addIncomplete(path);
    return this.#isExhausted;
  }

  #descend(path: readonly Certificate[]): boolean {
    if (path.length < MAX_DEPTH) return this.#extend(path);
    this.#isCut = true;
    this.#addIncomplete(path);
    return false;
  }

  #finish(path: readonly Certificate[]): boolean {
    if (!this.#takePath()) return true;
    const findings = judgePath(path, true, this.#context);
    const found: CertificatePath = { certificates: path, findings };
    this.#complete.push(found);
    const refuses = (finding: Finding): boolean =>
      finding.severity === "refuse" || this.#question.profile === "strict";
    if (findings.some((finding) => refuses(finding))) {
      this.#refused.push(found);
      return false;
    }
    this.#accepted ??= found;
    return this.#question.findsAll !== true;
  }

  #addIncomplete(path: readonly Certificate[]): void {
    if (this.#takePath())
      this.#incomplete.push({ certificates: path, findings: judgePath(path, false, this.#context) });
  }

  #takePath(): boolean {
    this.#pathsLeft -= 1;
    if (this.#pathsLeft < 0) this.#isExhausted = true;
    return !this.#isExhausted;
  }

  #isSignedBy(certificate: Certificate, issuer: Certificate, isAnchor: boolean): boolean {
    const key = `${certificate.fingerprint} ${issuer.publicKey.fingerprint}`;
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      this.#signatureChecksLeft -= costOf(issuer.publicKey);
      if (this.#signatureChecksLeft < 0) {
        this.#isExhausted = true;
        return false;
      }
      verdict = this.#signatures.check(certificate, issuer);
      this.#verdicts.set(key, verdict);
    }
    if (verdict.kind === "valid") return true;
    if (verdict.kind === "unsupported" && this.#question.takesUncheckable === true) return true;
    this.#brokenLinks.set(`${certificate.fingerprint} ${issuer.fingerprint}`, {
      certificate,
      issuer,
      isAnchor,
      verdict,
    });
    return false;
  }
}

function groupBySubject(certificates: readonly Certificate[]): ReadonlyMap<string, readonly Certificate[]> {
  const groups = new Map<string, Certificate[]>();
  const seen = new Set<string>();
  for (const certificate of certificates) {
    if (seen.has(certificate.fingerprint)) continue;
    seen.add(certificate.fingerprint);
    append(groups, certificate.subject.key, certificate);
  }
  return groups;
}

/** The likeliest issuer first: its key identifier is the one asked for, it is valid now, it is the newest. */
function rankIssuers(
  certificate: Certificate,
  issuers: readonly Certificate[],
  time: Date,
): readonly Certificate[] {
  const wanted = certificate.authorityKeyId?.keyId;
  const score = (issuer: Certificate): number => {
    const hasWantedKey =
      wanted === undefined || issuer.subjectKeyId === undefined ? 1 : issuer.subjectKeyId === wanted ? 2 : 0;
    return hasWantedKey * 2 + (issuer.notBefore <= time && time <= issuer.notAfter ? 1 : 0);
  };
  return issuers.toSorted((a, b) => score(b) - score(a) || b.notBefore.getTime() - a.notBefore.getTime());
}

/** The same name with the same key again is a loop, whatever certificate says so. */
function isInPath(candidate: Certificate, path: readonly Certificate[]): boolean {
  return path.some(
    (other) =>
      other.fingerprint === candidate.fingerprint ||
      (other.publicKey.fingerprint === candidate.publicKey.fingerprint &&
        other.subject.key === candidate.subject.key),
  );
}

/** How many ordinary checks one with this key takes: large keys and curves without fast arithmetic are slow. */
function costOf(key: PublicKey): number {
  if (key.kind === "dsa" || key.bits > 8192) return 4;
  return key.kind === "ec" && !FAST_CURVES.has(key.curve ?? "") ? 4 : 1;
}

function bestRanked(paths: readonly CertificatePath[]): readonly CertificatePath[] {
  const ranks = new Map(
    paths.map((path) => {
      const finding = mostTelling(path.findings);
      return [path, finding === undefined ? 0 : rankOf(finding.code)];
    }),
  );
  return paths.toSorted((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
}

const FAST_CURVES: ReadonlySet<string> = new Set(["P-224", "P-256", "P-384"]);
/** rustls-webpki and Go stop at 100 (webpki `Budget::signatures`, Go `maxChainSignatureChecks`); half as many again. */
const MAX_SIGNATURE_CHECKS = 150;
/** BetterTLS needs some dozens; 2,000 judged paths take less than the 250 ms that a person waits without noticing. */
const MAX_PATHS = 2_000;
/** Real chains have at most five; webpki allows eight (`MAX_SUB_CA_COUNT` 6), OpenSSL a hundred. */
const MAX_DEPTH = 12;
/** rustls-webpki's `Budget::name_constraint_comparisons`. */
const MAX_NAME_COMPARISONS = 250_000;
