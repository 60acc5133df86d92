// Asks an index by the real command, changing nothing, and tells how it ended: for tests of trust, where one question
// counts.

import { join } from "node:path";
import type { CliOptions, World } from "./world.ts";

export interface IndexAnswer {
  /** `accept`, or the code of the error. */
  readonly outcome: string;
  readonly message: string;
  /** One line each, the nearest first. */
  readonly causes: readonly string[];
  readonly hints: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  /** Everything that a person sees. */
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

interface ErrorDocument {
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly causes: readonly string[];
    readonly hints: readonly string[];
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** Plans an installation of `wordlist`, a sample wheel of the laboratory, from the index at a URL. */
export async function tryIndex(
  world: World,
  url: string | undefined,
  { args = [], ...options }: CliOptions & { readonly args?: readonly string[] } = {},
): Promise<IndexAnswer> {
  const place = url === undefined ? [] : ["--index-url", url];
  const target = join(world.directory, "try-target");
  const words = ["pip", "install", "--json", "--dry-run", "--no-deps", "--retries", "0", "--target", target];
  const run = await world.run([...words, ...place, ...args, "wordlist"], options);
  const document: ErrorDocument = run.stdout.startsWith("{") ? JSON.parse(run.stdout) : {};
  const { code, message = "", causes = [], hints = [], details = {} } = document.error ?? {};
  return {
    outcome: code ?? (run.code === 0 ? "accept" : "no answer"),
    message: world.filter(message),
    causes: causes.map((cause) => world.filter(cause)),
    hints: hints.map((hint) => world.filter(hint)),
    details,
    stderr: world.filter(run.stderr),
    exitCode: run.code,
  };
}
