import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";

import {
  cacheVerdict,
  parseStoredResponse,
  refreshed,
  revalidationHeaders,
  storedResponse,
  underOverride,
} from "./http-cache.ts";

const nowMs = Date.UTC(2026, 10, 20, 12);
const date = new Date(nowMs).toUTCString();

/** For how many seconds an answer is fresh; undefined where it must not be kept. */
async function freshness(headers: IncomingHttpHeaders, cacheControl?: string): Promise<number | undefined> {
  const options = cacheControl === undefined ? { nowMs } : { nowMs, cacheControl };
  const kept = await storedResponse({ status: 200, headers }, options);
  const stored = kept && (await underOverride(kept, cacheControl));
  return stored === undefined ? undefined : (stored.freshUntilMs - nowMs) / 1000;
}

describe("storedResponse()", () => {
  test.each<[string, IncomingHttpHeaders, number | undefined]>([
    ["max-age", { "cache-control": "max-age=600, public" }, 600],
    ["max-age in capitals", { "cache-control": "Max-Age=600" }, 600],
    ["an age that has passed elsewhere", { "cache-control": "max-age=600", age: "500" }, 100],
    ["an age beyond the end", { "cache-control": "max-age=600", age: "900" }, 0],
    [
      "max-age before Expires",
      { "cache-control": "max-age=5", expires: new Date(nowMs + 9e6).toUTCString(), date },
      5,
    ],
    ["Expires", { expires: new Date(nowMs + 60_000).toUTCString(), date }, 60],
    ["an Expires of 0", { expires: "0", date }, 0],
    ["no-cache", { "cache-control": "no-cache, max-age=600" }, 0],
    ["Pragma", { pragma: "no-cache", "last-modified": date }, 0],
    ["no-store", { "cache-control": "no-store" }, undefined],
    ["private, for a private cache", { "cache-control": "private, max-age=60" }, 60],
    ["s-maxage, which is for shared caches", { "cache-control": "s-maxage=600" }, 0],
    ["immutable", { "cache-control": "immutable" }, 86_400],
    ["Vary: *", { "cache-control": "max-age=600", vary: "*" }, 0],
    [
      "stale-while-revalidate, which is not fresh",
      { "cache-control": "max-age=0, stale-while-revalidate=600" },
      0,
    ],
    ["a negative max-age", { "cache-control": "max-age=-5" }, 0],
    ["a max-age that is not a number", { "cache-control": "max-age=soon" }, 0],
    ["only a date of change, as uv", { "last-modified": "Fri, 20 Nov 2020 00:00:00 GMT", date }, 600],
    ["nothing at all", {}, 0],
  ])("keeps %s", async (_what, headers, seconds) => {
    // What the library reckons from its own clock may differ by the milliseconds that pass meanwhile.
    const found = await freshness(headers);
    if (seconds === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(seconds, 0);
  });

  test("takes an index's own `cache-control` for the server's", async () => {
    expect(await freshness({ "cache-control": "no-store" }, "max-age=3600")).toBeCloseTo(3600, 0);
    expect(await freshness({ "cache-control": "max-age=600" }, "no-cache")).toBe(0);
  });

  test("keeps no cookie and nothing that caching is not about", async () => {
    const headers = {
      etag: '"a"',
      "set-cookie": ["s=secret"],
      "x-token": "secret",
      "cache-control": "max-age=1",
    };
    const stored = await storedResponse({ status: 200, headers }, { nowMs });
    expect(stored?.headers).toEqual({ etag: '"a"', "cache-control": "max-age=1" });
    expect(parseStoredResponse(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });
});

test("cacheVerdict() is stale from the end on, and when the clock was set back", () => {
  const stored = { storedAtMs: 1000, freshUntilMs: 2000, headers: {} };
  expect([999, 1000, 1999, 2000].map((at) => cacheVerdict(stored, at))).toEqual([
    "stale",
    "fresh",
    "fresh",
    "stale",
  ]);
});

test.each([
  [{ etag: 'W/"a"' }, { "if-none-match": 'W/"a"' }],
  [
    { etag: '"a"', "last-modified": date },
    { "if-none-match": '"a"', "if-modified-since": date },
  ],
  [{ "last-modified": date }, { "if-modified-since": date }],
  [{}, {}],
])("revalidationHeaders() of %j", (headers, expected) => {
  expect(revalidationHeaders({ storedAtMs: 0, freshUntilMs: 0, headers })).toEqual(expected);
});

describe("refreshed()", () => {
  const stored = {
    storedAtMs: 0,
    freshUntilMs: 0,
    headers: { etag: 'W/"a"', "cache-control": "max-age=60", age: "50" },
  };

  test("takes over what the 304 says, and what was said before", async () => {
    const again = await refreshed(
      stored,
      { status: 304, headers: { "cache-control": "max-age=120" } },
      { nowMs },
    );
    expect(again).toEqual({
      storedAtMs: nowMs,
      freshUntilMs: nowMs + 120_000,
      headers: { etag: 'W/"a"', "cache-control": "max-age=120" },
    });
  });

  test("forgets an age that is over", async () => {
    expect((await refreshed(stored, { status: 304, headers: {} }, { nowMs }))?.freshUntilMs).toBe(
      nowMs + 60_000,
    );
  });

  test.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b"', false],
    ['W/"b"', false],
  ])("with the tag %s is about what is kept: %s", async (etag, isAbout) => {
    const again = await refreshed(stored, { status: 304, headers: { etag } }, { nowMs });
    expect(again !== undefined).toBe(isAbout);
  });
});

test.each([
  undefined,
  null,
  "text",
  {},
  { storedAtMs: 1, freshUntilMs: "2", headers: {} },
  { storedAtMs: 1, freshUntilMs: 2, headers: null },
])("parseStoredResponse(%j) is undefined", (value) => {
  expect(parseStoredResponse(value)).toBeUndefined();
});

test("parseStoredResponse() leaves out what is not a header of caching", () => {
  const value: unknown = JSON.parse(
    '{"storedAtMs":1,"freshUntilMs":2,"headers":{"etag":"x","__proto__":"y","age":5,"cookie":"z"}}',
  );
  expect(parseStoredResponse(value)?.headers).toEqual({ etag: "x" });
});

describe("underOverride()", () => {
  // Promise: what a project says about caching holds for its own runs, and freezes no page for others
  // Attack: the project's index table has `cache-control` with a year to live, for an index that everybody uses
  test.each([
    ["max-age=600", 600],
    ["no-cache", 0],
    ["no-store", 0],
  ])("leaves an answer with `%s` as fresh as its server says for every other run", async (own, seconds) => {
    const year = "max-age=31536000, immutable";
    const answer = { status: 200, headers: { "cache-control": own, etag: '"a"' } };
    const options = { nowMs, cacheControl: year };
    for (const kept of [
      await storedResponse(answer, options),
      await refreshed({ storedAtMs: 0, freshUntilMs: 0, headers: {} }, { ...answer, status: 304 }, options),
    ]) {
      expect(kept).toMatchObject({ freshUntilMs: nowMs + seconds * 1000 });
      expect(kept && (await underOverride(kept, year))).toMatchObject({
        freshUntilMs: nowMs + 31_536_000_000,
      });
    }
  });

  test("does not use what a setting forbids to keep", async () => {
    const answer = { status: 200, headers: { "cache-control": "max-age=600" } };
    const kept = await storedResponse(answer, { nowMs });
    expect(kept && (await underOverride(kept, "no-store"))).toBeUndefined();
    expect(await storedResponse(answer, { nowMs, cacheControl: "no-store" })).toBeUndefined();
  });
});
