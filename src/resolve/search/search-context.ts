// What all searches of one resolution share: the question, the answers so far, and the bound on their work.

import { parseVersion } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { Answers } from "./answers.ts";
import type { EarlyQuestions } from "./early-questions.ts";
import type { KnownVersions } from "./known-versions.ts";
import type { ResolutionInput } from "../input.ts";
import type { PackageMarkers } from "./package-markers.ts";
import type { ProjectRules } from "../rules.ts";
import type { Fork } from "../forks/scope.ts";
import type { Work } from "./work.ts";

/** What the search reports while it works. */
export type ResolveEvent = {
  readonly kind: "version-tried";
  readonly name: string;
  readonly version: Version;
};

/** What all searches of one resolution share. */
export interface SearchContext {
  readonly input: ResolutionInput;
  readonly answers: Answers;
  readonly early: EarlyQuestions;
  readonly onEvent: ((event: ResolveEvent) => void) | undefined;
  readonly maxSteps: number;
  readonly work: Work;
  /** Makes the rules of a part of the environments. */
  readonly rulesIn: (fork: Fork) => ProjectRules;
  /** The markers that packages have. */
  readonly markers: PackageMarkers;
  /** By project: all versions that the search may meet. */
  readonly known: Map<string, KnownVersions>;
  readonly count: {
    /** Decisions that were tried. */
    steps: number;
    /** Versions of distributions that were tried. */
    attempts: number;
  };
}

/** The root has one version. */
export const ROOT_VERSION: Version = parseVersion("0");

/** pip gives up after as many rounds (`limit_how_complex_resolution_can_be` in its resolvelib/resolver.py). */
export const MAX_STEPS: number = 200_000;

/**
 * Steps get dearer with what was learnt. The largest real sets take a few hundred thousand comparisons (`apache-airflow[all]`,
 * universal: 200,000); this many take about a minute.
 */
export const MAX_COMPARISONS: number = 20_000_000;
