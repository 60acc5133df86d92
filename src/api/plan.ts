// What a plan is asked for and what it says. Plans are values: they can be shown, and applied later by their installer.

import type { PlanOptions } from "../install/plan.ts";
import type { LinkMode } from "../install/installation.ts";
import type { DirectUrl } from "../pep/direct-url.ts";
import type { Version } from "../pep/version.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import type { LinkedWheel } from "../sources/wheel-fetcher.ts";
import type { ChosenFile, NameSet } from "../registry/select.ts";
import type { PrereleaseMode } from "../resolve/input.ts";
import type { UnpackedWheel } from "../store/store.ts";
import type { Destination } from "./destination.ts";
import type { Inputs } from "../sources/requested.ts";
import type { InputSources } from "./read-inputs.ts";

/** What was asked for, and how it is read. */
export interface ReadRequest extends InputSources {
  /** The text of a file named `-`. */
  readonly readInput?: () => Promise<string>;
  readonly signal?: AbortSignal;
}

export interface PlanRequest extends ReadRequest {
  readonly into: Destination;
  /** What `Installer.read` gave for the same sources; without it they are read now. */
  readonly inputs?: Inputs;
  /** Prefers the newest versions to the installed ones: of all packages, or of these. */
  readonly upgrade?: "all" | readonly string[];
  readonly reinstall?: "all" | readonly string[];
  /** Removes what was not asked for. */
  readonly isExact?: boolean;
  readonly prereleases?: PrereleaseMode;
  readonly resolution?: "highest" | "lowest" | "lowest-direct";
  readonly noDependencies?: boolean;
  readonly noBinary?: NameSet;
  readonly onlyBinary?: NameSet;
  /** For a download: a source distribution stands for a version without a wheel. */
  readonly sourceDistributions?: "take";
  /** Milliseconds since 1970: only files uploaded before count. */
  readonly excludeNewerMs?: number;
  /** The same for single projects, by their normalised names; undefined takes one out. */
  readonly excludeNewerPackages?: ReadonlyMap<string, number | undefined>;
  /** Whether the target's Python was asked for rather than found; it changes the words of an explanation. */
  readonly isPythonRequested?: boolean;
  readonly linkMode?: LinkMode;
  /** The plan is only shown: an interrupted change of the environment is reported, and left as it is. */
  readonly isDryRun?: boolean;
}

export type InstallationPlan = SatisfiedPlan | ChangePlan;

/** The environment holds everything already; nothing was looked up. */
export interface SatisfiedPlan {
  readonly kind: "satisfied";
  /** How many requirements were given. */
  readonly requirements: number;
  readonly warnings: readonly string[];
}

export interface ChangePlan {
  readonly kind: "changes";
  readonly into: Destination;
  readonly linkMode: LinkMode;
  readonly install: readonly PlannedInstall[];
  readonly remove: readonly InstalledDistribution[];
  readonly keep: readonly InstalledDistribution[];
  /** Everything that the resolution holds, also what is kept. */
  readonly wanted: readonly PlannedInstall[];
  /** What the comparison with the environment is made by, again when the plan is applied. */
  readonly planOptions: PlanOptions;
  readonly warnings: readonly string[];
}

/** One distribution that will be installed, and where its wheel comes from. */
export interface PlannedInstall {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  readonly isRequested: boolean;
  /** Where it comes from, unless an index gives it. */
  readonly directUrl: DirectUrl | undefined;
  readonly source:
    | { readonly kind: "index"; readonly file: () => ChosenFile }
    | { readonly kind: "direct"; readonly wheel: UnpackedWheel; readonly link: LinkedWheel };
  /** `sha256:…`, one of which the wheel must have; empty where no requirement stated any. */
  readonly hashes: readonly string[];
}

/** Downloads what a plan names. */
export type FetchPlanned = (
  install: ChangePlan["install"][number],
  signal: AbortSignal | undefined,
) => Promise<UnpackedWheel>;

/** One line of what changed. */
export interface Change {
  readonly action: "added" | "removed" | "reinstalled";
  readonly name: string;
  readonly version: string;
  /** The address, where no index gave it. */
  readonly url: string | undefined;
}

/** The changes of a plan, sorted by name, what goes before what comes. */
export function changesOf(plan: {
  readonly install: readonly PlannedInstall[];
  readonly remove: readonly InstalledDistribution[];
}): readonly Change[] {
  const removed = plan.remove.map((distribution) => ({
    ...distribution,
    version: distribution.version.text,
    url: distribution.directUrl?.url,
  }));
  const added = plan.install.map(({ name, version, directUrl }) => ({
    name,
    version: version.text,
    url: directUrl?.url,
  }));
  const isSame = (a: { name: string; version: string; url: string | undefined }, b: typeof a): boolean =>
    a.name === b.name && a.version === b.version && a.url === b.url;
  const changes: readonly Change[] = [
    ...removed
      .filter((gone) => !added.some((come) => isSame(gone, come)))
      .map(({ name, version, url }) => ({ action: "removed" as const, name, version, url })),
    ...added.map((come) => ({
      ...come,
      action: removed.some((gone) => isSame(gone, come)) ? ("reinstalled" as const) : ("added" as const),
    })),
  ];
  return changes.toSorted(
    (a, b) =>
      compareText(a.name, b.name) || ORDER[a.action] - ORDER[b.action] || compareText(a.version, b.version),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const ORDER: Readonly<Record<Change["action"], number>> = { removed: 0, added: 1, reinstalled: 2 };
