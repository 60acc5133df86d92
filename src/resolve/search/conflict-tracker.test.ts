import { expect, test } from "vitest";

import { fullRange } from "../../pep/versions/version-range.ts";
import { ConflictTracker } from "./conflict-tracker.ts";
import type { Incompatibility } from "./incompatibility.ts";
import { PackageTable, projectPackage } from "../package.ts";
import { positive } from "./term.ts";

const packages = new PackageTable();
const first = packages.idOf(projectPackage("a"));
const second = packages.idOf(projectPackage("b"));
const extra = packages.idOf(projectPackage("a", "x"));

function conflictOf(...ids: readonly number[]): Incompatibility {
  const terms = ids.map((id) => ({ package: id, term: positive(fullRange()) }));
  return { id: 0, terms, cause: { kind: "no-versions" } };
}

test("ConflictTracker moves both sides at the fifth conflict, once", () => {
  const tracker = new ConflictTracker(packages);
  const counted = Array.from({ length: 7 }, () => {
    tracker.record(first, conflictOf(first, second), first);
    return tracker.takeDue();
  });
  const none = { earlier: [], later: [] };
  expect(counted).toEqual([none, none, none, none, { earlier: [first], later: [second] }, none, none]);
});

test("ConflictTracker does not count a project against its own extra", () => {
  const tracker = new ConflictTracker(packages);
  for (let count = 0; count < 9; count++) tracker.record(first, conflictOf(first, extra), first);
  expect(tracker.takeDue()).toEqual({ earlier: [], later: [] });
});
