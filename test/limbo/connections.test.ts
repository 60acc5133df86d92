// x509-limbo and BetterTLS path building for real: served on loopback, and connected to with Pinion's client. Of the
// cases of BetterTLS about name constraints a sample; `npm run test:peers` takes all of them.

import { describe } from "vitest";
import { checkConnections } from "./check-connections.ts";
import { servableCases } from "./connections.ts";
import { readLimbo } from "./limbo.ts";

const cases = servableCases(readLimbo(new URL("limbo-visible.json", import.meta.url)));

describe("connections to a sample of x509-limbo's servers", () => {
  const isSampled = ({ id }: { readonly id: string }, at: number): boolean =>
    !id.startsWith("bettertls::nameconstraints::") || at % SAMPLED_EACH === 0;
  checkConnections(cases.filter(isSampled));
});

const SAMPLED_EACH = 10;
