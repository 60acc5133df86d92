// Laws of plans as values, over random sources of every kind, removals and builds.

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { casesOf } from "../../../test/support/cases.ts";
import { targetFor } from "../../pep/tags/target.ts";
import type { Source } from "../../sources/source.ts";
import { changesOf, parsePlan, PLAN_FORMAT, type ChangePlan, type PlannedInstall } from "./value.ts";

const name = fc.constantFrom("alpha", "beta", "gamma", "delta");
const version = fc.constantFrom("1", "1.0", "2.0rc1", "2!3.0+local.1");
/** Strings as a server may send them. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom("\u0000", "\u2028", '"', "\\", "é", "😀"),
);
const hashes = fc.dictionary(fc.constantFrom("sha256", "sha512", "md5"), fc.constantFrom("ab", "cd"), {
  maxKeys: 2,
});
const url = text.map(
  (part) => `https://files.example/${encodeURIComponent(part.replaceAll(/\p{Cs}/gu, ""))}`,
);
const size = fc.option(fc.nat(), { nil: undefined });
const sources: fc.Arbitrary<Source> = fc.oneof(
  fc.record({ name, version, filename: text, url, hashes, size }).map((facts): Source => ({
    kind: "index",
    ...plain(facts),
    index: { url: "https://index.example/simple", kind: "simple" },
    metadata: false,
    yanked: false,
  })),
  fc
    .record({ name, version, filename: text, url, hashes, size })
    .map((facts): Source => ({ kind: "direct", ...plain(facts) })),
  fc
    .record({ filename: text, url, hashes, size })
    .map((facts): Source => ({ kind: "sdist", ...plain(facts) })),
  fc
    .record({ url, commit: fc.option(fc.constant("0".repeat(40)), { nil: undefined }) })
    .map((facts): Source => ({ kind: "git", ...plain(facts) })),
  fc.record({ url, isEditable: fc.boolean() }).map((facts): Source => ({ kind: "directory", ...facts })),
);
const install: fc.Arbitrary<PlannedInstall> = fc
  .record({
    name,
    version,
    isRequested: fc.boolean(),
    source: sources,
    hashes: fc.array(fc.constantFrom("sha256:ab", "sha256:cd"), { maxLength: 2 }),
    directUrl: fc.option(
      url.map((place) => ({ kind: "archive" as const, url: place, hashes: {} })),
      { nil: undefined },
    ),
  })
  .map(plain);
const removal = fc
  .record({
    name,
    version,
    kind: fc.constantFrom("dist-info" as const, "egg-info" as const),
    directory: text,
    url: fc.option(url, { nil: undefined }),
  })
  .map(plain);
const plans: fc.Arbitrary<ChangePlan> = fc
  .record({
    path: text,
    linkMode: fc.constantFrom("clone" as const, "copy" as const, "symlink" as const),
    install: fc.uniqueArray(install, { maxLength: 4, selector: (planned) => planned.name }),
    remove: fc.array(removal, { maxLength: 4 }),
    refresh: fc.oneof(fc.constant("all" as const), fc.array(name, { maxLength: 2 })),
    warnings: fc.array(text, { maxLength: 2 }),
  })
  .map(({ path, ...facts }) => ({
    kind: "changes",
    format: PLAN_FORMAT,
    destination: { kind: "directory", path, target: TARGET },
    keep: [],
    fingerprint: "0".repeat(64),
    indexes: [],
    ...facts,
  }));

const RUNS = { numRuns: casesOf(10_000), seed: 20_261_129 };

test("a plan is the same after JSON", () => {
  fc.assert(
    fc.property(plans, (plan) => {
      expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    }),
    RUNS,
  );
});

test("changes are sorted, each thing that is installed is one of them, and nothing is both removed and reinstalled", () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const changes = changesOf(plan);
      const names = changes.map((change) => change.name);
      expect(names).toEqual(names.toSorted());
      const come = changes.filter(({ action }) => action !== "removed");
      expect(come.map((change) => change.name)).toEqual(
        plan.install.map((planned) => planned.name).toSorted(),
      );
      for (const { action, ...what } of changes.filter((change) => change.action === "reinstalled"))
        expect(changes).not.toContainEqual({
          ...what,
          action: action === "reinstalled" ? "removed" : action,
        });
    }),
    RUNS,
  );
});

/** Without what is undefined, as Pinion makes its values. */
function plain<T extends object>(facts: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

const TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });
