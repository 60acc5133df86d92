// Which files a lock needs: those that it selects for a target, or all that it lists.

import { selectPackages, type SelectedPackage } from "../../lock/select.ts";
import { sha256Of } from "../../pep/hashes.ts";
import { lockedFilename, type LockedPackage } from "../../pep/files/pylock.ts";
import { createTagRanking, type Target } from "../../pep/tags/tags.ts";
import type { DirectSource, IndexSource, SdistSource, Source } from "../../sources/source.ts";
import { requireHashOfSource } from "../inputs/hashes.ts";
import { selectOptions, sourceOf, withPlaces, type LockFile } from "../plan/from-lock.ts";
import type { LockPlanRequest } from "../requests.ts";

/** Which files of a lock are meant. */
export interface LockFilesRequest extends Pick<
  LockPlanRequest,
  "file" | "extras" | "groups" | "noBinary" | "onlyBinary" | "requiresHashes" | "signal"
> {
  /** The machine that they are for. Default: all machines, so every wheel of the lock file. */
  readonly target?: Target | undefined;
}

/** A wheel or source distribution that a lock names by its SHA-256. */
export interface NeededFile {
  readonly name: string;
  readonly filename: string;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  readonly source: IndexSource | DirectSource | SdistSource;
}

/** A package without a file that its hash can name. */
export interface SkippedPackage {
  readonly name: string;
  readonly reason: "git" | "directory" | "no-sha256";
}

export interface NeededFiles {
  readonly files: readonly NeededFile[];
  readonly skipped: readonly SkippedPackage[];
}

/**
 * @throws lock/unsupported-environment, lock/ambiguous, lock/no-file, lock/unknown-choice, lock/local-path, requirement/hash-required
 */
export function neededFiles(found: LockFile, request: LockFilesRequest): NeededFiles {
  const { target } = request;
  const selected =
    target === undefined
      ? found.lock.packages.flatMap(everyFile)
      : withPlaces(found, () =>
          selectPackages(found.lock, {
            environment: target.markers,
            tags: createTagRanking(target),
            ...selectOptions(request),
          }),
        );
  const files = new Map<string, NeededFile>();
  const skipped = new Map<string, SkippedPackage>();
  for (const one of selected) {
    const { name } = one;
    const source = sourceOf(one, found);
    if (request.requiresHashes === true) {
      const line = found.lines?.[one.position];
      requireHashOfSource(source, {
        name,
        place: line === undefined ? undefined : { file: found.file, line },
      });
    }
    const needed = toNeeded(name, source);
    if ("reason" in needed) skipped.set(name, needed);
    else files.set(needed.sha256, needed);
  }
  return { files: [...files.values()], skipped: [...skipped.values()] };
}

function toNeeded(name: string, source: Source): NeededFile | SkippedPackage {
  if (source.kind === "git" || source.kind === "directory") return { name, reason: source.kind };
  const sha256 = sha256Of(source.hashes);
  if (sha256 === undefined) return { name, reason: "no-sha256" };
  return { name, filename: source.filename, sha256, source };
}

/** All wheels of a package; its source distribution where it has none. */
function everyFile(
  { name, version, index, source }: LockedPackage,
  position: number,
): readonly SelectedPackage[] {
  const common = { name, version, index, position };
  if (source.kind !== "files") return [{ ...common, choice: source }];
  const { wheels = [], sdist } = source;
  if (wheels.length === 0 && sdist !== undefined)
    return [{ ...common, choice: { kind: "sdist", file: sdist, filename: lockedFilename(sdist) } }];
  return wheels.map((file) => ({
    ...common,
    choice: { kind: "wheel", file, filename: lockedFilename(file) },
  }));
}
