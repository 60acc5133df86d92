// A small language for resolver tests: an index as a table, requirements as text, and the whole outcome in one line.
//
//   const index = { "a 1.0": [], "a 2.0": ["b>=1"], "b 1.0": { requires: ["c"], yanked: "broken" } };
//   expect(await outcome(index, ["a"])).toBe("a==2.0 b==1.0 (2 attempts)");

import { hintText } from "../../src/cli/screen/advice-text.ts";
import { isPinionError } from "../../src/errors.ts";
import { parseMarker } from "../../src/pep/markers/marker.ts";
import { normalizeName } from "../../src/pep/name.ts";
import { parseRequirement, type Requirement } from "../../src/pep/requirements/requirement.ts";
import { parseSpecifierSet } from "../../src/pep/versions/specifier.ts";
import { targetFor } from "../../src/pep/tags/target.ts";
import { compareVersions, parseVersion } from "../../src/pep/versions/version.ts";
import type { Version } from "../../src/pep/versions/version.ts";
import type { ResolutionInput, RootRequirement } from "../../src/resolve/input.ts";
import type { ListedVersion, PackageListing, Provider, Unusable } from "../../src/resolve/provider.ts";
import { resolve } from "../../src/resolve/resolver.ts";
import type { ResolveOptions } from "../../src/resolve/resolver.ts";

/** One release: its requirements, or all that may be strange about it. */
export type Release =
  | readonly string[]
  | {
      readonly requires?: readonly string[];
      readonly extras?: readonly string[];
      readonly requiresPython?: string;
      readonly yanked?: string;
      readonly unusable?: Unusable;
      /** The environments that its wheels serve, where it has no source distribution. */
      readonly servedIn?: string;
      /** In the index, but its metadata cannot be had. */
      readonly noMetadata?: Unusable;
      /** Not in the index; what a URL or an environment holds. */
      readonly isUnlisted?: boolean;
    };

/** Releases by `name version`; a name alone is a project without any. */
export type Index = Readonly<Record<string, Release | PackageListing>>;

/** What differs from an ordinary question; requirements are texts. */
export interface Question extends Partial<
  Pick<ResolutionInput, "prereleases" | "resolution" | "noDependencies" | "excludes" | "environment">
> {
  readonly python?: string;
  readonly isPythonRequested?: boolean;
  readonly constraints?: readonly string[];
  readonly overrides?: readonly string[];
  readonly preferences?: Readonly<Record<string, string>>;
  readonly installed?: Readonly<Record<string, string>>;
  readonly upgraded?: Readonly<Record<string, string>>;
  readonly direct?: Readonly<Record<string, readonly [version: string, url: string]>>;
}

/** The outcome of a resolution in one line: versions and attempts, or the code of the failure. */
export async function outcome(
  index: Index,
  requires: readonly string[],
  question: Question = {},
): Promise<string> {
  try {
    const { packages, attempts } = await resolve(questionOf(requires, question), providerFor(index));
    const versions = packages.map(({ name, extras, version }) => {
      const list = extras.length === 0 ? "" : `[${extras.join(",")}]`;
      return `${name}${list}==${version.text}`;
    });
    return `${versions.join(" ")} (${attempts} ${attempts === 1 ? "attempt" : "attempts"})`.trimStart();
  } catch (error) {
    if (isPinionError(error)) return error.code;
    throw error;
  }
}

/** The explanation and hints of a resolution that fails, as a list of lines. */
export async function refusal(
  index: Index,
  requires: readonly string[],
  question: Question = {},
): Promise<readonly string[]> {
  try {
    const { packages } = await resolve(questionOf(requires, question), providerFor(index));
    return [`solved: ${packages.map(({ name, version }) => `${name}==${version.text}`).join(" ")}`];
  } catch (error) {
    if (!isPinionError(error, "resolve/no-solution")) throw error;
    const text = String(error.details["explanation"]);
    return [...text.split("\n"), ...error.hints.map((hint) => `hint: ${hintText(hint)}`)];
  }
}

/** The question in the resolver's terms. */
export function questionOf(requires: readonly string[], question: Question = {}): ResolutionInput {
  const {
    python,
    isPythonRequested = false,
    constraints,
    overrides,
    preferences,
    installed,
    upgraded,
    direct,
    ...rest
  } = question;
  return {
    requirements: requires.map(rootRequirement),
    constraints: (constraints ?? []).map(rootRequirement),
    overrides: (overrides ?? []).map(rootRequirement),
    preferences: new Map([...versionsOf(preferences ?? {})].map(([name, version]) => [name, [{ version }]])),
    installed: versionsOf(installed ?? {}),
    upgraded: versionsOf(upgraded ?? {}),
    direct: new Map(
      Object.entries(direct ?? {}).map(([name, [version, url]]) => [
        name,
        { version: parseVersion(version), url },
      ]),
    ),
    environment: {
      kind: "specific",
      target: python === undefined ? USUAL_TARGET : targetFor({ platform: "linux", pythonVersion: python }),
      isPythonRequested,
    },
    prereleases: "if-necessary",
    resolution: "highest",
    ...rest,
  };
}

/** An index that answers at once, or when `delay` lets it. */
export function providerFor(index: Index, delay: () => Promise<void> = async () => {}): Provider {
  const releases = new Map<string, { readonly version: Version; readonly release: Release }[]>();
  const listings = new Map<string, PackageListing>();
  for (const [key, value] of Object.entries(index)) {
    const [writtenName = "", version] = key.split(" ");
    const name = normalizeName(writtenName);
    if ("kind" in value) listings.set(name, value);
    const known = releases.get(name) ?? [];
    releases.set(name, known);
    if (version !== undefined && !("kind" in value))
      known.push({ version: parseVersion(version), release: value });
  }
  return {
    async listing(name) {
      await delay();
      const listing = listings.get(name);
      if (listing !== undefined) return listing;
      const known = releases.get(name);
      if (known === undefined) return { kind: "not-found" };
      const versions = known
        .filter(({ release }) => !("isUnlisted" in release && release.isUnlisted))
        .map(({ version, release }) => listed(version, release))
        .sort((first, second) => compareVersions(second.version, first.version));
      return { kind: "found", versions };
    },
    async dependencies(name, version) {
      await delay();
      const release = releases.get(name)?.find((entry) => entry.version.order === version.order)?.release;
      if (release === undefined) throw new Error(`The index has no ${name} ${version.text}`);
      if (!("length" in release) && release.noMetadata !== undefined) {
        return { kind: "unusable", reason: release.noMetadata };
      }
      const {
        requires = [],
        extras = [],
        requiresPython,
      } = "length" in release ? { requires: release } : release;
      return {
        kind: "known",
        requires: requires.map(parsedOnce),
        providesExtra: extras,
        ...(requiresPython === undefined ? {} : { requiresPython: parseSpecifierSet(requiresPython) }),
      };
    },
  };
}

/** Resolves a question against an index. */
export function resolveIn(
  index: Index,
  requires: readonly string[],
  options: { readonly question?: Question; readonly resolve?: ResolveOptions } = {},
): ReturnType<typeof resolve> {
  return resolve(questionOf(requires, options.question), providerFor(index), options.resolve);
}

function listed(version: Version, release: Release): ListedVersion {
  if ("length" in release) return { version, yanked: false };
  const { yanked, unusable, servedIn } = release;
  return {
    version,
    yanked: yanked ?? false,
    ...(unusable === undefined ? {} : { unusable }),
    ...(servedIn === undefined ? {} : { environments: parseMarker(servedIn) }),
  };
}

function rootRequirement(text: string): RootRequirement {
  return { requirement: parsedOnce(text), origin: "test" };
}

function versionsOf(texts: Readonly<Record<string, string>>): ReadonlyMap<string, Version> {
  return new Map(Object.entries(texts).map(([name, text]) => [name, parseVersion(text)]));
}

/** Laws try the same few requirements in tens of thousands of problems. */
function parsedOnce(text: string): Requirement {
  let requirement = PARSED.get(text);
  if (requirement === undefined) PARSED.set(text, (requirement = parseRequirement(text)));
  return requirement;
}

const PARSED = new Map<string, Requirement>();
const USUAL_TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });
