// What a resolution warns of: extras that do not exist, yanked versions, and requirements without a lower bound where
// the lowest versions are chosen.

import type { Answers } from "./answers.ts";
import type { ResolvedPackage } from "./graph.ts";
import type { ResolutionInput } from "./input.ts";

/** Whole sentences without a full stop. */
export function warningsOf(
  packages: readonly ResolvedPackage[],
  { input, answers }: { readonly input: ResolutionInput; readonly answers: Answers },
): readonly string[] {
  const warnings = input.resolution === "highest" ? [] : [...unboundedNames(input)].map(unboundedWarning);
  for (const { name, version, extras, url } of packages) {
    const answer = answers.knownDependencies(name, version);
    const provided = answer?.kind === "known" ? answer.providesExtra : extras;
    for (const extra of extras.filter((entry) => !provided.includes(entry))) {
      warnings.push(`The package \`${name}==${version.text}\` does not have an extra named \`${extra}\``);
    }
    const listing = url === undefined ? answers.knownListing(name) : undefined;
    const listed =
      listing?.kind === "found"
        ? listing.versions.find((entry) => entry.version.order === version.order)
        : undefined;
    if (listed === undefined || listed.yanked === false) continue;
    const reason = listed.yanked.trim() === "" ? "" : ` (reason: "${listed.yanked.trim()}")`;
    warnings.push(`\`${name}==${version.text}\` is yanked${reason}`);
  }
  return warnings;
}

/** Direct dependencies without a lower bound, which "lowest" takes literally. */
function unboundedNames({ requirements }: ResolutionInput): ReadonlySet<string> {
  const hasLowerBound = (name: string): boolean =>
    requirements.some(
      ({ requirement }) =>
        requirement.name === name &&
        (requirement.url !== undefined ||
          requirement.specifiers.specifiers.some(({ operator }) => LOWER_BOUNDS.has(operator))),
    );
  return new Set(
    requirements.map(({ requirement }) => requirement.name).filter((name) => !hasLowerBound(name)),
  );
}

function unboundedWarning(name: string): string {
  return `The direct dependency \`${name}\` is unpinned. Consider setting a lower bound when using \`--resolution lowest\` or \`--resolution lowest-direct\` to avoid using outdated versions`;
}

const LOWER_BOUNDS: ReadonlySet<string> = new Set(["==", "===", "~=", ">", ">="]);
