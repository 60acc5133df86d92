// What has to change: the wanted distributions held against the installed ones. The rules are those of `uv pip install`
// and `uv pip sync`.

import { recordedUrl } from "../base/text/secret-parameters.ts";
import { groupBy } from "../base/values/group-by.ts";
import type { DirectUrl } from "../pep/files/direct-url.ts";
import type { FolderState } from "../pep/folder-state.ts";
import { compareVersions, type Version } from "../pep/versions/version.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import type { UnpackedWheel } from "../store/store.ts";

/** What decides whether an installed distribution will do. */
export interface Wanted {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  /** Where it comes from, unless an index gives it. */
  readonly directUrl?: DirectUrl | undefined;
  /** Of the folder that it comes from; undefined where that may have changed. */
  readonly folderState?: FolderState | undefined;
}

/** A distribution that is ready to be installed. */
export interface WantedDistribution extends Wanted {
  readonly wheel: UnpackedWheel;
  /** Named by the user; not only a dependency. */
  readonly isRequested: boolean;
}

/** What is installed of a distribution, as far as the plan looks at it. */
export type Installed = Pick<
  InstalledDistribution,
  "name" | "version" | "kind" | "directory" | "directUrl" | "isEditable" | "folderState"
>;

export interface PlanOptions {
  /** Names that are installed again in any case, or all of them. */
  readonly reinstall?: "all" | ReadonlySet<string> | undefined;
  /** Removes what is not wanted, as `sync` and `--exact` do. */
  readonly isExact?: boolean | undefined;
  /** Names that stay also where only what is wanted stays. */
  readonly spared?: ReadonlySet<string> | undefined;
  /** Whether what came from a URL will do where a version is wanted, as for `install`; `sync` wants an index's. */
  readonly acceptsAnyOrigin?: boolean | undefined;
}

export interface Plan<W extends Wanted, I extends Installed> {
  readonly install: readonly W[];
  readonly remove: readonly I[];
  /** Wanted and already there. */
  readonly keep: readonly I[];
}

/** Compares what is wanted with what is installed; order is kept. Pure: nothing is read or downloaded. */
export function planChanges<W extends Wanted, I extends Installed>(
  wanted: readonly W[],
  installed: readonly I[],
  options: PlanOptions = {},
): Plan<W, I> {
  const byName = groupBy(installed, ({ name }) => name);
  const install: W[] = [];
  const remove: I[] = [];
  const keep: I[] = [];
  for (const want of wanted) {
    const present = byName.get(want.name) ?? [];
    byName.delete(want.name);
    const [only, ...others] = present;
    // Two of one name are the remains of something that went wrong: both go.
    if (
      only !== undefined &&
      others.length === 0 &&
      !isForced(want.name, options) &&
      isSatisfiedBy(want, only, options)
    ) {
      keep.push(only);
      continue;
    }
    install.push(want);
    for (const one of present) remove.push(one);
  }
  if (options.isExact === true)
    for (const [name, present] of byName)
      if (options.spared?.has(name) !== true) for (const one of present) remove.push(one);
  return { install, remove, keep };
}

/** Tells whether an installed distribution is the wanted one: the same version from the same kind of place. */
function isSatisfiedBy(
  wanted: Wanted,
  installed: Installed,
  { acceptsAnyOrigin = false }: PlanOptions,
): boolean {
  if (compareVersions(wanted.version, installed.version) !== 0) return false;
  const { directUrl } = wanted;
  if (directUrl === undefined)
    return acceptsAnyOrigin || (installed.directUrl === undefined && !installed.isEditable);
  if (installed.directUrl === undefined || !isSameOrigin(directUrl, installed.directUrl)) return false;
  // A folder may have changed since.
  return (
    directUrl.kind !== "directory" ||
    (wanted.folderState !== undefined && wanted.folderState === installed.folderState)
  );
}

function isSameOrigin(wanted: DirectUrl, installed: DirectUrl): boolean {
  if (recordedUrl(wanted.url) !== recordedUrl(installed.url)) return false;
  if (wanted.subdirectory !== installed.subdirectory) return false;
  if (wanted.kind === "archive") {
    return installed.kind === "archive" && hashesAgree(wanted.hashes, installed.hashes);
  }
  if (wanted.kind === "directory")
    return installed.kind === "directory" && (wanted.isEditable ?? false) === (installed.isEditable ?? false);
  if (installed.kind !== "vcs") return false;
  return wanted.vcs === installed.vcs && wanted.commitId === installed.commitId;
}

type Hashes = Readonly<Record<string, string>> | undefined;

/** Only a digest that both know can tell them apart. */
function hashesAgree(wanted: Hashes, installed: Hashes): boolean {
  return Object.entries(wanted ?? {}).every(([algorithm, digest]) => {
    const other = installed?.[algorithm];
    return other === undefined || other === digest;
  });
}

function isForced(name: string, { reinstall }: PlanOptions): boolean {
  return reinstall === "all" || reinstall?.has(name) === true;
}
