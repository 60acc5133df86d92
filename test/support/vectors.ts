// The conformance data of `test/vectors`: read as values, and compared case by case.
import { readFileSync } from "node:fs";
import { isPinionError } from "../../src/errors.ts";
import type { ErrorCode } from "../../src/errors.ts";

/** Reads `test/vectors/<name>.json`; integers that no double holds are `{"__bigint__": "…"}` there. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the one place that says which shape a file has
export function readVectors<Vectors>(name: string): Vectors {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8");
  const vectors: Vectors = JSON.parse(text, revive);
  return vectors;
}

/** A case that went wrong. */
export interface Mismatch {
  readonly input: unknown;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Every case whose actual value differs from the expected one, as JSON compares them. */
export function mismatches<Case>(
  cases: readonly Case[],
  compare: (testCase: Case) => { expected: unknown; actual: unknown },
): Mismatch[] {
  const found: Mismatch[] = [];
  for (const input of cases) {
    const { expected, actual } = compare(input);
    if (canonical(expected) !== canonical(actual)) found.push({ input, expected, actual });
  }
  return found;
}

/** The code of the PinionError that a function throws, undefined where it throws none; other errors go through. */
export function errorCode(run: () => unknown): ErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isPinionError(error)) return error.code;
    throw error;
  }
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part)) ?? "undefined"
  );
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("__bigint__" in value)) return value;
  return BigInt(String(value.__bigint__));
}
