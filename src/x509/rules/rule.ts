// A rule of path validation as a function over one link of a path, and what it may look at.

import type { Certificate } from "../certificates/certificate.ts";
import type { Finding, FindingDraft } from "./findings.ts";
import type { ComparisonBudget } from "./name-constraints.ts";

/** What the rules need beside the path. */
export interface RuleContext {
  readonly time: Date;
  /** Undefined when no name is to be checked. */
  readonly host: string | undefined;
  readonly purpose: "serverAuth" | "clientAuth";
  /** How many intermediates that are not self-issued a path may have. */
  readonly maxIntermediates: number | undefined;
  readonly isDistrusted: ((certificate: Certificate) => boolean) | undefined;
  readonly budget: ComparisonBudget;
  /** What the rules for single links have said, filled by `judgePath`. */
  readonly judged: Map<string, readonly Finding[]>;
}

/** One certificate at its place in a path. */
export interface Link {
  readonly certificate: Certificate;
  readonly position: number;
  /** From the server's certificate up; the last one is the anchor if `isComplete`. */
  readonly path: readonly Certificate[];
  readonly isComplete: boolean;
}

export type Rule = (link: Link, context: RuleContext) => FindingDraft | readonly FindingDraft[] | undefined;

/** A finding for which clients refuse the chain. */
export function refuse(draft: Omit<FindingDraft, "severity">): FindingDraft {
  return { ...draft, severity: "refuse" };
}

/** What cannot be read is reported as that, and not as missing. */
export function isUnreadable(certificate: Certificate, extension: string): boolean {
  return certificate.problems.some(
    (problem) => problem.kind === "unreadable-extension" && problem.extension === extension,
  );
}
