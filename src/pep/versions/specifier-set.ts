// Version specifiers as values (PEP 440).

import type { VersionRange } from "./interval.ts";
import type { Version } from "./version.ts";

export type SpecifierOperator = "~=" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "===";

/** One comparison. */
export interface Specifier {
  readonly operator: SpecifierOperator;
  /** The version as written (`1.0-alpha`, `1.0.*`), without white space. */
  readonly text: string;
  /** The version meant, without a trailing `.*`; undefined after `===` where the text is none. */
  readonly version: Version | undefined;
  /** Whether the version ends in `.*` and matches all that begin with it. */
  readonly isPrefix: boolean;
  /** All versions that it accepts; after `===`, which compares strings, all that could have the text. */
  readonly range: VersionRange;
}

/** Comparisons that hold together; none accepts everything. */
export interface SpecifierSet {
  /** Sorted, without duplicates and spaces. */
  readonly text: string;
  /** In the order of `text`. */
  readonly specifiers: readonly Specifier[];
}
