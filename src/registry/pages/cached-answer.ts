// One answer of an index through the cache: fresh from the disk, revalidated, or fetched, digested and kept.
// An entry is a line of JSON, what HTTP says about the answer and the hash of its body, and then its digest.

import { createHash } from "node:crypto";

import { notCached } from "../../net/not-cached.ts";
import { isRecord } from "../../base/values/record.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import type { Client, ClientResponse } from "../../net/client.ts";
import type { BodyMemory, LargeBodyTurn } from "../../net/http/exchange.ts";
import { isUnverified, type Protection } from "../../net/protection.ts";
import {
  cacheVerdict,
  parseStoredResponse,
  revalidationHeaders,
  underOverride,
  type StoredResponse,
} from "../../net/http/http-cache.ts";
import { redactUrl } from "../../net/url.ts";
import { keyUnder } from "../../sources/fetching/provenance.ts";
import { isRefreshed, type RefreshPolicy } from "../../sources/fetching/refresh.ts";
import { keptOf, revalidate, type Exchange } from "../../sources/fetching/revalidate.ts";
import { heldInMemory } from "../../store/cache/held-entries.ts";
import type { EntryKey, HeldEntry, Store } from "../../store/store.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import { PAGE_ACCEPT } from "./simple.ts";
import type { PageSource } from "./project-page.ts";
import type { Witness } from "../witness.ts";

export interface CacheSettings {
  readonly client: Client;
  readonly store: Store;
  readonly isOffline?: boolean | undefined;
  readonly refresh?: RefreshPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** A page has entries that cannot be read. */
  readonly onDamaged?: (() => void) | undefined;
  /** For answers that are large. */
  readonly largeBody?: LargeBodyTurn | undefined;
  /** Where bodies are put, one after the other. */
  readonly memory?: BodyMemory | undefined;
  /** Notes which answers were fresh in the cache, and that others were not. */
  readonly witness?: Witness | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What is requested, and how its answer is kept. */
export interface Question<T> {
  /** Holds no credentials. */
  readonly key: EntryKey;
  readonly url: string;
  readonly index: IndexLocation;
  /** The project; undefined for a page with many. */
  readonly name: string | undefined;
  /** From the body of the answer to the ASCII text that is kept. */
  digest(body: Buffer, source: PageSource): Promise<string>;
  /**
   * From the kept bytes to the value; undefined where they are damaged. The bytes are in memory that is used again, so that the
   * value has nothing of them but copies: it reads them again from what is held.
   */
  open(bytes: Buffer, held: HeldEntry): T | undefined;
}

/**
 * Gives an answer of an index; undefined where the index says that there is none.
 *
 * @throws net/offline, index/not-an-index, index/malformed-page, and what the client throws
 */
export async function answerThroughCache<T>(
  asked: Question<T>,
  settings: CacheSettings,
): Promise<T | undefined> {
  const promised = settings.client.protectionOf(asked.url);
  const question: PromisedQuestion<T> = { ...asked, promised, key: keyUnder(promised, asked.key) };
  const kept = await readForRun(question, settings.store);
  if (settings.isOffline === true) {
    settings.witness?.other();
    if (kept === undefined) throw notCached(question.url);
    return kept.value;
  }
  if (kept !== undefined && isFresh(kept.seen, question, settings)) {
    settings.witness?.page(question.key, kept.seen);
    return kept.value;
  }
  settings.witness?.other();
  const confirmable = kept === undefined || isDoubted(question, settings) ? undefined : kept;
  const exchange = exchangeOf(question, settings);
  const result = await revalidate(confirmable?.http, exchange);
  if (result.kind === "answered") return keepAnswer(result.response, { question, kept }, settings);
  if (result.kind === "unchanged" && confirmable !== undefined) {
    rewriteKept(question, { ...confirmable, http: result.http }, settings.store);
    return confirmable.value;
  }
  // A 304 that confirms nothing: asked again, past every cache.
  const again = await exchange.ask({ "cache-control": "no-cache" });
  if (again?.status === 304) throw unaskedNotModified(question);
  return keepAnswer(again, { question, kept }, settings);
}

/**
 * Whether what is kept may be something else than what its validators name: without TLS anyone on the way can change an
 * answer. A refresh is meant to drop that too.
 */
function isDoubted<T>({ promised, name }: PromisedQuestion<T>, { refresh }: CacheSettings): boolean {
  return isRefreshed(refresh, name) && isUnverified(promised);
}

/** With the protection that its URL promises, by which its entry is kept. */
interface PromisedQuestion<T> extends Question<T> {
  readonly promised: Protection;
}

interface Kept {
  readonly http: StoredResponse;
  /** Of the body, and of what else its reading depends on; undefined where an entry does not name it. */
  readonly bodyHash: string | undefined;
  readonly digest: HeldEntry;
}

interface KeptValue<T> extends Kept {
  readonly value: T;
}

/** What is kept, with how this run sees its headers: the `cache-control` setting of its index counts for no other run. */
async function readForRun<T>(
  question: Question<T>,
  store: Store,
): Promise<(KeptValue<T> & { readonly seen: StoredResponse }) | undefined> {
  const kept = readKept(question, store);
  const seen = kept && (await underOverride(kept.http, question.index.cacheControl?.api));
  return kept && seen && { ...kept, seen };
}

function readKept<T>(question: Question<T>, store: Store): KeptValue<T> | undefined {
  const entry = store.readHeldEntry("pages", question.key);
  const headEnd = entry?.contents.indexOf(LINE_END) ?? -1;
  if (entry === undefined || headEnd === -1) return undefined;
  const digest = entry.held.from(headEnd + 1);
  const head = parseHead(entry.contents.toString("utf8", 0, headEnd));
  const value = question.open(entry.contents.subarray(headEnd + 1), digest);
  return head === undefined || value === undefined ? undefined : { ...head, digest, value };
}

/** An entry, and where its digest begins. */
function formatKept(
  { http, bodyHash }: Pick<Kept, "http" | "bodyHash">,
  digest: Buffer,
): { readonly contents: Buffer; readonly digestStart: number } {
  const head = Buffer.from(`${JSON.stringify({ ...http, bodyHash })}\n`);
  return { contents: Buffer.concat([head, digest]), digestStart: head.length };
}

/** Writes what is kept again, with what an answer that confirms it says. */
function rewriteKept<T>(question: Question<T>, kept: Kept, store: Store): void {
  store.writeEntry("pages", question.key, formatKept(kept, kept.digest.bytes()).contents);
}

function parseHead(json: string): Omit<Kept, "digest"> | undefined {
  try {
    const head: unknown = JSON.parse(json);
    const http = parseStoredResponse(head);
    if (http === undefined) return undefined;
    const bodyHash = isRecord(head) && typeof head["bodyHash"] === "string" ? head["bodyHash"] : undefined;
    return { http, bodyHash };
  } catch {
    return undefined;
  }
}

function isFresh<T>(seen: StoredResponse, { name }: Question<T>, settings: CacheSettings): boolean {
  return !isRefreshed(settings.refresh, name) && cacheVerdict(seen, nowMs(settings)) === "fresh";
}

/** How the index is asked. */
function exchangeOf<T>(question: PromisedQuestion<T>, settings: CacheSettings): Exchange<ClientResponse> {
  return {
    promised: question.promised,
    options: { nowMs: nowMs(settings), cacheControl: question.index.cacheControl?.api },
    async ask(headers) {
      try {
        const response = await settings.client.request(question.url, {
          headers: { accept: PAGE_ACCEPT, ...headers },
          maxBytes: MAX_PAGE_BYTES,
          listedBy: question.index.url,
          accept: MISSING,
          largeBody: settings.largeBody,
          memory: settings.memory,
          signal: settings.signal,
        });
        return MISSING.includes(response.status) ? undefined : response;
      } catch (error) {
        if (isIgnored(error, question.index)) return undefined;
        throw error;
      }
    },
  };
}

/** Statuses that the settings of an index declare to mean "this index lacks the project". */
function isIgnored(error: unknown, { ignoreErrorCodes = [] }: IndexLocation): boolean {
  const status = isPinionError(error) ? error.details["status"] : undefined;
  return typeof status === "number" && ignoreErrorCodes.includes(status);
}

/**
 * Digests an answer, and keeps it instead of an earlier one; where it may not be kept, nothing is. Many indexes send no
 * validators: an answer that is the kept one byte for byte is not read again.
 */
async function keepAnswer<T>(
  response: ClientResponse | undefined,
  { question, kept }: { readonly question: PromisedQuestion<T>; readonly kept: KeptValue<T> | undefined },
  settings: CacheSettings,
): Promise<T | undefined> {
  if (response === undefined) {
    settings.store.removeEntry("pages", question.key);
    return undefined;
  }
  // 203 comes from a proxy that changed something of a 200 (RFC 9110 section 15.3.4).
  if (response.status !== 200 && response.status !== 203) throw notAnIndex(question, response);
  const body = await response.bytes();
  try {
    return await keepBody(body, response, { question, kept }, settings);
  } finally {
    settings.memory?.give(body);
  }
}

async function keepBody<T>(
  body: Buffer,
  response: ClientResponse,
  { question, kept }: { readonly question: PromisedQuestion<T>; readonly kept: KeptValue<T> | undefined },
  settings: CacheSettings,
): Promise<T | undefined> {
  const source = { contentType: response.headers["content-type"], url: response.url };
  const bodyHash = createHash("sha256").update(JSON.stringify(source)).update(body).digest("hex");
  const http = await keptOf(response, exchangeOf(question, settings));
  const same = kept?.bodyHash === bodyHash ? kept : undefined;
  if (same !== undefined) {
    if (http === undefined) settings.store.removeEntry("pages", question.key);
    else if (!isUnused(http, question) || !isUnused(same.http, question))
      rewriteKept(question, { ...same, http }, settings.store);
    return same.value;
  }
  const digest = Buffer.from(await question.digest(body, source), "latin1");
  if (http === undefined) {
    settings.store.removeEntry("pages", question.key);
    return question.open(digest, heldInMemory(digest));
  }
  const { contents, digestStart } = formatKept({ http, bodyHash }, digest);
  const held = settings.store.writeHeldEntry("pages", question.key, contents);
  return question.open(digest, held.from(digestStart));
}

/** Whether nothing of it spares the next run a download: then an entry need not be written again for its date. */
function isUnused<T>(http: StoredResponse, { index }: Question<T>): boolean {
  if (index.cacheControl?.api !== undefined) return false;
  return http.freshUntilMs <= http.storedAtMs && Object.keys(revalidationHeaders(http)).length === 0;
}

function nowMs({ now }: CacheSettings): number {
  return now?.() ?? Date.now();
}

function notAnIndex<T>({ url }: Question<T>, { status }: ClientResponse): PinionError {
  const shown = redactUrl(url);
  return new PinionError("index/not-an-index", `\`${shown}\` answered ${status} instead of a page of files`, {
    details: { url: shown, status },
  });
}

function unaskedNotModified<T>({ url }: Question<T>): PinionError {
  const shown = redactUrl(url);
  return new PinionError(
    "index/not-an-index",
    `\`${shown}\` answers 304 (not modified) although nothing was there to compare`,
    { details: { url: shown, status: 304 }, hints: ["A cache between here and the index is broken"] },
  );
}

const LINE_END = 0x0a;

/** The index lacks the project. A 410 is an error, as for uv. */
const MISSING: readonly number[] = [404];

/** Room for some 300,000 files. */
const MAX_PAGE_BYTES = 128 * 1024 ** 2;
