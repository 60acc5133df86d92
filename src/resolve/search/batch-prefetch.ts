// After many rejected versions of a project, announces the next ones, so that their metadata comes in one go.

import { rangeContains } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { ListedVersion } from "../provider.ts";

/** Counts the versions tried of each project; owned by one resolution. */
export class BatchPrefetcher {
  readonly #tried = new Map<string, Set<string>>();
  readonly #announcedAt = new Map<string, number>();

  /** Takes note of a version that is being tried. */
  countTried(name: string, version: Version): void {
    const tried = this.#tried.get(name);
    if (tried === undefined) this.#tried.set(name, new Set([version.order]));
    else tried.add(version.order);
  }

  /**
   * The versions to announce now: none most of the time, then as many as were tried, the likeliest first.
   *
   * @param options.range What the project may still be.
   * @param options.fixedRange What it may be whatever else is decided.
   */
  due(options: {
    readonly name: string;
    readonly versions: readonly ListedVersion[];
    readonly version: Version;
    readonly range: VersionRange;
    readonly fixedRange: VersionRange;
    readonly direction: "highest" | "lowest";
  }): readonly Version[] {
    const { name, version } = options;
    const tried = this.#tried.get(name)?.size ?? 0;
    const last = this.#announcedAt.get(name) ?? 0;
    const isDue =
      STEPS.some((step) => tried >= step && last < step) || (tried >= LAST_STEP && tried - last >= LAST_STEP);
    if (!isDue) return [];
    this.#announcedAt.set(name, tried);
    const ordered = options.direction === "highest" ? options.versions : options.versions.toReversed();
    const place = ordered.findIndex((entry) => entry.version.order === version.order);
    const following = ordered
      .slice(place + 1)
      .filter((entry) => entry.unusable === undefined && rangeContains(options.fixedRange, entry.version))
      .map((entry) => entry.version);
    // First what fits as things are; then, as that may all be rejected, what follows in order.
    const fitting = following.filter((entry) => rangeContains(options.range, entry));
    const others = following.filter((entry) => !rangeContains(options.range, entry));
    return [...fitting, ...others].slice(0, Math.min(tried, MAX_BATCH));
  }
}

/** When to announce, in versions tried, and at most how many: uv's batch_prefetch.rs. */
const STEPS: readonly number[] = [5, 10, 20];
const LAST_STEP = 20;
const MAX_BATCH = 50;
