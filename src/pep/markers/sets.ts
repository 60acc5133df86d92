// Sets of environments, described by markers and interned: equal sets are one value, compared by `===`. They are what a
// resolution for all environments at once works with. Environments that cannot exist (`os_name == "nt"` on Linux) count
// for nothing: a set of only such is the empty set.

import { minimalMarker } from "./clauses.ts";
import { Diagram } from "./diagram.ts";
import type { Node, Place } from "./diagram.ts";
import { restrictTo, simplifyWithin } from "./within.ts";
import { evaluateMarker } from "./evaluate.ts";
import { NOWHERE, type Marker, type MarkerComparison, type MarkerField } from "./expression.ts";
import { emptyRange, fullRange, rangeBetween, uniteRanges } from "../versions/version-range.ts";
import type { Bound, VersionRange } from "../versions/interval.ts";

/** A set of environments of one {@link MarkerSets}. */
export type MarkerSet = Node;

/** What a marker comes to: a simpler marker, or its constant value. */
export type SimplifiedMarker = Marker | boolean;

/** The sets of one resolution. */
export class MarkerSets {
  readonly #diagram: Diagram;
  /** The pairs of values that no system has; undefined until it matters. */
  #impossible: Node | undefined;
  /** By extras, then by marker. */
  readonly #known = new Map<string, Map<Marker, Node>>();
  readonly #systemFields = new Map<Node, number>();
  readonly #pythons = new Map<Node, VersionRange>();
  readonly #written = new Map<Node, SimplifiedMarker>();

  /** @param options.maxResults How much may be computed before `MarkerTooLarge` is thrown. */
  constructor(options: { readonly maxResults: number }) {
    this.#diagram = new Diagram(options);
  }

  /** The environments in which a marker holds. What it says about extras stays open. */
  of(marker: Marker): MarkerSet {
    return this.#remember("*", marker, () => this.#diagram.build(marker));
  }

  /** The environments in which a marker holds with these extras and no others. */
  ofExtras(marker: Marker, extras: readonly string[]): MarkerSet {
    const decided = (comparison: MarkerComparison): boolean | undefined =>
      isAboutExtras(comparison) ? evaluateMarker(comparison, NOWHERE, { extras }) : undefined;
    return this.#remember(extras.join(), marker, () => this.#diagram.build(marker, decided));
  }

  /** The environments whose full Python version is in a range of releases. */
  ofPythons(range: VersionRange): MarkerSet {
    return this.#diagram.claim({ kind: "version", field: "python_full_version", range });
  }

  and(a: MarkerSet, b: MarkerSet): MarkerSet {
    return this.#possible(this.#diagram.and(a, b));
  }

  or(a: MarkerSet, b: MarkerSet): MarkerSet {
    return this.#diagram.or(a, b);
  }

  not(a: MarkerSet): MarkerSet {
    return this.#possible(this.#diagram.not(a));
  }

  /** Those of `a` that are not in `b`. */
  except(a: MarkerSet, b: MarkerSet): MarkerSet {
    return this.and(a, this.#diagram.not(b));
  }

  isNever(a: MarkerSet): boolean {
    return this.#possible(a) === false;
  }

  isAlways(a: MarkerSet): boolean {
    return this.#diagram.or(a, this.#impossibleSystems()) === true;
  }

  areDisjoint(a: MarkerSet, b: MarkerSet): boolean {
    return this.and(a, b) === false;
  }

  /** Whether all of `a` is in `b`. */
  isWithin(a: MarkerSet, b: MarkerSet): boolean {
    return this.except(a, b) === false;
  }

  /** All Pythons that occur in a set, as releases; gaps between them included where other fields decide. */
  pythonsOf(a: MarkerSet): VersionRange {
    if (typeof a === "boolean") return a ? fullRange() : emptyRange();
    const known = this.#pythons.get(a);
    if (known !== undefined) return known;
    const { variable, places, children } = a;
    const isPython = variable.kind === "version" && variable.field === "python_full_version";
    const pythons = children.reduce((all, child, group) => {
      if (child === false) return all;
      const own = isPython
        ? rangeBetween(boundOf(places[group - 1]), boundOf(places[group]))
        : this.pythonsOf(child);
      return uniteRanges(all, own);
    }, emptyRange());
    this.#pythons.set(a, pythons);
    return pythons;
  }

  /** The set without what it says about Pythons outside of a range: there it is as within. */
  assumePythons(a: MarkerSet, range: VersionRange): MarkerSet {
    return this.#diagram.assumeVersion(a, "python_full_version", range);
  }

  /** A simpler set that has of `within` what `a` has; what lies outside goes where uv has it. */
  restrict(a: MarkerSet, within: MarkerSet): MarkerSet {
    return this.#possible(restrictTo(this.#diagram, a, within));
  }

  /**
   * The marker of a set, simplified and in uv's order of fields; a constant where it is always or never true.
   *
   * @throws MarkerTooLarge
   */
  toMarker(a: MarkerSet, options: { readonly assuming?: MarkerSet } = {}): SimplifiedMarker {
    const { assuming } = options;
    if (assuming !== undefined) return this.#write(a, this.#diagram.not(assuming));
    let written = this.#written.get(a);
    if (written === undefined) this.#written.set(a, (written = this.#write(a, false)));
    return written;
  }

  #write(node: Node, irrelevant: Node): SimplifiedMarker {
    const diagram = this.#diagram;
    const anywhere = diagram.or(irrelevant, this.#impossibleSystems());
    if (diagram.and(node, diagram.not(anywhere)) === false) return false;
    if (diagram.or(node, anywhere) === true) return true;
    const mentioned = textsOf([node, irrelevant]);
    const impossible = impossibleSystems(
      diagram,
      (field, value) => mentioned.get(field)?.has(value) === true,
    );
    const counting = diagram.not(diagram.or(irrelevant, impossible));
    return minimalMarker(diagram, simplifyWithin(diagram, node, counting));
  }

  #remember(extras: string, marker: Marker, build: () => Node): Node {
    const markers = this.#known.get(extras) ?? new Map<Marker, Node>();
    this.#known.set(extras, markers);
    let node = markers.get(marker);
    if (node === undefined) markers.set(marker, (node = this.#possible(build())));
    return node;
  }

  /** False for a set of only environments that cannot exist. */
  #possible(node: Node): Node {
    const fields = this.#systemFieldsOf(node);
    // A single field contradicts nothing.
    if ((fields & (fields - 1)) === 0) return node;
    return this.#diagram.and(node, this.#diagram.not(this.#impossibleSystems())) === false ? false : node;
  }

  #impossibleSystems(): Node {
    return (this.#impossible ??= impossibleSystems(this.#diagram, () => true));
  }

  /** Which of the fields that describe one system a node asks for, one bit each. */
  #systemFieldsOf(node: Node): number {
    if (typeof node === "boolean") return 0;
    const known = this.#systemFields.get(node);
    if (known !== undefined) return known;
    const { variable } = node;
    const place = variable.kind === "text" ? SYSTEM_FIELDS.indexOf(variable.field) : -1;
    const own = place === -1 ? 0 : 1 << place;
    const fields = node.children.reduce((bits, child) => bits | this.#systemFieldsOf(child), own);
    this.#systemFields.set(node, fields);
    return fields;
  }
}

function boundOf(place: Place | undefined): Bound | undefined {
  return place !== undefined && "version" in place ? place : undefined;
}

function isAboutExtras({ left, right }: MarkerComparison): boolean {
  return [left, right].some((side) => side.kind === "field" && EXTRA_FIELDS.has(side.field));
}

/** By field: every string that nodes distinguish. */
function textsOf(nodes: readonly Node[]): ReadonlyMap<MarkerField, ReadonlySet<string>> {
  const texts = new Map<MarkerField, Set<string>>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (typeof node === "boolean" || seen.has(node)) return;
    seen.add(node);
    const { variable } = node;
    if (variable.kind === "text") {
      const known = texts.get(variable.field) ?? new Set<string>();
      texts.set(variable.field, known);
      for (const { order } of node.places) known.add(order);
    }
    node.children.forEach(visit);
  };
  nodes.forEach(visit);
  return texts;
}

/** The pairs of values that no system has, as far as they are mentioned. */
function impossibleSystems(
  diagram: Diagram,
  isMentioned: (field: MarkerField, value: string) => boolean,
): Node {
  const claim = (field: MarkerField, value: string): Node =>
    diagram.claim({ kind: "text", field, value, isEqual: true });
  let result: Node = false;
  for (const [field, value, other, values] of IMPOSSIBLE_PAIRS) {
    if (!isMentioned(field, value)) continue;
    // The others first: a union of values of one field is small, and the whole is not.
    let others: Node = false;
    for (const otherValue of values)
      if (isMentioned(other, otherValue)) others = diagram.or(others, claim(other, otherValue));
    result = diagram.or(result, diagram.and(claim(field, value), others));
  }
  return result;
}

const SYSTEM_FIELDS: readonly MarkerField[] = ["os_name", "sys_platform", "platform_system"];
const EXTRA_FIELDS: ReadonlySet<MarkerField> = new Set<MarkerField>(["extra", "extras", "dependency_groups"]);

const OTHER_PLATFORMS = ["aix", "android", "cygwin", "darwin", "emscripten", "linux", "wasi", "win32"];

/**
 * What `os.name`, `sys.platform` and `platform.system()` cannot be together (CPython's documentation of the three), as
 * far as uv says so too: more pairs would give other markers. The common values of the last are those of `sys.platform`
 * by another name, and are not here.
 */
const IMPOSSIBLE_PAIRS: readonly (readonly [MarkerField, string, MarkerField, readonly string[]])[] = [
  ["os_name", "nt", "sys_platform", ["darwin", "ios", "linux"]],
  ["os_name", "posix", "sys_platform", ["win32"]],
  ["platform_system", "FreeBSD", "sys_platform", [...OTHER_PLATFORMS, "ios"]],
  ["platform_system", "NetBSD", "sys_platform", [...OTHER_PLATFORMS, "ios"]],
  ["platform_system", "OpenBSD", "sys_platform", [...OTHER_PLATFORMS, "ios"]],
  ["platform_system", "SunOS", "sys_platform", [...OTHER_PLATFORMS, "ios"]],
  ["platform_system", "iOS", "sys_platform", OTHER_PLATFORMS],
  ["platform_system", "iPadOS", "sys_platform", OTHER_PLATFORMS],
];
