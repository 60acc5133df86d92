// x509-limbo through Pinion's own path search: in the usual profile (what Pinion does), and in the strict one, in which
// every finding refuses. A divergence that no exception explains fails, and so does an exception that explains none.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { readLimbo, runLimboCase, type LimboCase, type LimboOutcome } from "./limbo.ts";

/** Explains divergences that fit all of its conditions. */
interface Exception {
  readonly id?: string;
  readonly feature?: string;
  /** The id of a case that this one contradicts begins so. */
  readonly conflict?: string;
  readonly expected?: "SUCCESS" | "FAILURE";
  /** The finding that refused. */
  readonly rule?: string;
  /** It was accepted with a lesser finding. */
  readonly minor?: boolean;
  /** No case of the visible part needs it. */
  readonly unseen?: boolean;
  readonly reason: string;
}

interface Result {
  readonly limboCase: LimboCase;
  readonly outcome: LimboOutcome;
}

const cases = readLimbo(new URL("limbo-visible.json", import.meta.url));
const exceptions: Readonly<Record<"strict" | "usual", readonly Exception[]>> = JSON.parse(
  readFileSync(new URL("exceptions.json", import.meta.url), "utf8"),
);
const now = new Date();
const isBetterTls = ({ id }: LimboCase): boolean => id.startsWith("bettertls::");

describe.each(["strict", "usual"] as const)("x509-limbo, %s profile", (profile) => {
  // BetterTLS asks what clients do; its certificates break the profiles on purpose.
  const results = cases
    .filter((limboCase) => profile === "usual" || !isBetterTls(limboCase))
    .map((limboCase) => ({ limboCase, outcome: runLimboCase(limboCase, profile, now) }));
  const divergences = results.filter(({ limboCase, outcome }) => outcome.result !== limboCase.expected_result);

  it("explains every divergence", () => {
    const unexplained = divergences.filter((result) => !exceptions[profile].some((exception) => explains(exception, result)));
    expect(unexplained.map(({ limboCase, outcome }) => `${limboCase.id}: expected ${limboCase.expected_result}; ${outcome.why}`)).toEqual([]);
  });

  it("has no exception that explains nothing", () => {
    const idle = exceptions[profile].filter((exception) => exception.unseen !== true && !divergences.some((result) => explains(exception, result)));
    expect(idle).toEqual([]);
  });

  it("has no exception by name for a case that passes", () => {
    const diverging = new Set(divergences.map(({ limboCase }) => limboCase.id));
    const passing = new Set(results.map(({ limboCase }) => limboCase.id).filter((id) => !diverging.has(id)));
    expect(exceptions[profile].filter(({ id }) => id !== undefined && passing.has(id))).toEqual([]);
  });

  it("agrees with BetterTLS to the last case", () => {
    expect(divergences.filter(({ limboCase }) => isBetterTls(limboCase)).map(({ limboCase }) => limboCase.id)).toEqual([]);
  });
});

it("a hostile chain takes no longer than the budget of a search", () => {
  const slow = cases.filter(({ features }) => features.includes("denial-of-service"));
  for (const limboCase of slow) expect(runLimboCase(limboCase, "usual", now).durationMs, limboCase.id).toBeLessThan(SLOWEST_MS);
});

function explains(exception: Exception, { limboCase, outcome }: Result): boolean {
  const { id, feature, conflict, expected, rule, minor } = exception;
  return (
    (id === undefined || limboCase.id === id) &&
    (feature === undefined || limboCase.features.includes(feature)) &&
    (conflict === undefined || limboCase.conflicts_with.some((other) => other.startsWith(conflict))) &&
    (expected === undefined || limboCase.expected_result === expected) &&
    (rule === undefined || outcome.why.startsWith(`${rule}:`)) &&
    (minor !== true || outcome.minor.length > 0)
  );
}

/** The design wants 250 ms; machines that run many tests at once take several times as long. */
const SLOWEST_MS = 10_000;
