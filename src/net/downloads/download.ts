// Downloads what is checked by its digest: hashed while it is read, resumed where it was cut, never used half.

import { PinionError } from "../../errors.ts";
import type { Client, ClientResponse } from "../client.ts";
import { DigestCheck, digestMismatch, type StatedDigest } from "./hash-check.ts";
import { FileSink, MemorySink, type Allocate, type Sink } from "./download-sink.ts";
import { isRetryable } from "../failures.ts";
import { weakestOf, type Protection } from "../protection.ts";
import { parseHttpUrl, redactUrl } from "../url.ts";

export type { StatedDigest } from "./hash-check.ts";

export interface DownloadOptions {
  /** Every one that anyone stated; all of them are checked. */
  readonly digests?: readonly StatedDigest[] | undefined;
  readonly maxBytes?: number | undefined;
  /** See `RequestOptions.listedBy`. */
  readonly listedBy?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Called now and then, and at the end. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DownloadProgress {
  readonly bytes: number;
  readonly totalBytes: number | undefined;
}

export interface Downloaded {
  /** Of the whole; lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
  /** The final URL, without credentials. */
  readonly url: string;
  /** Of the weakest piece. */
  readonly protection: Protection;
}

/**
 * Downloads into memory.
 *
 * @throws `wheel/hash-mismatch` where the bytes are not the expected ones, and whatever `Client.request` throws
 */
export async function downloadToBuffer(
  client: Client,
  url: string | URL,
  options: DownloadOptions & { readonly allocate?: Allocate | undefined } = {},
): Promise<Downloaded & { readonly bytes: Buffer }> {
  const sink = new MemorySink(options.allocate);
  const downloaded = await new Download(client, parseHttpUrl(url), { ...options, sink }).run();
  return { ...downloaded, bytes: sink.bytes };
}

/**
 * Downloads into a new file of a bounded size, which must not exist; after a failure it is its owner's to remove.
 *
 * @throws as {@link downloadToBuffer}, and `cache/unusable` where the file cannot be written
 */
export async function downloadToFile(
  client: Client,
  url: string | URL,
  options: DownloadOptions & { readonly path: string; readonly maxBytes: number },
): Promise<Downloaded> {
  const address = parseHttpUrl(url);
  const sink = new FileSink(options.path);
  try {
    return await new Download(client, address, { ...options, sink }).run();
  } finally {
    sink.close();
  }
}

/** Owns one download: how far it has come and what it may go on with. */
class Download {
  readonly #client: Client;
  readonly #url: URL;
  readonly #options: DownloadOptions & { readonly sink: Sink };
  readonly #check: DigestCheck;
  #received = 0;
  /** The most that was ever received: what a server sends again does not count as progress. */
  #furthest = 0;
  /** The progress that was reported last. */
  #told = 0;
  #totalBytes: number | undefined;
  /** For `If-Range`: the same bytes, as far as the server can tell (RFC 9110 section 13.1.5). */
  #validator: string | undefined;
  /** Nothing was decoded on the way. */
  #isPlain = true;
  #asksForRest = false;
  #avoidsRanges = false;
  #wasResumed = false;
  #hadMismatch = false;
  #finalUrl = "";
  #protection: Protection = "verified";

  constructor(client: Client, url: URL, options: DownloadOptions & { readonly sink: Sink }) {
    this.#client = client;
    this.#url = url;
    this.#options = options;
    this.#check = new DigestCheck(options.digests ?? []);
  }

  async run(): Promise<Downloaded> {
    let failures = 0;
    for (;;) {
      const before = this.#received;
      const furthest = this.#furthest;
      try {
        await this.#fetch();
        const result = this.#finish();
        if (result !== undefined) return result;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        // Some gateways answer a whole file and never a part of it.
        if (this.#asksForRest && this.#received === before) this.#avoidsRanges = true;
        // A line that breaks again and again still gets there as long as it brings something each time.
        failures = this.#furthest - furthest >= FAIR_PROGRESS_BYTES ? 1 : failures + 1;
        if (failures > MAX_FAILURES) throw error;
      }
    }
  }

  async #fetch(): Promise<void> {
    const from = this.#canResume ? this.#received : 0;
    this.#asksForRest = from > 0;
    const response = await this.#client.request(this.#url, {
      headers: { ...this.#options.headers, ...(from > 0 ? this.#rangeHeaders(from) : {}) },
      encoding: "identity",
      body: "stream",
      listedBy: this.#options.listedBy,
      accept: [RANGE_NOT_SATISFIABLE],
      ...(from > 0 ? { retries: 1 } : {}),
      ...(this.#options.maxBytes === undefined ? {} : { maxBytes: this.#options.maxBytes }),
      ...(this.#options.signal === undefined ? {} : { signal: this.#options.signal }),
    });
    this.#finalUrl = response.url;
    this.#protection = weakestOf([this.#protection, response.protection]);
    try {
      if (isEndOfFile(response, from)) {
        this.#wasResumed = true;
        return await response.discard();
      }
      this.#align(response, from);
    } catch (error) {
      await response.discard();
      throw error;
    }
    await response.pour((chunk) => this.#take(chunk));
  }

  get #canResume(): boolean {
    // Ranges count the bytes on the wire. Without a validator only the digest shows whether the halves belong together.
    return (
      !this.#avoidsRanges &&
      this.#isPlain &&
      this.#received > 0 &&
      (this.#validator !== undefined || (this.#options.digests ?? []).length > 0)
    );
  }

  #rangeHeaders(from: number): Readonly<Record<string, string>> {
    const range = { range: `bytes=${from}-` };
    return this.#validator === undefined ? range : { ...range, "if-range": this.#validator };
  }

  /** Goes on where the answer does, or begins again: some servers ignore ranges, and some files change. */
  #align(response: ClientResponse, from: number): void {
    const range = parseContentRange(response.headers["content-range"]);
    if (
      from > 0 &&
      response.status === 206 &&
      range?.first === from &&
      range.total === (this.#totalBytes ?? range.total)
    ) {
      this.#wasResumed = true;
      this.#totalBytes = range.total;
      return;
    }
    if (!WHOLE_FILE.has(response.status)) {
      this.#restart(undefined);
      this.#validator = undefined;
      const wanted = from > 0 ? "the rest of a file" : "a whole file";
      throw new PinionError(
        "net/malformed-response",
        `\`${redactUrl(this.#url)}\` answered a request for ${wanted} with status ${response.status}`,
      );
    }
    const length = response.headers["content-length"];
    this.#isPlain = response.headers["content-encoding"] === undefined;
    const total =
      this.#isPlain && length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
    // Before any of it comes: what is too large for one bound may be asked for again under another.
    this.#requireWithin(total ?? 0);
    this.#restart(total);
    this.#validator = validatorOf(response);
  }

  #restart(totalBytes: number | undefined): void {
    this.#received = 0;
    this.#told = 0;
    this.#totalBytes = totalBytes;
    this.#wasResumed = false;
    this.#check.restart();
    this.#options.sink.restart(totalBytes);
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#furthest) this.#furthest = this.#received;
    this.#requireWithin(this.#received);
    this.#check.update(chunk);
    this.#options.sink.write(chunk);
    const isDue = this.#received - this.#told >= PROGRESS_BYTES || this.#received === this.#totalBytes;
    if (isDue) this.#tellProgress();
  }

  #requireWithin(bytes: number): void {
    const { maxBytes } = this.#options;
    if (maxBytes === undefined || bytes <= maxBytes) return;
    const url = redactUrl(this.#url);
    throw new PinionError("net/too-large", `\`${url}\` is larger than the limit`, {
      details: { url, maxBytes },
    });
  }

  #tellProgress(): void {
    this.#told = this.#received;
    this.#options.onProgress?.({ bytes: this.#received, totalBytes: this.#totalBytes });
  }

  /** Undefined where halves were joined that do not belong together: then once more, from the beginning. */
  #finish(): Downloaded | undefined {
    this.#options.sink.finish();
    if (this.#told !== this.#received) this.#tellProgress();
    const { sha256, mismatches } = this.#check.finish();
    const [mismatch] = mismatches;
    if (mismatch === undefined)
      return { sha256, size: this.#received, url: this.#finalUrl, protection: this.#protection };
    if (!this.#wasResumed || this.#hadMismatch) {
      throw digestMismatch(mismatch, { url: this.#finalUrl, size: this.#received });
    }
    this.#hadMismatch = true;
    this.#validator = undefined;
    this.#restart(undefined);
    return undefined;
  }
}

/** Whether a server says that nothing follows what is there: the file came whole, and its end was not announced. */
function isEndOfFile({ status, headers }: ClientResponse, from: number): boolean {
  return status === RANGE_NOT_SATISFIABLE && from > 0 && headers["content-range"] === `bytes */${from}`;
}

/** A strong entity tag, else a date that is old enough to be strong (RFC 9110 sections 8.8.1 and 8.8.2.2). */
function validatorOf(response: ClientResponse): string | undefined {
  const { etag, date } = response.headers;
  if (etag !== undefined && /^"[^"]*"$/.test(etag)) return etag;
  const modified = response.headers["last-modified"];
  if (modified === undefined || date === undefined) return undefined;
  return Date.parse(date) - Date.parse(modified) >= STRONG_DATE_MS ? modified : undefined;
}

function parseContentRange(
  header: string | undefined,
): { readonly first: number; readonly total: number } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return first <= last && last === total - 1 ? { first, total } : undefined;
}

const RANGE_NOT_SATISFIABLE = 416;
/** OK; and Non-Authoritative Information, from a proxy that changed something on the way (RFC 9110 section 15.3.4). */
const WHOLE_FILE: ReadonlySet<number> = new Set([200, 203]);

// pip's `--resume-retries`.
const MAX_FAILURES = 5;
const FAIR_PROGRESS_BYTES = 1024 * 1024;
/** More often than a person sees; a piece is a quarter of it. */
const PROGRESS_BYTES = 64 * 1024;

// RFC 9110 section 8.8.2.2 takes a minute as the bound for clocks that differ.
const STRONG_DATE_MS = 60_000;
