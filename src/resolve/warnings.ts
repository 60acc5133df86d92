// What a resolution warns of: extras that do not exist, yanked versions, and dependencies without a lower bound where
// the lowest versions are chosen.

import { firstFew } from "../base/text/first-few.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { Answers } from "./search/answers.ts";
import type { ResolvedPackage } from "./graph.ts";
import type { ResolutionInput } from "./input.ts";

/** Whole sentences without a full stop. */
export function warningsOf(
  packages: readonly ResolvedPackage[],
  { input, answers }: { readonly input: ResolutionInput; readonly answers: Answers },
): readonly string[] {
  const warnings: string[] = [];
  for (const { name, version, extras, url } of packages) {
    const answer = answers.knownDependencies(name, version);
    const provided = answer?.kind === "known" ? answer.providesExtra : extras;
    const known = new Set(provided);
    warnings.push(
      ...firstFew(
        extras.filter((extra) => !known.has(extra)),
        (extra) => `The package \`${name}==${version.text}\` does not have an extra named \`${extra}\``,
        (count) => `The package \`${name}==${version.text}\` does not have ${count} more of the extras`,
      ),
    );
    const listing = url === undefined ? answers.knownListing(name) : undefined;
    const listed =
      listing?.kind === "found"
        ? listing.versions.find((entry) => entry.version.order === version.order)
        : undefined;
    if (listed === undefined || listed.yanked === false) continue;
    const reason = listed.yanked.trim() === "" ? "" : ` (reason: "${listed.yanked.trim()}")`;
    warnings.push(`\`${name}==${version.text}\` is yanked${reason}`);
  }
  return input.resolution === "lowest"
    ? [...warnings, ...unboundedDependencies(packages, { input, answers })]
    : warnings;
}

/** Dependencies of dependencies for which nothing has a lower bound. */
function unboundedDependencies(
  packages: readonly ResolvedPackage[],
  { input, answers }: { readonly input: ResolutionInput; readonly answers: Answers },
): readonly string[] {
  const direct = new Set(
    [...input.requirements, ...(input.overrides ?? [])].map(({ requirement }) => requirement.name),
  );
  const bounded = new Set(
    [...(input.constraints ?? []), ...(input.overrides ?? [])]
      .map(({ requirement }) => requirement)
      .concat(
        packages.flatMap(({ name, version }) => {
          const answer = answers.knownDependencies(name, version);
          return answer?.kind === "known" ? answer.requires : [];
        }),
      )
      .filter(isBounded)
      .map(({ name }) => name),
  );
  // A project that is chosen twice, for different environments, is warned of twice, as by uv.
  return packages
    .map(({ name }) => name)
    .filter((name) => !direct.has(name) && !bounded.has(name))
    .map(
      (name) =>
        `The transitive dependency \`${name}\` is unpinned. Consider setting a lower bound with a constraint when using \`--resolution lowest\` to avoid using outdated versions.`,
    );
}

/** Whether a requirement leaves out the lowest versions. */
export function isBounded({ url, specifiers }: Requirement): boolean {
  return url !== undefined || specifiers.specifiers.some(({ operator }) => LOWER_BOUNDS.has(operator));
}

const LOWER_BOUNDS: ReadonlySet<string> = new Set(["==", "===", "~=", ">", ">="]);
