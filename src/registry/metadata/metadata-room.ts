// What stays of the metadata that a run reads: only the fields that decide, in memory of their own, and no more of them together
// than a machine can hold. The solver may look at each version of a project, and an index can list any number of them.

import { PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import { readHeaders } from "../../pep/metadata/core-metadata-fields.ts";
import { parseMetadata, type Metadata } from "../../pep/metadata/metadata.ts";
import type { RequirementReader } from "../../pep/requirements/requirement-reader.ts";

/** Metadata, and the header that it was read from. */
export interface HeldMetadata {
  /** Its headers are read from `head` each time. */
  readonly metadata: Metadata;
  /** Of a long header, only the fields that decide. */
  readonly head: Buffer;
}

/** Counts what the metadata of a run takes. */
export class MetadataRoom {
  readonly #maxHeld: number;
  #held = 0;

  constructor(maxHeld: number = MAX_HELD) {
    this.#maxHeld = maxHeld;
  }

  /**
   * Reads metadata, which stays until the run ends.
   *
   * @param url of the file that it is of, for messages
   * @throws index/invalid-metadata, net/too-large
   */
  read(text: string, url: string, readRequirement?: RequirementReader): HeldMetadata {
    const whole = headOf(text);
    const head = Buffer.from(whole.length > LONG_HEAD ? decidingFields(whole) : whole);
    // Parts of a string hold the whole of it: here that is not all of the file.
    const metadata = parseMetadata(head.toString("utf8"), readRequirement);
    this.#keep(head.length * BYTES_PER_BYTE + lengthOfRequirements(metadata) * BYTES_PER_CHARACTER, url);
    return { metadata: withHeadersOf(head, metadata), head };
  }

  #keep(bytes: number, url: string): void {
    if (this.#held + bytes > this.#maxHeld) throw tooLarge(url, this.#maxHeld);
    this.#held += bytes;
  }
}

/** Headers are dozens of small values for each version that is looked at, and only reports show them. */
function withHeadersOf(head: Buffer, { headers: _kept, ...metadata }: Metadata): Metadata {
  return {
    ...metadata,
    get headers() {
      return readHeaders(head.toString("utf8")).headers;
    },
  };
}

/** Only the header: the description is most of the file and decides nothing. */
export function headOf(text: string): string {
  const end = /\r?\n\r?\n/.exec(text)?.index;
  return end === undefined ? text : text.slice(0, end + 1);
}

function decidingFields(head: string): string {
  const { headers } = readHeaders(head);
  const deciding = headers.filter(([name]) => DECIDING.has(name.toLowerCase()));
  return deciding.map(([name, value]) => `${name}: ${value}\n`).join("");
}

function lengthOfRequirements({ headers }: Metadata): number {
  let length = 0;
  for (const [name, value] of headers)
    if (name.toLowerCase() === "requires-dist") length += value.length + name.length;
  return length;
}

function tooLarge(url: string, maxBytes: number): PinionError {
  const shown = redactUrl(url);
  const mebibytes = Math.floor(maxBytes / 1024 ** 2);
  return new PinionError(
    "net/too-large",
    `The metadata of the indexes takes more than ${mebibytes} MiB together with that of \`${shown}\``,
    { details: { url: shown, maxBytes } },
  );
}

/** Fields of {@link Metadata}. */
const DECIDING: ReadonlySet<string> = new Set([
  "metadata-version",
  "name",
  "version",
  "requires-python",
  "requires-dist",
  "provides-extra",
  "dynamic",
]);
/** In characters. Nearly all headers are shorter; more is a license, or not meant to be read. */
const LONG_HEAD = 16 * 1024;
/** A header stays as bytes and as a string. */
const BYTES_PER_BYTE = 2;
/** What a requirement takes as a value, as measured. */
const BYTES_PER_CHARACTER = 8;
/** A resolution that reads 10,000 files of usual length takes a fifth of it. */
const MAX_HELD = 1024 ** 3;
