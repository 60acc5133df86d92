// The entry of the second linking thread: takes slices of the list that is posted to it, until there are none.

import { parentPort } from "node:worker_threads";

import { LINKS_AT_ONCE, place } from "./copy-file.ts";
import type { LinkAnswer, LinkTask } from "./link-thread.ts";

parentPort?.on("message", (task: LinkTask) => parentPort?.postMessage(work(task), []));

function work({ mode, paths, next }: LinkTask): LinkAnswer {
  const all = paths.split("\0");
  const count = all.length / 2;
  for (;;) {
    const start = Atomics.add(next, 0, LINKS_AT_ONCE);
    if (start >= count) return [];
    const end = Math.min(start + LINKS_AT_ONCE, count);
    for (let index = start; index < end; index += 1) {
      try {
        place(mode, all[2 * index] ?? "", all[2 * index + 1] ?? "");
      } catch {
        // The other thread knows another way, or can say what is wrong.
        return Array.from({ length: end - index }, (_, offset) => index + offset);
      }
    }
  }
}
