// The thread that runs one proxy script. A script may loop, allocate or match patterns for as long as it likes: at its bound
// the thread is ended from outside, and the program goes on answering meanwhile.

import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

import { ownRequire } from "../../base/files/own-require.ts";
import { matchesShellPattern } from "../../base/text/shell-pattern.ts";
import { systemCode } from "../../errors.ts";

export interface PacThreadOptions {
  readonly source: string;
  /** For reading the script, and for each answer; longer ends the thread. */
  readonly maxRunMs: number;
  /** What `myIpAddress()` answers. */
  readonly ownAddress: string;
}

/** The script took longer than its bound, or more memory, or could not begin. */
class PacThreadEnded extends Error {
  override readonly name = "PacThreadEnded";
}

type Answer =
  | { readonly id: number; readonly answer?: unknown }
  | { readonly id: number; readonly failure: string };

/** Owns the thread; it is started with the first question, and again after it was ended. */
export class PacThread {
  readonly #options: PacThreadOptions;
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #worker: Worker | undefined;
  #ready: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(options: PacThreadOptions) {
    this.#options = options;
  }

  /** Reads the script without asking it. @throws PacThreadEnded, and what the script throws */
  async compile(): Promise<void> {
    await this.#ask({});
  }

  /** What `FindProxyForURL` answers: anything. @throws PacThreadEnded, and what the script throws */
  find(url: string, host: string): Promise<unknown> {
    return this.#ask({ url, host });
  }

  close(): void {
    this.#end(new PacThreadEnded("it was not needed any more"));
  }

  async #ask(question: { readonly url?: string; readonly host?: string }): Promise<unknown> {
    const worker = this.#start();
    await this.#ready;
    const { maxRunMs } = this.#options;
    return await this.#exchange(worker, question, maxRunMs);
  }

  async #exchange(worker: Worker, question: object, maxMs: number): Promise<unknown> {
    const id = (this.#count += 1);
    const timer = setTimeout(
      () => this.#end(new PacThreadEnded(`it takes longer than ${maxMs / 1000} seconds`), worker),
      maxMs,
    );
    try {
      const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
      worker.ref();
      worker.postMessage({ id, ...question }, []);
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    }
  }

  #start(): Worker {
    if (this.#worker === undefined) {
      const { source, ownAddress } = this.#options;
      const worker = new Worker(THREAD, {
        eval: true,
        env: {},
        execArgv: [],
        stderr: true,
        stdout: true,
        resourceLimits: HEAP_LIMITS,
        workerData: {
          source,
          ownAddress,
          memoryLimit: MAX_SCRIPT_MEMORY_BYTES,
          maxFailureLength: MAX_FAILURE_LENGTH,
          resolver: moduleUrl("pac-resolver"),
          machine: moduleUrl("quickjs-wasi"),
          matches: matchesShellPattern.toString(),
        },
      });
      worker.on("message", (answer: Answer) => this.#settle(answer));
      worker.on("error", (cause) => this.#end(new PacThreadEnded(cause.message, { cause }), worker));
      worker.on("exit", () => this.#end(new PacThreadEnded("its thread ended"), worker));
      this.#worker = worker;
      // Loading the sandbox is not the script's doing, and takes long on a machine with much to do.
      this.#ready = this.#exchange(worker, { isLoading: true }, MAX_LOAD_MS);
      this.#ready.catch(() => undefined);
    }
    return this.#worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if ("failure" in answer) waiting?.reject(new Error(answer.failure));
    else waiting?.resolve(answer.answer);
  }

  #end(reason: PacThreadEnded, worker: Worker | undefined = this.#worker): void {
    if (worker === undefined || worker !== this.#worker) return;
    this.#worker = undefined;
    void worker.terminate();
    for (const waiting of this.#waiting.values()) waiting.reject(reason);
  }
}

function moduleUrl(name: string): string {
  try {
    return pathToFileURL(ownRequire().resolve(name)).href;
  } catch (cause) {
    if (systemCode(cause) !== "MODULE_NOT_FOUND") throw cause;
    throw new PacThreadEnded(`the package \`${name}\` is not installed beside the program`, { cause });
  }
}

/** Runs in the thread. Nothing of the script leaves the sandbox but its answer; `alert` prints nothing. */
const THREAD = `"use strict";
const { parentPort, workerData } = require("node:worker_threads");
const { source, ownAddress, memoryLimit, maxFailureLength, resolver, machine, matches } = workerData;
const matchesShellPattern = eval("(" + matches + ")");
const modules = Promise.all([import(resolver), import(machine)]);
const load = async () => {
  const [{ createPacResolver }, { QuickJS }] = await modules;
  const sandbox = {
    alert: () => undefined,
    myIpAddress: () => ownAddress,
    shExpMatch: (text, pattern) => matchesShellPattern(String(text), String(pattern)),
  };
  return createPacResolver(await QuickJS.create({ memoryLimit }), source, { sandbox });
};
let script;
parentPort.on("message", async ({ id, isLoading, url, host }) => {
  try {
    await modules;
    if (isLoading) return parentPort.postMessage({ id });
    script ??= load();
    const find = await script;
    const answer = url === undefined ? undefined : await find(new URL(url), host);
    parentPort.postMessage({ id, answer: typeof answer === "string" ? answer : undefined });
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    parentPort.postMessage({ id, failure: failure.slice(0, maxFailureLength) });
  }
});
`;

const MAX_LOAD_MS = 60_000;
/** The text of an error is the script's. */
const MAX_FAILURE_LENGTH = 1000;
const MAX_SCRIPT_MEMORY_BYTES = 32 * 1024 * 1024;
/** For what surrounds the sandbox: the syntax tree of a script of 1 MiB takes most of it. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 } as const;
