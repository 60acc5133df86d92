// `--no-binary` and `--only-binary`: names of projects, `:all:` and `:none:`, as pip takes them.

import { normalizeName } from "./name.ts";

/** Projects by name, or all of them (`:all:`). */
export interface NameSet {
  readonly isForAll: boolean;
  readonly names: ReadonlySet<string>;
}

/** Which projects are to be built, and which are not. */
export interface NamedFormats {
  readonly noBinary?: NameSet | undefined;
  readonly onlyBinary?: NameSet | undefined;
}

/** Reads values in order, several to a value where commas part them; `:none:` empties what came before. */
export function parseNameSet(values: readonly string[]): NameSet {
  let isForAll = false;
  let names = new Set<string>();
  for (const value of values.flatMap((text) => text.split(",")).map((text) => text.trim())) {
    if (value === ":all:") isForAll = true;
    else if (value === ":none:") [isForAll, names] = [false, new Set()];
    else if (value !== "") names.add(normalizeName(value));
  }
  return { isForAll, names };
}

/** Whether a set holds a project; what is not said holds none. */
function isInNames(set: NameSet | undefined, name: string): boolean {
  return set !== undefined && (set.isForAll || set.names.has(name));
}

/** The projects of several sets; what is not said holds none. */
export function uniteNames(...sets: readonly (NameSet | undefined)[]): NameSet {
  return {
    isForAll: sets.some((set) => set?.isForAll === true),
    names: new Set(sets.flatMap((set) => [...(set?.names ?? [])])),
  };
}

/** `--only-binary NAME` takes a project out of `--no-binary :all:`, as in pip and uv. */
export function areWheelsLeftOut({ onlyBinary, noBinary }: NamedFormats, name: string): boolean {
  if (noBinary?.isForAll === true && onlyBinary?.isForAll !== true && onlyBinary?.names.has(name) === true)
    return false;
  return isInNames(noBinary, name);
}

/** `--no-binary NAME` takes a project out of `--only-binary :all:`, as in pip and uv. */
export function isBuildForbidden({ onlyBinary, noBinary }: NamedFormats, name: string): boolean {
  if (onlyBinary?.isForAll === true && noBinary?.isForAll !== true && noBinary?.names.has(name) === true)
    return false;
  return isInNames(onlyBinary, name);
}
