// The versions that are preferred: what the user has already, and what earlier forks chose, so that forks differ only
// where they must.

import { compareText } from "../../base/values/compare-text.ts";
import type { MarkerSet } from "../../pep/markers/sets.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { CandidatePreference } from "./candidates.ts";
import type { ResolutionInput } from "../input.ts";
import type { Fork, Scope } from "../forks/scope.ts";

/** Everything preferred in one resolution. */
export class Preferences {
  readonly #input: ResolutionInput;
  /** By project, with the environments of the fork that chose it. */
  readonly #solved = new Map<string, { readonly version: Version; readonly environments: MarkerSet }[]>();

  constructor(input: ResolutionInput) {
    this.#input = input;
  }

  /** Prefers in later forks what a fork has chosen. */
  addSolved({ markers }: Fork, versions: Iterable<readonly [name: string, version: Version]>): void {
    // Where direct requirements take other versions than the rest, a version of one fork says nothing for another.
    if (this.#input.resolution === "lowest-direct") return;
    for (const [name, version] of versions) {
      const known = this.#solved.get(name) ?? [];
      this.#solved.set(name, known);
      known.push({ version, environments: markers });
    }
  }

  /** The preferred versions of a project in a scope: those for its own environments first, then by version. */
  of(name: string, scope: Scope, direction: "highest" | "lowest"): readonly CandidatePreference[] {
    const entries = [
      ...(this.#input.preferences?.get(name) ?? [])
        .map(({ version, marker }) => ({
          version,
          source: "user" as const,
          isOwn: marker === undefined || !scope.conditions.isNever(scope.conditions.of(marker, undefined)),
        }))
        // In one environment, a pin for others says nothing; a fork may share one with another.
        .filter(({ isOwn }) => isOwn || scope.fork !== undefined),
      ...(this.#solved.get(name) ?? []).map(({ version, environments }) => ({
        version,
        source: "fork" as const,
        isOwn: scope.fork?.includes(environments) === true,
      })),
    ];
    const sign = direction === "highest" ? -1 : 1;
    return entries.sort(
      (first, second) =>
        Number(second.isOwn) - Number(first.isOwn) ||
        sign * compareText(first.version.order, second.version.order),
    );
  }

  /** Whether the user has a version already. */
  has(name: string, version: Version): boolean {
    return (this.#input.preferences?.get(name) ?? []).some((entry) => entry.version.order === version.order);
  }
}
