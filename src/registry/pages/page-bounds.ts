// How much a page of an index may hold. A page comes from anyone who can answer for an index, and a few hundred
// kilobytes of a compressed answer may stand for millions of entries.

import { PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import type { ProjectPage } from "./project-page.ts";

export function malformedPage(url: string, where: string, reason: string): PinionError {
  const shown = redactUrl(url);
  return new PinionError("index/malformed-page", `Cannot understand the page \`${shown}\`: ${reason}`, {
    details: { url: shown, where },
  });
}

/** @throws index/malformed-page where a page has more entries than any project has files */
export function checkEntryCount(count: number, url: string): void {
  if (count > MAX_ENTRIES) throw malformedPage(url, "files", `it has more than ${MAX_ENTRIES} entries`);
}

/** The characters of the addresses of a page, each of which may begin with all of the page's own or of its `base`. */
export class AddressRoom {
  readonly #url: string;
  #characters = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws index/malformed-page where there are more than a page may have that spells them out */
  add({ url }: { readonly url: string }): void {
    this.#characters += url.length;
    if (this.#characters > MAX_ADDRESSES_LENGTH)
      throw malformedPage(
        this.#url,
        "files",
        `its addresses have more than ${MAX_ADDRESSES_LENGTH} characters`,
      );
  }
}

/** The reason why a file is yanked, cut where it is longer than a person would read. */
export function shortReason(reason: string): string {
  return reason.length <= MAX_TEXT_LENGTH
    ? reason
    : `${reason.slice(0, MAX_TEXT_LENGTH).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** The entries of a page that were left out, because they are malformed: their number, and where the first few are. */
export class UnreadableEntries {
  readonly #url: string;
  readonly #first: string[] = [];
  #count = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws index/malformed-page where there are so many that the page is not one of an index */
  add(where: string): void {
    this.#count += 1;
    if (this.#first.length < SHOWN_ENTRIES) this.#first.push(where);
    if (this.#count <= MAX_UNREADABLE) return;
    const first = this.#first[0] ?? where;
    const reason = `more than ${MAX_UNREADABLE} of its entries cannot be read, the first is \`${first}\``;
    throw malformedPage(this.#url, first, reason);
  }

  /** As part of a page; nothing where there are none. */
  get found(): Pick<ProjectPage, "unreadable"> {
    return this.#count === 0 ? {} : { unreadable: { count: this.#count, first: this.#first } };
  }
}

/** Entries that are read in about a millisecond. */
export const ENTRIES_PER_PAUSE = 256;

/** As long as a request may be for most servers; signed addresses have 2,000 characters. */
export const MAX_ADDRESS_LENGTH: number = 16 * 1024;
/** As many as the bytes of the largest page. */
const MAX_ADDRESSES_LENGTH = 128 * 1024 ** 2;
/** For what a file needs and when it was uploaded; real ones have up to 100 characters. */
export const MAX_TEXT_LENGTH: number = 4 * 1024;

/** Half as many again as the largest page of PyPI has; so many fill the bytes that a page may have. */
const MAX_ENTRIES = 300_000;
/** The projects with the most have some thousands; so many are put in order in a few tenths of a second. */
export const MAX_VERSIONS = 100_000;
/** The largest releases have some hundred. */
export const MAX_VERSION_FILES = 10_000;
/** Real pages have none, or a few; an index that writes all entries wrongly offers nothing to install. */
const MAX_UNREADABLE = 5_000;
const SHOWN_ENTRIES = 3;
