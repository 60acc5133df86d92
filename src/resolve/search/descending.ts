// Places in a listing, which is descending. They are found by halves: of tens of thousands of listed versions, most are never read.

import type { ListedVersion } from "../provider.ts";

/** The index of the first version that is not behind a place in the order; the length where all are. */
export function placeOf(listing: readonly ListedVersion[], order: string): number {
  let [low, high] = [0, listing.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (listing[middle]!.version.order > order) low = middle + 1;
    else high = middle;
  }
  return low;
}
