// Which indexes are asked about a project, in which order, and what their pages amount to.

import { withoutTrailingSlashes } from "../../base/text/trailing-slashes.ts";
import { once } from "../../base/work/once.ts";
import { inTurns, Turns } from "../../base/work/turns.ts";
import type { Hint } from "../../advice.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import type { PackageListing } from "../../resolve/provider.ts";
import type { VersionList } from "../pages/condensed-page.ts";
import { groupByVersion } from "../pages/group-files.ts";
import type { IndexLocation, IndexStrategy } from "./locations.ts";
import type { Pages } from "../pages/pages.ts";
import type { SelectedVersion, Selector } from "../candidates/select.ts";

/** What is known about a project once the indexes were asked. */
export interface Listed {
  readonly listing: PackageListing;
  /** Newest first. */
  readonly versions: readonly SelectedVersion[];
  /** Indexes after the one that answered, which `first-index` did not ask. */
  readonly unasked: readonly IndexLocation[];
}

export interface ListerOptions {
  readonly locations: readonly IndexLocation[];
  readonly pages: Pages;
  readonly selector: Selector;
  readonly strategy: IndexStrategy;
  readonly isOffline: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Lister {
  /** @throws index/auth-required, index/forbidden and every other failure of an index but "it lacks the project" */
  list(name: string): Promise<Listed>;
  /** Asks one index only for a project. @throws requirement/unsupported where another one was asked already */
  pin(name: string, index: IndexLocation): void;
}

/** Prepares listing; each project is fetched once. */
export function createLister(options: ListerOptions): Lister {
  const lists = new Map<string, Promise<Listed>>();
  const pins = new Map<string, IndexLocation>();
  return {
    list: (name) => once(lists, name, () => listProject(name, options, pins.get(name))),
    pin(name, index) {
      const known = pins.get(name);
      if (known?.url === index.url) return;
      if (known !== undefined || lists.has(name)) throw conflictingIndexes(name, index, known);
      pins.set(name, index);
    },
  };
}

async function listProject(
  name: string,
  options: ListerOptions,
  pinned: IndexLocation | undefined,
): Promise<Listed> {
  const { selector } = options;
  const locations =
    pinned === undefined ? options.locations.filter(({ isExplicit }) => !isExplicit) : [pinned];
  const flat = await Promise.all(
    locations.filter(({ kind }) => kind === "flat").map((index) => askFlat(name, index, options)),
  );
  const simple = locations.filter(({ kind }) => kind === "simple");
  const { projects, found: answered, unasked, isUncached } = await askIndexes(name, simple, options);
  const listedFlat = flat.filter(isFound).filter((versions) => versions.length > 0);
  if (listedFlat.length === 0 && projects.length === 0) {
    const place =
      isUncached || flat.includes("uncached") ? "cache" : simple.length > 0 ? "registry" : "locations";
    const hints =
      options.locations.length === 0
        ? [{ kind: "add-find-links" } as const]
        : [
            ...simple.filter(isCodeArtifact).map(codeArtifactHint),
            ...(place === "registry" ? simple.flatMap((index) => simpleAddressHint(index) ?? []) : []),
          ];
    const listing = { kind: "not-found", place, ...(hints.length === 0 ? {} : { hints }) } as const;
    return { listing, versions: [], unasked: [] };
  }
  const versions = selector.select(name, {
    flat: listedFlat,
    indexes: projects,
    isInOrder: options.strategy === "unsafe-first-match",
  });
  const nextIndex = describeNext(answered, unasked[0]);
  const hint =
    versions.length > 0 || answered === undefined || options.pages.isDamaged(answered, name)
      ? undefined
      : simpleAddressHint(answered);
  return {
    listing: {
      kind: "found",
      versions,
      ...(nextIndex === undefined ? {} : { nextIndex }),
      ...(hint === undefined ? {} : { hints: [hint] }),
    },
    versions,
    unasked,
  };
}

function conflictingIndexes(
  name: string,
  index: IndexLocation,
  known: IndexLocation | undefined,
): PinionError {
  const urls = [known, index].flatMap((location) => (location === undefined ? [] : redactUrl(location.url)));
  return new PinionError(
    "requirement/unsupported",
    known === undefined
      ? `\`${name}\` is to come from the index \`${urls[0]}\`, but was already requested from the others`
      : `Requirements contain conflicting indexes for package \`${name}\`:\n${urls.map((url) => `- ${url}`).join("\n")}`,
    { details: { name, urls } },
  );
}

/** Most indexes answer below `/simple/`; one whose URL lacks it is asked at a place where nothing lies. */
function simpleAddressHint({ url, origin }: IndexLocation): Hint | undefined {
  const address = new URL(url);
  if (!/^https?:$/.test(address.protocol)) return undefined;
  const asked = address.href;
  // The page of a project, instead of the index that has it.
  const above = /^(.*\/(?:\+?simple))\/[^/]+\/?$/.exec(address.pathname)?.[1];
  if (above === undefined && /\/(simple|index|pypi)(\/|$)|\+simple/.test(address.pathname)) return undefined;
  address.pathname =
    above === undefined ? `${withoutTrailingSlashes(address.pathname)}/simple/` : `${above}/`;
  return { kind: "add-simple", asked, origin, url: address.href };
}

function describeNext(
  found: IndexLocation | undefined,
  next: IndexLocation | undefined,
): { readonly found: string; readonly next: string } | undefined {
  if (found === undefined || next === undefined) return undefined;
  return { found: redactUrl(found.url), next: redactUrl(next.url) };
}

interface Answers {
  readonly projects: readonly VersionList[];
  /** The index at which `first-index` stopped. */
  readonly found?: IndexLocation;
  readonly unasked: readonly IndexLocation[];
  /** Some index could not be asked, because the network is off. */
  readonly isUncached: boolean;
}

async function askIndexes(
  name: string,
  indexes: readonly IndexLocation[],
  options: ListerOptions,
): Promise<Answers> {
  if (options.strategy === "first-index") return askInOrder(name, indexes, options);
  const answers = await Promise.all(indexes.map((index) => askIndex(name, index, options)));
  const projects = answers.filter(isFound);
  return { projects, unasked: [], isUncached: answers.includes("uncached") };
}

// One after the other: a later index must not even learn the names that an earlier one has.
async function askInOrder(
  name: string,
  indexes: readonly IndexLocation[],
  options: ListerOptions,
): Promise<Answers> {
  let isUncached = false;
  for (const [position, index] of indexes.entries()) {
    const answer = await askIndex(name, index, options);
    if (answer === "uncached") isUncached = true;
    else if (answer !== undefined)
      return { projects: [answer], found: index, unasked: indexes.slice(position + 1), isUncached };
  }
  return { projects: [], unasked: [], isUncached };
}

function askIndex(name: string, index: IndexLocation, options: ListerOptions): Promise<Answer | undefined> {
  return unlessUncached(options, () => options.pages.project(index, name));
}

async function askFlat(name: string, index: IndexLocation, options: ListerOptions): Promise<Answer> {
  return unlessUncached(options, async () => {
    const files = await options.pages.flat(index);
    return inTurns(groupByVersion(files.get(name) ?? [], name, index), new Turns(options.signal));
  });
}

/** Versions, or that nothing is kept and the network is off. */
type Answer = VersionList | "uncached";

function isFound(answer: Answer | undefined): answer is VersionList {
  return answer !== undefined && answer !== "uncached";
}

async function unlessUncached<T>(
  { isOffline }: ListerOptions,
  ask: () => Promise<T>,
): Promise<T | "uncached"> {
  try {
    return await ask();
  } catch (error) {
    if (isOffline && isPinionError(error, "net/offline")) return "uncached";
    throw error;
  }
}

// uv#11899: AWS CodeArtifact answers 404, and not 401, to a token that it does not take.
function isCodeArtifact({ url }: IndexLocation): boolean {
  return new URL(url).hostname.includes(".codeartifact.");
}

function codeArtifactHint({ url }: IndexLocation): string {
  const { host } = new URL(url);
  return `\`${host}\` answers "not found" also for a token that is missing or has expired (after twelve hours): log in to CodeArtifact again`;
}
