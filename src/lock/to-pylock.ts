// From a lock to `pylock.toml`, with the files that can be installed in the environments that it is for.

import { compareText } from "../base/values/compare-text.ts";
import { compareVersions, parseVersion } from "../pep/versions/version.ts";
import {
  lockedFilename,
  type LockedFile,
  type LockedPackage,
  type LockedSource,
  type Pylock,
} from "../pep/files/pylock.ts";
import type { ChosenPackage, ChosenSource, Lock } from "./lock.ts";

export interface ToPylockOptions {
  /** Normalized names of packages to leave out. */
  readonly omits?: readonly string[];
  /** Whether a wheel of a package may be installed in some environment of the lock. Default: every wheel stays. */
  readonly isReachable?: (filename: string, chosen: ChosenPackage) => boolean;
  /** A local path relative to the lock file's folder; paths that requirements wrote as absolute ones stay so. */
  readonly relativePath?: ((path: string) => string) | undefined;
  /** Whether wheels of a package are left out (`--no-binary`). */
  readonly refusesWheels?: (name: string) => boolean;
  /** Whether its source distribution is left out (`--only-binary`). */
  readonly refusesBuilds?: (name: string) => boolean;
}

/** Makes the value of a `pylock.toml`. */
export function toPylock(lock: Lock, options: ToPylockOptions = {}): Pylock {
  const omitted = new Set(options.omits ?? []);
  return {
    lockVersion: "1.0",
    createdBy: "pinion",
    requiresPython: lock.requiresPython,
    packages: lock.packages
      .filter(({ name }) => !omitted.has(name))
      .toSorted(byName)
      .map((chosen): LockedPackage => {
        const { name, version, marker, source } = chosen;
        return {
          name,
          ...(version === undefined || source.kind === "directory" ? {} : { version }),
          ...(marker === undefined ? {} : { marker }),
          source: sourceOf(source, { chosen, options }),
        };
      }),
  };
}

function sourceOf(
  source: ChosenSource,
  { chosen, options }: { readonly chosen: ChosenPackage; readonly options: ToPylockOptions },
): LockedSource {
  if (source.kind !== "index") return placed(source, { chosen, options });
  const { name } = chosen;
  const wheels =
    options.refusesWheels?.(name) === true
      ? []
      : source.wheels
          .filter((wheel) => options.isReachable?.(lockedFilename(wheel), chosen) !== false)
          .map(withSeconds);
  const sdist =
    source.sdist === undefined || options.refusesBuilds?.(name) === true
      ? undefined
      : withSeconds(source.sdist);
  return {
    kind: "files",
    ...(sdist === undefined ? {} : { sdist }),
    ...(wheels.length === 0 ? {} : { wheels }),
  };
}

/** Local paths as the requirement wrote them: absolute, or relative to the lock file, as those of a project's sources are in any case. */
function placed(
  source: Exclude<LockedSource, { readonly kind: "files" }>,
  { chosen, options }: { readonly chosen: ChosenPackage; readonly options: ToPylockOptions },
): LockedSource {
  const { relativePath } = options;
  const { written } = chosen;
  const isAbsolute = written === undefined || (written.isSourcedPath !== true && ABSOLUTE.test(written.text));
  if (relativePath === undefined || isAbsolute || source.kind === "vcs" || source.path === undefined)
    return source;
  return { ...source, path: relativePath(source.path) };
}

/** uv writes whole seconds. */
function withSeconds(file: LockedFile): LockedFile {
  return file.uploadTime === undefined
    ? file
    : { ...file, uploadTime: file.uploadTime.replace(/\.\d+(?=Z$)/, "") };
}

function byName(a: ChosenPackage, b: ChosenPackage): number {
  if (a.name !== b.name) return compareText(a.name, b.name);
  if (a.version === undefined || b.version === undefined)
    return Number(a.version !== undefined) - Number(b.version !== undefined);
  return compareVersions(parseVersion(a.version), parseVersion(b.version));
}

/** A URL, a POSIX path, a drive or a UNC path. */
const ABSOLUTE = /^(?:[A-Za-z][A-Za-z0-9+.-]*:|[\\/])/;
