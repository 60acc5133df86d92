// How much a page of an index may hold. A page comes from anyone who can answer for an index, and a few hundred
// kilobytes of a compressed answer may stand for millions of entries.

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";

export function malformedPage(url: string, where: string, reason: string): PinionError {
  const shown = redactUrl(url);
  return new PinionError("index/malformed-page", `Cannot understand the page \`${shown}\`: ${reason}`, {
    details: { url: shown, where },
  });
}

/** @throws index/malformed-page where a page lists more files than any project has */
export function checkFileCount(count: number, url: string): void {
  if (count > MAX_FILES) throw malformedPage(url, "files", `it lists more than ${MAX_FILES} files`);
}

/** The entries of a page that were left out, because they are malformed: their number, and where the first few are. */
export class UnreadableEntries {
  readonly first: string[] = [];
  count = 0;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws index/malformed-page where there are so many that the page is not one of an index */
  add(where: string): void {
    this.count += 1;
    if (this.first.length < SHOWN_ENTRIES) this.first.push(where);
    if (this.count > MAX_UNREADABLE)
      throw malformedPage(
        this.#url,
        this.first[0]!,
        `more than ${MAX_UNREADABLE} of its entries cannot be read, the first is \`${this.first[0]}\``,
      );
  }
}

/** Entries that are read in about a millisecond. */
export const ENTRIES_PER_PAUSE = 256;

/** Half as many again as the largest page of PyPI has; so many fill the bytes that a page may have. */
const MAX_FILES = 300_000;
/** Real pages have none, or a few; an index that writes all entries wrongly offers nothing to install. */
const MAX_UNREADABLE = 5_000;
const SHOWN_ENTRIES = 3;
