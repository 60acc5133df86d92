import * as fc from "fast-check";
import { expect, test } from "vitest";

import { casesOf } from "../../../test/support/cases.ts";
import { installedDistribution } from "../../../test/support/installed-distribution.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import { fingerprintOf } from "./fingerprint.ts";

const url = fc.constantFrom(undefined, "https://files.example/a.whl", "file:///srv/a.whl");
const distribution = fc
  .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "1.0", "2"), url, fc.boolean())
  .map(([name, version, from, isEditable]): InstalledDistribution => ({
    ...installedDistribution(`${name} ${version}`, [], from),
    isEditable,
  }));
const environment = fc.array(distribution, { maxLength: 4 });
const RUNS = { numRuns: casesOf(10_000), seed: 20_261_129 };

test("the order in which distributions are found does not count", () => {
  fc.assert(
    fc.property(
      environment.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        expect(fingerprintOf(shuffled)).toBe(fingerprintOf(list));
      },
    ),
    RUNS,
  );
});

test("two environments have one fingerprint only where they hold the same", () => {
  const described = (list: readonly InstalledDistribution[]): string =>
    list
      .map(({ name, version, directUrl, isEditable }) =>
        JSON.stringify([name, version.text, directUrl?.url, isEditable]),
      )
      .toSorted()
      .join();
  fc.assert(
    fc.property(environment, environment, (one, other) => {
      expect(fingerprintOf(one) === fingerprintOf(other)).toBe(described(one) === described(other));
    }),
    RUNS,
  );
});

test("says nothing of the environment's place", () => {
  const here = installedDistribution("a 1");
  expect(fingerprintOf([{ ...here, directory: "/elsewhere/a-1.dist-info" }])).toBe(fingerprintOf([here]));
  expect(fingerprintOf([{ ...here, directory: "A-1.dist-info" }])).not.toBe(fingerprintOf([here]));
});
