// What HTTP allows to keep and for how long, for a private cache (RFC 9111), computed by `http-cache-semantics` once
// when an answer comes, so that a reader of the cache only compares two numbers.

import type { IncomingHttpHeaders } from "node:http";

/** What is kept beside a body. Survives JSON; holds neither credentials nor cookies. */
export interface StoredResponse {
  /** Milliseconds since 1970, as `freshUntilMs`. */
  readonly storedAtMs: number;
  readonly freshUntilMs: number;
  /** The headers that caching is about, of the last answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer as the client gives it. */
export interface CacheableResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface StoreOptions {
  readonly nowMs: number;
  /** The `cache-control` setting of an index, where the run has one: see {@link underOverride}. */
  readonly cacheControl?: string | undefined;
}

/**
 * Describes an answer of status 200 for keeping; undefined where it must not be kept. It is kept by what the server says of it: the
 * cache is shared by runs of other projects, whose settings say otherwise.
 */
export async function storedResponse(
  response: CacheableResponse,
  options: StoreOptions,
): Promise<StoredResponse | undefined> {
  return keepable(response.status, cachingHeaders(response.headers), options);
}

/**
 * What is kept as a run sees it whose index has a `cache-control` setting, which replaces the server's header for this run only;
 * undefined where that says not to use what is kept.
 */
export async function underOverride(
  stored: StoredResponse,
  cacheControl: string | undefined,
): Promise<StoredResponse | undefined> {
  if (cacheControl === undefined) return stored;
  return describe(200, withControl(stored.headers, cacheControl), stored.storedAtMs);
}

/** Whether what is kept may be used without asking. A clock that was set back makes it stale. */
export function cacheVerdict(stored: StoredResponse, nowMs: number): "fresh" | "stale" {
  return nowMs < stored.freshUntilMs && nowMs >= stored.storedAtMs ? "fresh" : "stale";
}

/**
 * The headers that ask whether what is kept still holds; empty where it has no validator. Weak entity tags are as good as
 * strong ones here (RFC 9110 section 13.1.2); compressing servers have no others.
 */
export function revalidationHeaders(stored: StoredResponse): Readonly<Record<string, string>> {
  const { etag, "last-modified": modified } = stored.headers;
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(modified === undefined ? {} : { "if-modified-since": modified }),
  };
}

/**
 * What is kept from now on after a 304; undefined where the 304 is not about what is kept (another entity tag), so that
 * the body must be fetched again, without validators.
 */
export async function refreshed(
  stored: StoredResponse,
  response: CacheableResponse,
  options: StoreOptions,
): Promise<StoredResponse | undefined> {
  const fresh = cachingHeaders(response.headers);
  if (!isAbout(fresh["etag"], stored.headers["etag"])) return undefined;
  // RFC 9111 section 3.2: what the 304 says replaces what was said before.
  const { age: _age, ...kept } = stored.headers;
  return keepable(200, { ...kept, ...fresh }, options);
}

/** Reads what was kept as JSON; undefined where it is damaged. */
export function parseStoredResponse(value: unknown): StoredResponse | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { storedAtMs, freshUntilMs, headers } = Object.fromEntries(Object.entries(value));
  if (typeof storedAtMs !== "number" || typeof freshUntilMs !== "number") return undefined;
  if (typeof headers !== "object" || headers === null) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (typeof text === "string" && CACHING_HEADERS.has(name)) texts[name] = text;
  }
  return { storedAtMs, freshUntilMs, headers: texts };
}

/** A setting may keep for its runs what the server forbids to keep: for every other run that is stale from the beginning. */
async function keepable(
  status: number,
  headers: Readonly<Record<string, string>>,
  { nowMs, cacheControl }: StoreOptions,
): Promise<StoredResponse | undefined> {
  const own = await describe(status, headers, nowMs);
  if (cacheControl === undefined) return own;
  const overridden = await describe(status, withControl(headers, cacheControl), nowMs);
  return overridden && (own ?? { storedAtMs: nowMs, freshUntilMs: nowMs, headers });
}

async function describe(
  status: number,
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): Promise<StoredResponse | undefined> {
  const { default: CachePolicy } = await import("http-cache-semantics");
  const request = { method: "GET", headers: {} };
  class PolicyAt extends CachePolicy {
    /** The library's clock is the caller's. */
    now(): number {
      return nowMs;
    }
  }
  const policy = new PolicyAt(
    request,
    { status, headers: { ...headers } },
    // The library means milliseconds by the last, and computes with it as seconds.
    { shared: false, cacheHeuristic: 0, immutableMinTimeToLive: IMMUTABLE_SECONDS },
  );
  if (!policy.storable()) return undefined;
  // Not `timeToLive()`: that counts the time in which a stale answer would do as well.
  const stated = Math.max(0, policy.maxAge() - policy.age()) * 1000;
  const hasStatement = ["cache-control", "expires", "pragma"].some((name) => headers[name] !== undefined);
  const isUnstated = !hasStatement && headers["last-modified"] !== undefined && headers["vary"] !== "*";
  return { storedAtMs: nowMs, freshUntilMs: nowMs + (isUnstated ? HEURISTIC_MS : stated), headers };
}

function cachingHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of CACHING_HEADERS) {
    const value = headers[name];
    if (typeof value === "string" && value.length <= MAX_VALUE_LENGTH) kept[name] = value;
  }
  const control = kept["cache-control"];
  return control === undefined ? kept : withControl(kept, control);
}

/** Directives are case-insensitive (RFC 9111 section 5.2); the library compares them as they are. */
function withControl(headers: Readonly<Record<string, string>>, control: string): Record<string, string> {
  return { ...headers, "cache-control": control.toLowerCase() };
}

/** Weak comparison (RFC 9110 section 8.8.3.2); a 304 without a tag is about whatever was asked. */
function isAbout(fresh: string | undefined, kept: string | undefined): boolean {
  if (fresh === undefined || kept === undefined) return true;
  return fresh.replace(/^W\//, "") === kept.replace(/^W\//, "");
}

const CACHING_HEADERS: ReadonlySet<string> = new Set([
  "cache-control",
  "pragma",
  "expires",
  "date",
  "age",
  "vary",
  "etag",
  "last-modified",
]);

// As uv: a server that says when a page changed, but not how long it holds, is believed for ten minutes.
const HEURISTIC_MS = 600_000;
// RFC 8246 names no time; the library's own default.
const IMMUTABLE_SECONDS = 86_400;
const MAX_VALUE_LENGTH = 1024;
