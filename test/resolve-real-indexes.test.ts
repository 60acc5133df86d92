// Real indexes of 2020 with real backtracking: a valid answer, soon.

import { expect, test } from "vitest";

import { evaluateMarker } from "../src/pep/markers/evaluate.ts";
import { normalizeName } from "../src/pep/name.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { tryParseRequirement } from "../src/pep/requirements/requirement.ts";
import type { Requirement } from "../src/pep/requirements/requirement.ts";
import { rangeContains, rangeOf } from "../src/pep/versions/version-range.ts";
import { compareVersions, tryParseVersion } from "../src/pep/versions/version.ts";
import type { Provider } from "../src/resolve/provider.ts";
import type { ResolvedPackage } from "../src/resolve/graph.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { questionOf } from "./support/scenario.ts";
import { readVectors } from "./support/vectors.ts";
import { processorMs } from "./support/processor-time.ts";

interface RealIndex {
  readonly name: string;
  readonly requested: readonly string[];
  readonly index: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const { cases } = readVectors<{ cases: readonly RealIndex[] }>("resolver-real-indexes");

test.each(cases)("resolve() finds versions that fit in $name", async ({ requested, index }) => {
  const question = questionOf(requested, { python: "3.8.0" });
  const projects = new Map(Object.entries(index).map(([name, releases]) => [normalizeName(name), releases]));
  const start = processorMs();
  const { packages } = await resolve(question, providerOf(projects));
  // The target is a tenth of this; machines that run tests are busy.
  expect(processorMs() - start).toBeLessThan(10_000);
  const selected = new Map(packages.map((entry) => [entry.name, entry]));
  const { markers } = targetFor({ platform: "linux", pythonVersion: "3.8.0" });
  const isMet = (requirement: Requirement, extras: readonly string[]): boolean => {
    const found = selected.get(requirement.name);
    const applies =
      requirement.marker === undefined || evaluateMarker(requirement.marker, markers, { extras });
    return !applies || (found !== undefined && fits(requirement, found));
  };
  const unmet = [
    ...question.requirements.map(({ requirement }) => requirement).filter((entry) => !isMet(entry, [])),
    ...packages.flatMap(({ name, version, extras }) =>
      requirementsOf(projects.get(name), version.order).filter((entry) => !isMet(entry, extras)),
    ),
  ];
  expect(unmet).toEqual([]);
});

function providerOf(projects: ReadonlyMap<string, RealIndex["index"][string]>): Provider {
  return {
    listing: async (name) => {
      const releases = projects.get(name);
      if (releases === undefined) return { kind: "not-found" };
      const versions = Object.keys(releases).map(tryParseVersion);
      return {
        kind: "found",
        versions: versions
          .filter((version) => version !== undefined)
          .sort((first, second) => compareVersions(second, first))
          .map((version) => ({ version, yanked: false })),
      };
    },
    dependencies: async (name, version) => ({
      kind: "known",
      requires: requirementsOf(projects.get(name), version.order),
      providesExtra: [],
    }),
  };
}

function requirementsOf(
  releases: Readonly<Record<string, readonly string[]>> | undefined,
  order: string,
): readonly Requirement[] {
  const release = Object.entries(releases ?? {}).find(([text]) => tryParseVersion(text)?.order === order);
  return (release?.[1] ?? []).map(tryParseRequirement).filter((entry) => entry !== undefined);
}

function fits(requirement: Requirement, { version, extras }: ResolvedPackage): boolean {
  return (
    rangeContains(rangeOf(requirement.specifiers), version) &&
    requirement.extras.every((extra) => extras.includes(extra))
  );
}
