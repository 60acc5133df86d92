// Which package is decided next: what is pinned first, then what conflicts, then what was seen first.
// See docs/solver.md#decision-order; uv's and pip's order, without which real indexes take exponentially long.

import { isFullRange, exactVersion } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import { projectName } from "../package.ts";
import type { PackageId, PackageTable } from "../package.ts";

/** The undecided packages and the order in which they should be decided; owned by one resolution. */
export class DecisionOrder {
  readonly #packages: PackageTable;
  readonly #isDirect: (name: string) => boolean;
  /** By project: its urgency, and its place in the order of first sight. All packages of a project share both. */
  #projects = new Map<string, Standing>();
  /** By package: its place in the order of first sight. */
  #seen = new Map<PackageId, number>();
  /** The open packages with their standing as of the last {@link open}; each time a new object. */
  #open = new Map<PackageId, Standing>();
  /** A binary heap of everything that was opened, best first; what is not in `#open` any more is stale. */
  #heap: Entry[] = [];

  /** @param isDirect Whether a URL pins a project, as far as known at the time. */
  constructor(packages: PackageTable, isDirect: (name: string) => boolean) {
    this.#packages = packages;
    this.#isDirect = isDirect;
  }

  /** A copy that goes its own way. */
  clone(isDirect: (name: string) => boolean): DecisionOrder {
    const copy = new DecisionOrder(this.#packages, isDirect);
    copy.#projects = new Map(this.#projects);
    copy.#seen = new Map(this.#seen);
    copy.#open = new Map(this.#open);
    copy.#heap = [...this.#heap];
    return copy;
  }

  /** Takes note of a requirement on a package; the first one fixes its place, a pin moves it forward. */
  see(packageId: PackageId, range: VersionRange): void {
    if (!this.#seen.has(packageId)) this.#seen.set(packageId, this.#seen.size);
    const name = projectName(this.#packages.packageOf(packageId));
    if (name === undefined) return;
    const urgency = this.#urgencyOf(name, range);
    const known = this.#projects.get(name);
    if (known === undefined) this.#projects.set(name, { urgency, place: this.#projects.size });
    else if (urgency > known.urgency) this.#projects.set(name, { ...known, urgency });
  }

  /** Enters a package among those to decide, with the urgency that it has now. */
  open(packageId: PackageId): void {
    const standing = { ...this.#standingOf(packageId) };
    this.#open.set(packageId, standing);
    this.#push({ packageId, standing, seen: this.#seen.get(packageId) ?? 0 });
  }

  /** Takes a package out: decided, or no longer required. */
  close(packageId: PackageId): void {
    this.#open.delete(packageId);
  }

  /** The package to decide next; `undefined` where all are decided. */
  next(): PackageId | undefined {
    for (let best = this.#heap[0]; best !== undefined; best = this.#heap[0]) {
      if (this.#open.get(best.packageId) === best.standing) return best.packageId;
      this.#dropFirst();
    }
    return undefined;
  }

  /** Decides a project earlier, because its versions keep being rejected. */
  moveEarlier(packageId: PackageId): void {
    this.#move(packageId, URGENCY.conflictEarly, [URGENCY.conflictEarly]);
  }

  /**
   * Decides a project after those that it rejects.
   *
   * @returns Whether that changes anything; the caller then goes back to before it was decided.
   */
  moveLater(packageId: PackageId): boolean {
    // A project never goes from early to late: two that blame each other would change places forever.
    return this.#move(packageId, URGENCY.conflictLate, [URGENCY.conflictEarly, URGENCY.conflictLate]);
  }

  #move(packageId: PackageId, urgency: number, settled: readonly number[]): boolean {
    const name = projectName(this.#packages.packageOf(packageId));
    if (name === undefined) return false;
    const known = this.#projects.get(name);
    if (known !== undefined && settled.includes(known.urgency)) return false;
    this.#projects.set(name, { urgency, place: known?.place ?? this.#projects.size });
    return true;
  }

  #urgencyOf(name: string, range: VersionRange): number {
    if (this.#isDirect(name)) return URGENCY.direct;
    return !isFullRange(range) && exactVersion(range) !== undefined ? URGENCY.pinned : URGENCY.ordinary;
  }

  #standingOf(packageId: PackageId): Standing {
    const name = projectName(this.#packages.packageOf(packageId));
    // The root, and Python, on which everything ends, come before all.
    if (name === undefined) return { urgency: URGENCY.root, place: packageId };
    return this.#projects.get(name) ?? { urgency: URGENCY.ordinary, place: Number.MAX_SAFE_INTEGER };
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (compareEntries(heap[parent]!, entry) <= 0) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && compareEntries(heap[right]!, heap[left]!) < 0 ? right : left;
      if (compareEntries(moved, heap[child]!) <= 0) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = moved;
  }
}

function compareEntries(first: Entry, second: Entry): number {
  return (
    second.standing.urgency - first.standing.urgency ||
    first.standing.place - second.standing.place ||
    first.seen - second.seen
  );
}

interface Entry {
  readonly packageId: PackageId;
  readonly standing: Standing;
  /** The package's own place in the order of first sight. */
  readonly seen: number;
}

interface Standing {
  readonly urgency: number;
  readonly place: number;
}

/** Higher is decided earlier. */
const URGENCY = {
  ordinary: 0,
  conflictLate: 1,
  conflictEarly: 2,
  pinned: 3,
  direct: 4,
  root: 5,
} as const;
