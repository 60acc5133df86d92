// What the solver decides about: the root, Python itself, projects and their extras. See docs/solver.md#packages.

import { compareText } from "../base/values/compare-text.ts";

/**
 * A package in the solver's sense.
 *
 * - `root`: the requirements of the user.
 * - `python`: the Python that is resolved for; nothing ever satisfies a demand on it, so a demand is a refusal.
 * - `project`: a distribution; with `extra`, what that extra asks for beyond the plain distribution; with `marker`, the same
 *   once more, as what a requirement with that marker leads to.
 * - `proxy`: what a requirement with extras or with a marker means: the project with and without them, all at one version.
 */
export type SolverPackage =
  | { readonly kind: "root" }
  | { readonly kind: "python" }
  | ({ readonly kind: "project" } & ProjectVariant)
  | ({ readonly kind: "proxy" } & ProjectVariant);

interface ProjectVariant {
  readonly name: string;
  readonly extra: string | undefined;
  /** `undefined` where there is none, or one that always holds. */
  readonly marker: PackageMarker | undefined;
}

/** The marker of a requirement, apart from what it says about extras; equal ones of a resolution are one object. */
export interface PackageMarker {
  readonly id: number;
  /** Without what holds for every Python of the resolution; empty where nothing else is left. */
  readonly text: string;
}

/** The number of a package inside one solver; smaller means seen earlier. */
export type PackageId = number;

/** The package of a plain distribution. */
export function projectPackage(name: string, extra?: string, marker?: PackageMarker): SolverPackage {
  return { kind: "project", name, extra, marker };
}

/** What a requirement with an extra, with a marker, or with both means. */
export function proxyPackage(
  name: string,
  variant: { readonly extra?: string | undefined; readonly marker: PackageMarker | undefined },
): SolverPackage {
  return { kind: "proxy", name, extra: variant.extra, marker: variant.marker };
}

/** The name of the project that a package belongs to; `undefined` for the root and Python. */
export function projectName(packageValue: SolverPackage): string | undefined {
  switch (packageValue.kind) {
    case "root":
    case "python":
      return undefined;
    case "project":
    case "proxy":
      return packageValue.name;
  }
}

/** A package as explanations write it: `flask`, `flask[async]`, `flask{sys_platform == 'win32'}`, `Python`. */
export function formatPackage(packageValue: SolverPackage): string {
  switch (packageValue.kind) {
    case "root":
      return "root";
    case "python":
      return "Python";
    case "project":
    case "proxy": {
      const { kind, name, extra, marker } = packageValue;
      const subject = extra === undefined ? name : `${name}[${extra}]`;
      const isMarked =
        marker !== undefined && marker.text !== "" && (kind === "project" || extra === undefined);
      return isMarked ? `${subject}{${marker.text}}` : subject;
    }
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
    const key = keyOf(packageValue);
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
  if (packageValue.kind === "root" || packageValue.kind === "python") return packageValue.kind;
  // No name holds one of these signs, and each variant has the first two.
  const { kind, name, extra = "", marker } = packageValue;
  return `${name}[${extra}${kind === "proxy" ? "+" : "]"}${marker?.id ?? ""}`;
}

const KIND_ORDER: readonly SolverPackage["kind"][] = ["root", "python", "project", "proxy"];
