// A wheel whose bytes are not those that were promised, reported as uv does: which package, what was expected, what came.

import { isPinionError, PinionError } from "../../errors.ts";

/** What was being fetched: `flask==3.0.0`, or `flask @ https://…`. */
export interface Fetched {
  readonly subject: string;
  readonly isLocal: boolean;
  /** The place in a lock file that states what is expected. */
  readonly listedAt?: string | undefined;
}

/** Waits for a fetch; a digest that does not fit is reported as a failure of the package. */
export async function explainingMismatch<T>(fetch: Promise<T>, fetched: () => Fetched): Promise<T> {
  try {
    return await fetch;
  } catch (error) {
    // What a build needed was fetched inside this, and is named already.
    if (isPinionError(error) && error.details["subject"] !== undefined) throw error;
    if (isPinionError(error, "wheel/hash-mismatch")) throw mismatchOf(error, fetched());
    if (isPinionError(error, "wheel/size-mismatch")) throw sizeMismatchOf(error, fetched());
    throw error;
  }
}

function sizeMismatchOf(error: PinionError, { subject, isLocal, listedAt }: Fetched): PinionError {
  return new PinionError(error.code, `Failed to ${isLocal ? "read" : "download"} \`${subject}\``, {
    details: { ...error.details, subject },
    cause: error,
    hints: listedAt === undefined ? [] : [`The expected size is given by \`${listedAt}\``],
  });
}

function mismatchOf(error: PinionError, { subject, isLocal, listedAt }: Fetched): PinionError {
  const { algorithm, expected, actual, origin, url } = error.details;
  const stating = listedAt === undefined ? String(origin) : `\`${listedAt}\``;
  // Without both digests there is nothing to hold against each other: an algorithm that cannot be computed here.
  if (typeof expected !== "string" || typeof actual !== "string") return error;
  const list = (digests: string): string =>
    digests
      .split(" or ")
      .map((digest) => `  ${String(algorithm)}:${digest}`)
      .join("\n");
  return new PinionError("wheel/hash-mismatch", `Failed to ${isLocal ? "read" : "download"} \`${subject}\``, {
    details: { ...error.details, subject },
    cause: new Error(
      `Hash mismatch for \`${subject}\`\n\nExpected:\n${list(expected)}\n\nComputed:\n${list(actual)}`,
    ),
    hints: [
      `The expected hash is given by ${stating}; \`${String(url)}\` has other contents, and nothing of them was kept`,
    ],
  });
}
