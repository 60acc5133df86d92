// The second thread that unpacks, owned by the store: started when the first large wheel comes, ended with the store.

import { fileURLToPath } from "node:url";

import type { InflateModule } from "../../archive/inflater.ts";
import { BufferPool } from "../../base/streams/buffer-pool.ts";
import { startWorkerQueue, type WorkerAnswer, type WorkerQueue } from "../../base/work/worker-queue.ts";
import { ERROR_CODES, PinionError, type ErrorCode } from "../../errors.ts";
import { UnpackThreadLost, type UnpackedMembers, type UnpackTask } from "./unpack-task.ts";

/** One archive's share of the second thread. */
export interface UnpackHelper {
  /** The archive: its bytes, which are copied to the thread, or its path, which both threads read. */
  readonly archive: Uint8Array | string;
  /** Lets the thread take members of the task; settles when it takes no more. @throws UnpackThreadLost */
  start(task: UnpackTask): Promise<UnpackedMembers>;
}

export interface UnpackThread {
  /** How many archives it was given and has not unpacked yet. */
  readonly pending: number;
  help(archive: Uint8Array | string): UnpackHelper;
  close(): Promise<void>;
}

/** What the worker answers to a task, with the memory of the archive that it was given. */
export type UnpackAnswer = (
  | ({ readonly kind: "done" } & UnpackedMembers)
  | { readonly kind: "failed"; readonly failure: PlainFailure }
) & { readonly archive?: Uint8Array | undefined };

/** An error in a form that crosses threads. */
export interface PlainFailure {
  readonly message: string;
  readonly code: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Starts the second thread, where its compiled file is there: running from sources, everything stays on one thread.
 *
 * @param path of `unpack-worker.js`; by default beside this module
 * @param inflate the compiled `assembly/inflate.ts`
 */
export function startUnpackThread(
  path: string | undefined,
  inflate: InflateModule | undefined,
): UnpackThread | undefined {
  const file = path ?? besideThisModule();
  const queue =
    file === undefined ? undefined : startWorkerQueue<UnpackTask, UnpackAnswer>(file, { inflate });
  const copies = new BufferPool();
  return (
    queue && {
      get pending() {
        return queue.pending;
      },
      help: (archive) => ({ archive, start: (task) => unpackBy(queue, task, copies) }),
      close: () => queue.close(),
    }
  );
}

async function unpackBy(
  queue: WorkerQueue<UnpackTask, UnpackAnswer>,
  task: UnpackTask,
  copies: BufferPool,
): Promise<UnpackedMembers> {
  // A thread that ended before takes nothing of this archive.
  if (queue.isLost) return { taken: new Int32Array(), digests: "" };
  const found = await (typeof task.archive === "string"
    ? queue.ask(task)
    : askWithCopy(queue, { ...task, archive: task.archive }, copies));
  if (found.kind === "lost") throw new UnpackThreadLost("The unpacking thread ended", { cause: found.cause });
  if (found.answer.kind === "failed") throw toError(found.answer.failure);
  return found.answer;
}

/** Sends a copy of the archive, which comes back and serves the next. */
async function askWithCopy(
  queue: WorkerQueue<UnpackTask, UnpackAnswer>,
  task: UnpackTask & { readonly archive: Uint8Array },
  copies: BufferPool,
): Promise<WorkerAnswer<UnpackAnswer>> {
  const memory = copies.take(task.archive.length);
  memory.set(task.archive);
  const archive = memory.subarray(0, task.archive.length);
  const found = await queue.ask(
    { ...task, archive },
    memory.buffer instanceof ArrayBuffer ? [memory.buffer] : [],
  );
  if (found.kind === "answered" && found.answer.archive !== undefined) copies.give(found.answer.archive);
  return found;
}

function toError({ message, code, details }: PlainFailure): Error {
  if (code !== undefined && isErrorCode(code))
    return new PinionError(code, message, { details: details ?? {} });
  return Object.assign(new Error(message), { code });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** A bundle in CommonJS has no `import.meta.url`: there the caller names the file. */
function besideThisModule(): string | undefined {
  const here: string | undefined = import.meta.url;
  if (here === undefined || !here.startsWith("file:")) return undefined;
  return fileURLToPath(new URL("./unpack-worker.js", here));
}
