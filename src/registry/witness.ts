// What the answers of a registry were derived from, as far as it stands in the cache: a resolution may be remembered for as
// long as all of that is the same and fresh (docs/cache.md, "The remembered resolution").

import type { StoredResponse } from "../net/http/http-cache.ts";
import type { EntryKey } from "../store/store.ts";
import type { MetadataOrigin } from "./metadata/metadata.ts";

/** Collects what one registry looked at. */
export class Witness {
  readonly #pages: EntryKey[] = [];
  readonly #metadata: EntryKey[] = [];
  readonly #records: EntryKey[] = [];
  readonly #wheels = new Set<string>();
  readonly #absentWheels = new Set<string>();
  #isWhole = true;
  #storedAtMs = 0;
  #freshUntilMs: number = Number.MAX_SAFE_INTEGER;

  /** A page that was fresh in the cache. */
  page(key: EntryKey, { storedAtMs, freshUntilMs }: StoredResponse): void {
    this.#pages.push(key);
    this.#storedAtMs = Math.max(this.#storedAtMs, storedAtMs);
    this.#freshUntilMs = Math.min(this.#freshUntilMs, freshUntilMs);
  }

  /** Metadata of a file that an index lists. */
  metadata(origin: MetadataOrigin): void {
    switch (origin.kind) {
      case "wheel":
        this.#wheels.add(origin.sha256);
        return;
      case "entry":
        this.#metadata.push(origin.key);
        this.#absentWheels.add(origin.sha256);
        return;
      case "other":
        this.other();
    }
  }

  /** Metadata of a source distribution, as an earlier run kept it. */
  record(key: EntryKey): void {
    this.#records.push(key);
  }

  /** Anything else: a request, a folder, a build, an installed distribution. */
  other(): void {
    this.#isWhole = false;
  }

  /** Whether everything is here. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get pages(): readonly EntryKey[] {
    return this.#pages;
  }

  /** Metadata that was kept apart from its wheel. */
  get metadataEntries(): readonly EntryKey[] {
    return this.#metadata;
  }

  /** Metadata of source distributions. */
  get records(): readonly EntryKey[] {
    return this.#records;
  }

  /** SHA-256 of wheels in the store whose own metadata was read. */
  get wheels(): ReadonlySet<string> {
    return this.#wheels;
  }

  /** SHA-256 of wheels that were not in the store: their own metadata would have been read instead. */
  get absentWheels(): ReadonlySet<string> {
    return this.#absentWheels;
  }

  /** When the newest page was stored, in milliseconds since 1970. */
  get storedAtMs(): number {
    return this.#storedAtMs;
  }

  /** Until when all pages are fresh, in milliseconds since 1970. */
  get freshUntilMs(): number {
    return this.#freshUntilMs;
  }
}
