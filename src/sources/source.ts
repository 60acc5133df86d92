// Where the files of a distribution come from: a plain JSON value, so that plans and locks can hold it. It never holds
// credentials; `Requested.requestUrl` has those that were given.

import { recordedUrl } from "../base/text/secret-parameters.ts";
import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import type { DirectUrl } from "../pep/files/direct-url.ts";
import type { FolderState } from "../pep/folder-state.ts";
import type { Hashes } from "../pep/hashes.ts";

export type Source = IndexSource | DirectSource | SdistSource | GitSource | DirectorySource;

/** What has to be built before it can be installed. */
export type BuildableSource = SdistSource | GitSource | DirectorySource;

/** Which index listed a file. */
export interface IndexReference {
  /** Absolute, without credentials. */
  readonly url: string;
  /** `simple` has one page per project, `flat` is one folder or page with files of many projects. */
  readonly kind: "simple" | "flat";
}

/** What an index states about a file. */
interface Listing {
  readonly index: IndexReference;
  readonly requiresPython?: string;
  /** PEP 658 and 714: whether `<url>.metadata` exists, and its hashes where they are stated. */
  readonly metadata: boolean | Hashes;
  /** PEP 592: false, or the reason, which may be empty. */
  readonly yanked: false | string;
  /** As the index wrote it (RFC 3339). */
  readonly uploadTime?: string;
}

/** One file: a wheel, or the archive of a source distribution. */
export interface SourceFile {
  readonly filename: string;
  /** Absolute, http(s) or file, without fragment. */
  readonly url: string;
  readonly hashes: Hashes;
  /** In bytes, as the index or the lock file states it. */
  readonly size?: number;
  /** Whether a lock file states hashes and size: the size must match too, while indexes are often wrong about it. */
  readonly isLocked?: true;
}

/** A wheel that an index lists. */
export interface IndexSource extends Listing, SourceFile {
  readonly kind: "index";
  /** Normalised. */
  readonly name: string;
  readonly version: string;
}

/** A wheel at a URL or a path. */
export interface DirectSource extends SourceFile {
  readonly kind: "direct";
  /** Normalised; as its file name says. */
  readonly name: string;
  readonly version: string;
  readonly subdirectory?: string;
}

/** A source distribution of an index, or at a URL or a path. */
export interface SdistSource extends SourceFile {
  readonly kind: "sdist";
  /** Normalised; undefined until the metadata is read. */
  readonly name?: string;
  readonly version?: string;
  /** The project's folder in the archive. */
  readonly subdirectory?: string;
  /** Set exactly where an index lists it. */
  readonly listing?: Listing;
}

/** A folder of a Git repository at a commit. */
export interface GitSource {
  readonly kind: "git";
  readonly name?: string;
  readonly version?: string;
  /** Of the repository, without `git+`. */
  readonly url: string;
  /** The branch, tag or commit that was requested; the default branch where there is none. */
  readonly reference?: string;
  /** A checkout has its large files (Git LFS), and not the pointers to them. */
  readonly hasLargeFiles?: true;
  /** The full commit, once it is resolved. */
  readonly commit?: string;
  readonly subdirectory?: string;
}

/** A project's folder on this machine. */
export interface DirectorySource {
  readonly kind: "directory";
  readonly name?: string;
  readonly version?: string;
  /** An absolute `file:` URL. */
  readonly url: string;
  readonly isEditable: boolean;
  /** What the folder was like when it was looked at; undefined where only a build shows whether it has changed. */
  readonly state?: FolderState;
  /** Built again even where nothing has changed: the user named it on the command line. */
  readonly isAlwaysBuilt?: true;
  readonly subdirectory?: string;
}

/** Whether a source has to be built before it can be installed. */
export function isBuildable(source: Source): source is BuildableSource {
  return source.kind !== "index" && source.kind !== "direct";
}

/** The state that shows a folder to be unchanged; undefined where it is built in any case. */
export function unchangedState(source: Source): FolderState | undefined {
  return source.kind === "directory" && source.isAlwaysBuilt !== true ? source.state : undefined;
}

/**
 * What `direct_url.json` records about a distribution of this source (PEP 610); undefined where an index lists it.
 *
 * Signatures and tokens among its query parameters are masked, as in all that is printed, and it names no variable.
 *
 * @param sha256 of the archive's verified bytes
 * @throws requirement/invalid as {@link refuseLineEnds}
 */
export function directUrlOf(source: Source, sha256?: string): DirectUrl | undefined {
  const subdirectory =
    source.kind === "index" || source.subdirectory === undefined ? {} : { subdirectory: source.subdirectory };
  if (subdirectory.subdirectory !== undefined) refuseLineEnds(subdirectory.subdirectory, source.url);
  switch (source.kind) {
    case "index":
      return undefined;
    case "sdist":
    case "direct":
      if (source.kind === "sdist" && source.listing !== undefined) return undefined;
      return {
        kind: "archive",
        url: recordedUrl(source.url),
        ...subdirectory,
        hashes: sha256 === undefined ? source.hashes : { sha256 },
      };
    case "git":
      return {
        kind: "vcs",
        url: recordedUrl(source.url),
        ...subdirectory,
        vcs: "git",
        commitId: source.commit ?? "",
        ...(source.reference === undefined ? {} : { requestedRevision: source.reference }),
        ...(source.hasLargeFiles === undefined ? {} : { hasLargeFiles: true }),
      };
    case "directory":
      return {
        kind: "directory",
        url: source.url,
        ...subdirectory,
        ...(source.isEditable ? { isEditable: true } : {}),
      };
  }
}

/**
 * Refuses a subdirectory that would end its line: `pip freeze` of pip writes it as it is recorded, so that what follows would be an
 * option of a requirements file.
 *
 * @throws requirement/invalid
 */
export function refuseLineEnds(subdirectory: string, url: string): void {
  if (!/[\p{Cc}\u2028\u2029]/u.test(subdirectory)) return;
  const shown = redactUrl(url);
  throw new PinionError(
    "requirement/invalid",
    `The subdirectory of \`${shown}\` has a control character or an end of a line`,
    { details: { text: shown } },
  );
}
