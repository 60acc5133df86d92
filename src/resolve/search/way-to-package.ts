// Which decided packages lead to one whose needs cannot be found out, for a hint in uv's words.

import { isPinionError, PinionError } from "../../errors.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import { formatRange, isFullRange, rangeContains } from "../../pep/versions/version-range.ts";
import type { Version } from "../../pep/versions/version.ts";
import { formatPackage, type PackageId } from "../package.ts";
import type { Solver } from "./solver.ts";

/** The same failure, with a hint that says what requires the version that it is about. */
export function withWay(
  error: unknown,
  solver: Solver,
  { package: packageId, version }: { readonly package: PackageId; readonly version: Version },
): unknown {
  if (!isPinionError(error) || error.code === "net/cancelled") return error;
  const [first, ...further] = wayTo(solver, packageId, version);
  if (first === undefined) return error;
  const name = formatPackage(solver.packages.packageOf(packageId));
  const words = [`\`${name}\` (v${version.text}) was included because`];
  words.push(`\`${first.name}\` (v${first.version.text}) depends on`);
  let { range } = first;
  for (const step of further) {
    words.push(`\`${step.name}${rangeText(range)}\` (v${step.version.text}) which depends on`);
    ({ range } = step);
  }
  words.push(`\`${name}${rangeText(range)}\``);
  const { code, message, details, hints, cause } = error;
  return new PinionError(code, message, { details, hints: [words.join(" "), ...hints], cause });
}

/** A decided package, and the versions of the next one that it requires. */
interface Step {
  readonly name: string;
  readonly version: Version;
  readonly range: VersionRange;
}

interface Steps {
  readonly step: Step;
  readonly next: Steps | undefined;
}

/** A package that is to be led back to the root, and the steps from it. */
interface Place {
  readonly package: PackageId;
  readonly version: Version;
  readonly steps: Steps | undefined;
}

/** From what the user requires to a package; empty where the user requires it, or nothing that is decided leads there. */
function wayTo(solver: Solver, packageId: PackageId, version: Version): readonly Step[] {
  const decided = new Map(solver.solution.decisions());
  const seen = new Set<PackageId>([packageId]);
  // Depth first, without recursion: a way may be as long as there are packages.
  const open: Place[] = [{ package: packageId, version, steps: undefined }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const found: Place[] = [];
    for (const { dependent, versions, range } of solver.dependentsOf(place.package)) {
      const packageValue = solver.packages.packageOf(dependent);
      // A proxy stands for a package with an extra or a marker, and has its version, also before it is decided.
      const isProxy = packageValue.kind === "proxy";
      const chosen = isProxy ? place.version : decided.get(dependent);
      if (chosen === undefined || !rangeContains(range, place.version)) continue;
      if (!rangeContains(versions, chosen)) continue;
      if (packageValue.kind === "root") return listed(place.steps);
      if (packageValue.kind === "python" || seen.has(dependent)) continue;
      seen.add(dependent);
      const { name, extra } = packageValue;
      const step = { name: extra === undefined ? name : `${name}[${extra}]`, version: chosen, range };
      const steps = isProxy ? place.steps : { step, next: place.steps };
      found.push({ package: dependent, version: chosen, steps });
    }
    open.push(...found.toReversed());
  }
  return [];
}

function listed(steps: Steps | undefined): readonly Step[] {
  const list: Step[] = [];
  for (let at = steps; at !== undefined; at = at.next) list.push(at.step);
  return list;
}

function rangeText(range: VersionRange): string {
  return isFullRange(range) ? "" : formatRange(range).join(" | ").replaceAll(",", ", ");
}
