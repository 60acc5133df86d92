// Every chain of the matrix of clients over a real connection with Pinion's own client: what this runtime's engine can
// verify is accepted, what no client should take is refused, and an algorithm that the runtime lacks is named.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { connectTo } from "../support/served-chain.ts";
import type { ChainCase } from "../support/served-chain.ts";

interface MatrixCase extends ChainCase {
  readonly id: string;
  readonly expected_peer_name: { readonly value: string };
  readonly clients: Readonly<Record<string, { readonly verdict: "accept" | "refuse" }>>;
}

const document: { readonly cases: readonly MatrixCase[] } = JSON.parse(
  readFileSync(new URL("chains-and-verdicts.json", import.meta.url), "utf8"),
);

/** The matrix's column for this runtime; the newest one for what is newer. */
const ENGINE = `node-${[20, 22, 24].find((major) => process.versions.node.startsWith(`${major}.`)) ?? 26}`;

/** What is refused, by what the case is about, and how the refusal has to be called. */
const REFUSALS: readonly (readonly [pattern: RegExp, code: string, words: RegExp])[] = [
  [/\/sha1\/|md5/, "tls/weak-signature", /SHA-?1|MD5/i],
  [/CONTROL/, "tls/bad-signature", /signature/],
  [/absent in TBS/, "tls/malformed-certificate", /algorithm/],
  [/RSA-(512|768|1024|1280|1536|2047)\b/, "tls/weak-key", /RSA \d+/],
  [/sha3-/, "tls/unsupported-signature-algorithm", /SHA3-\d+/i],
  [/ML-DSA/i, "tls/unsupported-signature-algorithm", /ML-DSA/],
  // TLS has no signature scheme for such a key: RFC 8446 4.2.3.
  [/^leafkey\//, "tls/no-shared-cipher", /signature algorithm/],
];

describe("openConnection() to the chains of the matrix", () => {
  test.each(document.cases)("$id", async (matrixCase) => {
    const { id, clients, expected_peer_name: name } = matrixCase;
    const column = Object.keys(clients).find((client) => client.startsWith(ENGINE));
    const isVerified = clients[column ?? ""]?.verdict !== "refuse";
    const refusal = REFUSALS.find(([pattern]) => pattern.test(id));
    const isWeak = refusal?.[1].startsWith("tls/weak") === true;
    const verdict = await connectTo(matrixCase, name.value);
    if (isVerified && !isWeak) {
      expect(verdict).toMatchObject({ outcome: "accept", said: "" });
    } else {
      expect(verdict.outcome, verdict.said).toBe(refusal?.[1]);
      expect(verdict.said).toMatch(refusal?.[2] ?? /^$/);
    }
  });
});
