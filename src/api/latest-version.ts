// The newest version of a project that a target can use, out of what the indexes list: `list --outdated`, `tree --outdated`.

import { compareVersions, tryParseVersion } from "../pep/versions/version.ts";
import { tryParseSpecifierSet, satisfies } from "../pep/versions/specifier.ts";
import { tryParseWheelFilename } from "../pep/files/filename.ts";
import { createTagRanking, type Target } from "../pep/tags/tags.ts";
import type { ProjectFile, ProjectVersion } from "./list-versions.ts";

/** A version that could be installed: a plain JSON value. */
export interface LatestVersion {
  readonly version: string;
  /** A source distribution counts only where no wheel of the version fits. */
  readonly kind: "wheel" | "sdist";
}

/**
 * The newest version with a file for the target that was not yanked; undefined where there is none.
 *
 * @param versions as `Installer.listVersions` gives them
 */
export function latestVersionOf(
  versions: readonly ProjectVersion[],
  { target, allowsPrereleases = false }: { readonly target: Target; readonly allowsPrereleases?: boolean },
): LatestVersion | undefined {
  const ranking = createTagRanking(target);
  const fits = ({ filename, kind, requiresPython, yanked }: ProjectFile): boolean => {
    if (yanked !== false) return false;
    const python = requiresPython === undefined ? undefined : tryParseSpecifierSet(requiresPython);
    if (python !== undefined && !satisfies(target.pythonVersion, python, { prereleases: true })) return false;
    return kind === "sdist" || ranking.rank(tryParseWheelFilename(filename)?.tags ?? []) !== undefined;
  };
  for (const { version, isPrerelease, files } of versions.toSorted(newestFirst)) {
    if (isPrerelease && !allowsPrereleases) continue;
    const usable = files.filter(fits);
    if (usable.length === 0) continue;
    return { version, kind: usable.some(({ kind }) => kind === "wheel") ? "wheel" : "sdist" };
  }
  return undefined;
}

function newestFirst(one: ProjectVersion, other: ProjectVersion): number {
  const [a, b] = [tryParseVersion(one.version), tryParseVersion(other.version)];
  return a === undefined || b === undefined ? 0 : compareVersions(b, a);
}
