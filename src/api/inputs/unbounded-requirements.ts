// What the user requires without a lower bound, where the lowest versions are chosen: uv warns of it before it resolves.

import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import type { MarkerEnvironment } from "../../pep/markers/expression.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import { isBounded } from "../../resolve/warnings.ts";
import type { Inputs } from "../../sources/requested.ts";

/**
 * The warnings, a sentence each.
 *
 * @param environment The one environment; undefined for all, where projects stand by name.
 */
export function unboundedRequirements(
  { requirements, constraints, overrides, excludes }: Inputs,
  environment: MarkerEnvironment | undefined,
): readonly string[] {
  const applies = ({ marker }: Requirement): boolean =>
    marker === undefined || environment === undefined || evaluateMarker(marker, environment);
  const named = (list: Inputs["requirements"]): readonly Requirement[] =>
    list.flatMap((entry) => (entry.kind === "named" ? [entry.requirement] : []));
  const replacing = named(overrides);
  const replaced = new Set(replacing.map(({ name }) => name));
  const required = named(requirements)
    .flatMap((requirement) =>
      replaced.has(requirement.name)
        ? replacing.filter(({ name }) => name === requirement.name)
        : [requirement],
    )
    .filter((requirement) => applies(requirement) && !excludes.includes(requirement.name));
  const bounded = new Set(
    [...required, ...named(constraints).filter(applies)].filter(isBounded).map(({ name }) => name),
  );
  const names = [...new Set(required.map(({ name }) => name))].filter((name) => !bounded.has(name));
  return (environment === undefined ? names.toSorted() : names).map(
    (name) =>
      `The direct dependency \`${name}\` is unpinned. Consider setting a lower bound when using \`--resolution lowest\` or \`--resolution lowest-direct\` to avoid using outdated versions.`,
  );
}
