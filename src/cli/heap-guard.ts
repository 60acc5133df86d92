// The engine's heap, which is larger than what is in use: the engine collects seldom, since that saves time. The part for what has
// just been made doubles whenever much of that is still in use, up to 32 MB on the main thread, and the whole grows to three or four
// times what is in use. A long search gains by the first; a usual one does not, nor do downloads, which pass through memory of our own.

import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

import type { OnEvent } from "../api/events.ts";

/** What the guard asks of the engine. */
export interface EngineHeap {
  setFlag(flag: string): void;
  /** The bytes that the heap has, and those for what has just been made. */
  sizes(): { readonly all: number; readonly young: number };
}

/**
 * Decides by what happens how it may grow. The part for what has just been made stays as it is from the first request on, unless
 * the search is a long one, and while archives come; it never becomes as large as the engine allows. A heap that has become large
 * is collected when it is twice what is in use, and earlier once it is very large. A run without the network is over before memory counts.
 */
export function createHeapGuard(heap: EngineHeap = ENGINE_HEAP): OnEvent {
  let tried = 0;
  let isBegun = false;
  let isYoungGrowing = true;
  let largest = 0;
  const stay = (): void => {
    isYoungGrowing = false;
    heap.setFlag(HEAP_FLAGS.youngStays);
  };
  const look = (): void => {
    const { all, young } = heap.sizes();
    if (isYoungGrowing && young >= MOST_YOUNG_BYTES) stay();
    if (all >= LARGE_BYTES && largest < LARGE_BYTES) heap.setFlag(HEAP_FLAGS.twiceInUse);
    if (all >= VERY_LARGE_BYTES && largest < VERY_LARGE_BYTES) heap.setFlag(HEAP_FLAGS.littleMoreInUse);
    largest = Math.max(largest, all);
  };
  return (event) => {
    if (event.kind === "detail" && !isBegun) {
      isBegun = true;
      stay();
    } else if (event.kind === "version-tried") {
      tried += 1;
      if (tried === MANY_VERSIONS && isBegun) {
        isYoungGrowing = true;
        heap.setFlag(HEAP_FLAGS.youngGrows);
      }
      if (tried % VERSIONS_A_LOOK === 0) look();
    } else if (event.kind === "preparing" && (event.bytes ?? Infinity) >= MUCH_BYTES) {
      stay();
    }
  };
}

/**
 * The engine reads a flag each time before it grows; one that does not know a flag writes to stderr. While the command is compiled
 * ahead (`scripts/make-code-cache.mjs`) nothing is set: a compiled form is taken only under the flags with which it was made,
 * and those of a start are the engine's own.
 */
const ENGINE_HEAP: EngineHeap = {
  setFlag(flag) {
    if (process.env["PINION_COMPILE_AHEAD"] !== undefined) return;
    if (Number.parseInt(process.versions.node, 10) <= NEWEST_NODE) setFlagsFromString(flag);
  },
  sizes() {
    const spaces = getHeapSpaceStatistics();
    const young = spaces.find((space) => space.space_name === "new_space");
    return {
      all: spaces.reduce((bytes, space) => bytes + space.space_size, 0),
      young: young?.space_size ?? 0,
    };
  },
};

/** Those that `bin/pinion.cjs` takes back while it loads a part of the command. */
export const HEAP_FLAGS = {
  youngStays: "--semi-space-growth-factor=1",
  /** The engine's own value. */
  youngGrows: "--semi-space-growth-factor=2",
  twiceInUse: "--heap-growing-percent=100",
  littleMoreInUse: "--heap-growing-percent=60",
  /** The engine's own value. */
  asEngine: "--heap-growing-percent=0",
} as const;
/** A search that long makes millions of objects that stay. */
const MANY_VERSIONS = 200;
/** Asking takes some microseconds. */
const VERSIONS_A_LOOK = 16;
/** Half of what the engine allows: a search gains nothing by the rest. */
const MOST_YOUNG_BYTES = 16 * 1024 ** 2;
/** As a search among a thousand projects has it. */
const LARGE_BYTES = 48 * 1024 ** 2;
/** As only a search for all environments has it. */
const VERY_LARGE_BYTES = 100 * 1024 ** 2;
/** So much that memory counts: of archives. */
const MUCH_BYTES = 16 * 1024 ** 2;
/** The newest release in which this was tried. */
const NEWEST_NODE = 26;
