// The entry of the second unpacking thread: takes members of each task that is posted to it, then answers.

import { closeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { createInflater, type InflateModule } from "../../archive/inflater.ts";
import { openRegularFile } from "../../base/files/small-file.ts";
import type { ZipSource } from "../../archive/zip-directory.ts";
import { isPinionError, systemCode } from "../../errors.ts";
import { memberReader } from "./packed-members.ts";
import type { UnpackAnswer } from "./unpack-helper.ts";
import { fileSource, givenSource, unpackSlice } from "./unpack.ts";
import type { UnpackTask } from "./unpack-task.ts";

const { inflate }: { readonly inflate?: InflateModule } = workerData ?? {};
const inflater = inflate === undefined ? undefined : createInflater(inflate);
const WHOLE = { sliceMs: Infinity, inflater } as const;

parentPort?.on("message", (task: UnpackTask) => {
  const { archive } = task;
  const answer: UnpackAnswer = work(task);
  const memory = typeof archive === "string" ? undefined : archive.buffer;
  if (memory instanceof ArrayBuffer) parentPort?.postMessage({ ...answer, archive }, [memory]);
  else parentPort?.postMessage(answer, []);
});

function work(task: UnpackTask): UnpackAnswer {
  try {
    if (typeof task.archive !== "string") return unpackFrom(task, givenSource(task.archive));
    const descriptor = openRegularFile(task.archive);
    try {
      return unpackFrom(task, fileSource(descriptor));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    // The other thread need not unpack what will be thrown away.
    Atomics.store(task.next, 0, task.members.numbers.length);
    return { kind: "failed", failure: toPlain(error) };
  }
}

function unpackFrom({ directory, members, next }: UnpackTask, source: ZipSource): UnpackAnswer {
  const taken: number[] = [];
  const digests: string[] = [];
  const onUnpacked = (index: number, digest: string): void => {
    taken.push(index);
    digests.push(digest);
  };
  unpackSlice({ directory, next, member: memberReader(members), onUnpacked }, source, WHOLE);
  return { kind: "done", taken: Int32Array.from(taken), digests: digests.join("") };
}

function toPlain(error: unknown): {
  message: string;
  code: string | undefined;
  details: Record<string, unknown> | undefined;
} {
  return {
    message: error instanceof Error ? error.message : String(error),
    code: systemCode(error),
    details: isPinionError(error) ? { ...error.details } : undefined,
  };
}
