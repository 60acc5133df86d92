// Writes a page in the form in which it is cached and `condensed-page.ts` opens it.

import type { Pausing } from "../../base/work/turns.ts";
import type { Hashes } from "../../pep/hashes.ts";
import { asciiJson } from "./ascii-json.ts";
import { SAME_VERSION, WHOLE_URL, type Row, type Rows, type VersionFiles } from "./condensed-page.ts";
import { ENTRIES_PER_PAUSE } from "./page-bounds.ts";
import type { DistributionFile } from "./project-page.ts";

/** Writes versions as lines, in their order. */
export function* formatDigest(versions: readonly VersionFiles[]): Pausing<string> {
  const lines: string[] = [];
  let order = "";
  for (const { version, files, uploaded } of versions) {
    const { firstMs = "", lastMs = "" } = uploaded;
    const sign = version.order === order ? String.fromCharCode(SAME_VERSION) : "";
    lines.push(`${sign}${version.text}\t${firstMs}\t${lastMs}\t${asciiJson(toRows(files))}\n`);
    order = version.order;
    yield;
  }
  return lines.join("");
}

/** Writes the files of a page with many projects, some in each line. */
export function* formatFiles(files: readonly DistributionFile[]): Pausing<string> {
  const lines: string[] = [];
  for (let start = 0; start < files.length; start += ENTRIES_PER_PAUSE) {
    lines.push(`${asciiJson(toRows(files.slice(start, start + ENTRIES_PER_PAUSE)))}\n`);
    yield;
  }
  return lines.join("");
}

function toRows(files: readonly DistributionFile[]): Rows {
  const urls = files.map(({ url, filename }) =>
    url.endsWith(`/${filename}`) ? url.slice(0, -filename.length) : WHOLE_URL + url,
  );
  const names = commonStart(files.map(({ filename }) => filename));
  const places = commonStart(urls);
  const times = commonStart(files.flatMap(({ uploadTime }) => uploadTime ?? []));
  let before: Partial<DistributionFile> = {};
  const rows = files.map((file, at): Row => {
    const { filename, hashes, yanked, metadata, requiresPython, uploadTime, size } = file;
    const row: Row = [
      filename.slice(names.length),
      urls[at]!.slice(places.length),
      onlySha256(hashes) ?? hashes,
      yanked === false ? 0 : yanked === before.yanked ? 1 : yanked,
      typeof metadata === "boolean" ? (metadata ? 1 : 0) : (onlySha256(metadata) ?? metadata),
      requiresPython === undefined ? 0 : requiresPython === before.requiresPython ? 1 : requiresPython,
      uploadTime === undefined ? 0 : uploadTime.slice(times.length),
      size ?? -1,
    ];
    before = file;
    return row;
  });
  return [[names, places, times], ...rows];
}

function commonStart([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) {
    let shared = 0;
    while (shared < length && other.charCodeAt(shared) === first.charCodeAt(shared)) shared += 1;
    length = shared;
  }
  return first.slice(0, length);
}

function onlySha256(hashes: Hashes): string | undefined {
  const { sha256 } = hashes;
  return sha256 !== undefined && Object.keys(hashes).length === 1 ? sha256 : undefined;
}
