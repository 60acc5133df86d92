// Asks the provider for what the search will probably need next, before the search waits for it.

import type { VersionRange } from "../../pep/versions/interval.ts";
import { fullRange } from "../../pep/versions/version-range.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { Answers } from "./answers.ts";
import { BatchPrefetcher } from "./batch-prefetch.ts";
import { selectCandidate } from "./candidates.ts";
import type { CandidateRules } from "./candidates.ts";
import type { PackageId } from "../package.ts";
import type { ListedVersion, PackageListing } from "../provider.ts";
import type { Term } from "./term.ts";

/** What was asked early; owned by one resolution. */
export class EarlyQuestions {
  readonly #answers: Answers;
  readonly #followsDependencies: boolean;
  readonly #batches = new BatchPrefetcher();
  /** By package: the range for which a question was asked last. */
  readonly #asked = new Map<PackageId, VersionRange>();

  constructor(answers: Answers, options: { readonly followsDependencies: boolean }) {
    this.#answers = answers;
    this.#followsDependencies = options.followsDependencies;
  }

  /** Asks for the versions of a project, and for the metadata of the likeliest one in a range. */
  ask(packageId: PackageId, name: string, wanted: { range: VersionRange; rules: CandidateRules }): void {
    if (this.#asked.get(packageId) === wanted.range) return;
    this.#asked.set(packageId, wanted.range);
    const askDependencies = (listing: PackageListing): void => {
      if (listing.kind !== "found" || !this.#followsDependencies) return;
      const candidate = selectCandidate(listing.versions, wanted.range, wanted.rules);
      if (candidate?.kind === "usable") this.#answers.guessDependencies(name, candidate.version);
    };
    const listing = this.#answers.knownListing(name);
    if (listing === undefined) this.#answers.guessListing(name, askDependencies);
    else askDependencies(listing);
  }

  /** After many rejected versions of a project, announces the next ones. */
  announceNext(options: {
    readonly name: string;
    readonly versions: readonly ListedVersion[];
    readonly version: Version;
    readonly range: VersionRange;
    /** What is known of the project whatever is decided. */
    readonly fixed: Term | undefined;
    readonly direction: "highest" | "lowest";
  }): void {
    const { fixed, name } = options;
    const fixedRange = fixed?.isPositive === true ? fixed.range : fullRange();
    const upcoming = this.#batches.due({ ...options, fixedRange });
    if (upcoming.length > 0) this.#answers.announce(name, upcoming);
  }

  countTried(name: string, version: Version): void {
    this.#batches.countTried(name, version);
  }
}
