// The second thread that unpacks, owned by the store: started when the first large wheel comes, ended with the store.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import type { InflateModule } from "../archive/inflater.ts";
import { ERROR_CODES, PinionError, type ErrorCode } from "../errors.ts";
import type { UnpackTask } from "./unpack-task.ts";

/** One archive's share of the second thread. */
export interface UnpackHelper {
  /** The archive: its bytes, of which the thread gets a copy, or its path, which both threads read. */
  readonly archive: Uint8Array | string;
  /** Lets the thread take members of the task; settles when it takes no more. @throws UnpackThreadLost */
  start(task: UnpackTask): Promise<void>;
}

export interface UnpackThread {
  /** How many archives it was given and has not unpacked yet. */
  readonly pending: number;
  help(archive: Uint8Array | string): UnpackHelper;
  close(): Promise<void>;
}

/** The thread ended: what it had taken may be half written. */
export class UnpackThreadLost extends Error {
  override readonly name = "UnpackThreadLost";
}

/** What the worker answers to a task. */
export type UnpackAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly failure: PlainFailure };

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
  if (file === undefined || !existsSync(file)) return undefined;
  let worker: Worker;
  try {
    worker = new Worker(file, {
      env: {},
      execArgv: [],
      stderr: false,
      resourceLimits: LIMITS,
      workerData: { inflate },
    });
  } catch {
    return undefined;
  }
  return new Thread(worker);
}

class Thread implements UnpackThread {
  readonly #worker: Worker;
  readonly #waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  #isLost = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on("message", (answer: UnpackAnswer) => this.#answer(answer));
    worker.on("error", (cause) => this.#lose(cause));
    worker.on("exit", () => this.#lose());
  }

  get pending(): number {
    return this.#waiting.length;
  }

  help(archive: Uint8Array | string): UnpackHelper {
    return { archive, start: (task) => this.#start(task) };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #start(task: UnpackTask): Promise<void> {
    if (this.#isLost) return Promise.resolve();
    this.#worker.ref();
    this.#worker.postMessage(task, []);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #answer(answer: UnpackAnswer): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (answer.kind === "done") waiting?.resolve();
    else waiting?.reject(toError(answer.failure));
  }

  #lose(cause?: unknown): void {
    this.#isLost = true;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.reject(new UnpackThreadLost("The unpacking thread ended", { cause }));
    }
  }
}

function toError({ message, code, details }: PlainFailure): Error {
  if (code !== undefined && isErrorCode(code))
    return new PinionError(code, message, { details: details ?? {} });
  return Object.assign(new Error(message), { code });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** It keeps nothing from one member to the next: what it drops need not pile up. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;

/** A bundle in CommonJS has no `import.meta.url`: there the caller names the file. */
function besideThisModule(): string | undefined {
  const here: string | undefined = import.meta.url;
  if (here === undefined || !here.startsWith("file:")) return undefined;
  return fileURLToPath(new URL("./unpack-worker.js", here));
}
