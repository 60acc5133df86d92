// A second thread that answers what is posted to it, one answer for each task and in their order. It does not keep the
// program running, and a thread that ends leaves the work to its caller.

import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";

/** What the thread answers to one task. */
export type WorkerAnswer<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** The thread ended before it answered: the task may be done in part. */
  | { readonly kind: "lost"; readonly cause: unknown };

/** Starts the thread of a module; undefined if the file is missing or the system starts no thread. */
export function startWorkerQueue<Task, Answer>(
  path: string,
  workerData?: unknown,
): WorkerQueue<Task, Answer> | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const options = { env: {}, execArgv: [], stderr: false, resourceLimits: LIMITS, workerData };
    return new WorkerQueue(new Worker(path, options));
  } catch {
    return undefined;
  }
}

/** Owns the thread. */
export class WorkerQueue<Task, Answer> {
  readonly #worker: Worker;
  /** One for each task that is not answered yet. */
  readonly #waiting: ((answer: WorkerAnswer<Answer>) => void)[] = [];
  #isLost = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on("message", (answer: Answer) => this.#settle({ kind: "answered", answer }));
    worker.on("error", (cause) => this.#lose(cause));
    worker.on("exit", () => this.#lose(undefined));
  }

  /** How many tasks are not answered yet. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** Whether the thread ended: it answers nothing more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** @param transfer memory that becomes the thread's own */
  ask(task: Task, transfer: readonly ArrayBuffer[] = []): Promise<WorkerAnswer<Answer>> {
    if (this.#isLost) return Promise.resolve({ kind: "lost", cause: undefined });
    this.#worker.ref();
    this.#worker.postMessage(task, [...transfer]);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer<Answer>): void {
    const resolve = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    resolve?.(answer);
  }

  #lose(cause: unknown): void {
    this.#isLost = true;
    for (const resolve of this.#waiting.splice(0)) resolve({ kind: "lost", cause });
  }
}

/** What these threads drop from one task to the next need not pile up. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;
