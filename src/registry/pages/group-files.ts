// The files of a page by what they are distributions of: the versions of one project, or many projects.

import { append } from "../../base/values/group-by.ts";
import type { Pausing } from "../../base/work/turns.ts";
import {
  tryParseLegacySdistFilename,
  tryParseSdistFilename,
  tryParseWheelFilename,
  tryParseWheelVariant,
  type FilenameOptions,
} from "../../pep/files/filename.ts";
import { compareVersions, tryParseVersion, type Version } from "../../pep/versions/version.ts";
import type { UploadTimes, VersionFiles } from "./condensed-page.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import { ENTRIES_PER_PAUSE, malformedPage, MAX_VERSION_FILES, MAX_VERSIONS } from "./page-bounds.ts";
import type { DistributionFile } from "./project-page.ts";

/**
 * The files of one project by version, newest first; what is not a file of the project falls away. Versions that are equal and
 * written otherwise stand beside each other.
 *
 * @throws index/malformed-page where there are more versions than any project has, or one has more files than any release has
 */
export function* groupByVersion(
  files: readonly DistributionFile[],
  name: string,
  index: IndexLocation,
): Pausing<readonly VersionFiles[]> {
  const remembered = { parseVersion: rememberVersions() };
  const groups = new Map<string, VersionGroup>();
  for (let at = 0; at < files.length; at += 1) {
    if (at % ENTRIES_PER_PAUSE === 0) yield;
    const file = files[at]!;
    const parsed = parseFilename(file.filename, remembered);
    if (parsed?.name !== name) continue;
    const group = groups.get(parsed.version.text);
    if (group === undefined) groups.set(parsed.version.text, new VersionGroup(index, parsed.version, [file]));
    else group.files.push(file);
  }
  if (groups.size > MAX_VERSIONS)
    throw malformedPage(index.url, "files", `it has more than ${MAX_VERSIONS} versions`);
  const versions = [...groups.values()].sort((a, b) => compareVersions(b.version, a.version));
  checkVersionFiles(versions, index);
  return versions;
}

/** The files of a page with many projects, by normalised name; what is not a distribution falls away. */
export function* groupByName(
  files: readonly DistributionFile[],
): Pausing<ReadonlyMap<string, readonly DistributionFile[]>> {
  const remembered = { parseVersion: rememberVersions() };
  const groups = new Map<string, DistributionFile[]>();
  for (let at = 0; at < files.length; at += 1) {
    if (at % ENTRIES_PER_PAUSE === 0) yield;
    const file = files[at]!;
    const parsed = parseFilename(file.filename, remembered);
    if (parsed === undefined) continue;
    append(groups, parsed.name, file);
  }
  return groups;
}

class VersionGroup implements VersionFiles {
  readonly index: IndexLocation;
  readonly version: Version;
  readonly files: DistributionFile[];

  constructor(index: IndexLocation, version: Version, files: DistributionFile[]) {
    this.index = index;
    this.version = version;
    this.files = files;
  }

  get uploaded(): UploadTimes {
    return uploadTimesOf(this.files);
  }
}

function uploadTimesOf(files: readonly DistributionFile[]): UploadTimes {
  const times = files.map(({ uploadTime }) => (uploadTime === undefined ? NaN : Date.parse(uploadTime)));
  const known = times.filter((time) => !Number.isNaN(time));
  const ends = (isFirst: boolean): number | undefined =>
    known.length === 0
      ? undefined
      : known.reduce((end, time) => (isFirst ? Math.min(end, time) : Math.max(end, time)));
  return { firstMs: ends(true), lastMs: known.length === times.length ? ends(false) : undefined };
}

/** All files of a version are looked at when one is chosen, in whichever way the version is written. */
function checkVersionFiles(versions: readonly VersionFiles[], index: IndexLocation): void {
  let order = "";
  let count = 0;
  for (const { version, files } of versions) {
    count = files.length + (version.order === order ? count : 0);
    order = version.order;
    if (count <= MAX_VERSION_FILES) continue;
    const reason = `version ${version.text} has more than ${MAX_VERSION_FILES} files`;
    throw malformedPage(index.url, "files", reason);
  }
}

function parseFilename(
  filename: string,
  options: FilenameOptions,
): { readonly name: string; readonly version: Version } | undefined {
  return (
    tryParseWheelFilename(filename, options) ??
    tryParseSdistFilename(filename, options) ??
    tryParseLegacySdistFilename(filename, options) ??
    tryParseWheelVariant(filename, options)
  );
}

/** Versions repeat: every file of a release has the same. */
function rememberVersions(): (text: string) => Version | undefined {
  const seen = new Map<string, Version | undefined>();
  return (text) => {
    if (!seen.has(text)) seen.set(text, tryParseVersion(text));
    return seen.get(text);
  };
}
