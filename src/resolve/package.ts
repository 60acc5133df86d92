// What the solver decides about: the root, Python itself, projects and their extras. See docs/solver.md#packages.

import { compareText } from "../base/compare-text.ts";

/**
 * A package in the solver's sense.
 *
 * - `root`: the requirements of the user.
 * - `python`: the Python that is resolved for; nothing ever satisfies a demand on it, so a demand is a refusal.
 * - `project`: a distribution; with `extra`, what that extra asks for beyond the plain distribution.
 * - `extra`: what `name[extra]` means in a requirement: the project and its extra, both at one version.
 */
export type SolverPackage =
  | { readonly kind: "root" }
  | { readonly kind: "python" }
  | { readonly kind: "project"; readonly name: string; readonly extra: string | undefined }
  | { readonly kind: "extra"; readonly name: string; readonly extra: string };

/** The number of a package inside one solver; smaller means seen earlier. */
export type PackageId = number;

/** The package of a plain distribution. */
export function projectPackage(name: string, extra?: string): SolverPackage {
  return { kind: "project", name, extra };
}

/** The name of the project that a package belongs to; `undefined` for the root and Python. */
export function projectName(packageValue: SolverPackage): string | undefined {
  switch (packageValue.kind) {
    case "root":
    case "python":
      return undefined;
    case "project":
    case "extra":
      return packageValue.name;
  }
}

/** A package as explanations write it: `flask`, `flask[async]`, `Python`. */
export function formatPackage(packageValue: SolverPackage): string {
  switch (packageValue.kind) {
    case "root":
      return "root";
    case "python":
      return "Python";
    case "project":
      return packageValue.extra === undefined
        ? packageValue.name
        : `${packageValue.name}[${packageValue.extra}]`;
    case "extra":
      return `${packageValue.name}[${packageValue.extra}]`;
  }
}

/** Orders packages for explanations: root, Python, projects by name, then extras. */
export function comparePackages(first: SolverPackage, second: SolverPackage): number {
  const byKind = KIND_ORDER.indexOf(first.kind) - KIND_ORDER.indexOf(second.kind);
  if (byKind !== 0) return byKind;
  const [firstText, secondText] = [formatPackage(first), formatPackage(second)];
  const [firstName, secondName] = [projectName(first) ?? "", projectName(second) ?? ""];
  return compareText(firstName, secondName) || compareText(firstText, secondText);
}

/** Gives every package of one resolution its number, in the order in which they are first named. */
export class PackageTable {
  readonly #packages: SolverPackage[] = [];
  readonly #ids = new Map<string, PackageId>();

  /** The number of a package; a new one where it was never named before. */
  idOf(packageValue: SolverPackage): PackageId {
    const key = packageValue.kind === "extra" ? `+${formatPackage(packageValue)}` : keyOf(packageValue);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#packages.length;
    this.#packages.push(packageValue);
    this.#ids.set(key, id);
    return id;
  }

  /** The package of a number that {@link idOf} gave. */
  packageOf(id: PackageId): SolverPackage {
    return this.#packages[id]!;
  }
}

function keyOf(packageValue: SolverPackage): string {
  // No project name holds a colon, so these cannot meet one.
  return packageValue.kind === "project" ? formatPackage(packageValue) : `:${packageValue.kind}`;
}

const KIND_ORDER: readonly SolverPackage["kind"][] = ["root", "python", "project", "extra"];
