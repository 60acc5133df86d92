// Places in a listing, which is descending. They are found by halves: of tens of thousands of listed versions, most are never read.

import type { VersionRange } from "../../pep/versions/interval.ts";
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

/** Where the versions between the bounds of a range begin and end; what is between its intervals is among them. */
export function placesOf(
  { intervals }: VersionRange,
  listing: readonly ListedVersion[],
): readonly [from: number, to: number] {
  if (intervals.length === 0) return [0, 0];
  const [lower, upper] = [intervals[0]?.lower, intervals.at(-1)?.upper];
  return [
    upper === undefined ? 0 : placeOf(listing, upper.order),
    lower === undefined ? listing.length : placeOf(listing, lower.order) + 1,
  ];
}
