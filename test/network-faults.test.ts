// A short part of the campaign of `npm run fuzz:network`: whatever a line does to a run, it ends with the right bytes or
// an explained error, and leaves nothing wrong in the cache.

import { expect, test } from "vitest";
import { casesOf } from "./support/cases.ts";
import { runCampaign } from "./support/fault-campaign.ts";

test("harmed lines lead to the right bytes or an explained error, and never to a poisoned cache", async () => {
  const { right, errors, violations } = await runCampaign({ runs: casesOf(200, 50) });
  expect(violations).toEqual([]);
  // Both happen, or the faults struck nothing.
  expect(right).toBeGreaterThan(10);
  expect(errors.size).toBeGreaterThan(2);
}, 900_000);
