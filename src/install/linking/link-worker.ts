// The entry of the second linking thread: takes parts of the wheels that are posted to it, until there are none.

import { parentPort } from "node:worker_threads";

import { atOnce } from "../../base/work/turns.ts";
import { readPreparedWheel, type PreparedWheel } from "../../store/prepared-wheel.ts";
import { SliceLinker } from "./link-slice.ts";
import type { LinkAnswer, LinkTask, TroubledSlice } from "./link-thread.ts";

parentPort?.on("message", (task: LinkTask) => parentPort?.postMessage(work(task), []));

function work({ mode, places, slices, next }: LinkTask): LinkAnswer {
  const linker = new SliceLinker(mode);
  const troubled: TroubledSlice[] = [];
  let last: { readonly wheel: number; readonly prepared: PreparedWheel | undefined } | undefined;
  for (;;) {
    const index = Atomics.add(next, 0, 1);
    const slice = slices[index];
    if (slice === undefined) return troubled;
    const at = places[slice.wheel];
    if (last?.wheel !== slice.wheel)
      last = {
        wheel: slice.wheel,
        prepared: at === undefined ? undefined : readPreparedWheel(at.preparedPath),
      };
    if (at === undefined || last.prepared === undefined) {
      troubled.push({ index, stopped: slice.from, conflicts: [] });
      continue;
    }
    const { files } = last.prepared;
    const outcome = atOnce(linker.link(last.prepared, slice, at));
    const isWhole = outcome.stopped >= Math.min(slice.to ?? files.length, files.length);
    if (!isWhole || outcome.conflicts.length > 0) troubled.push({ index, ...outcome });
  }
}
