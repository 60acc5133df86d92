import { expect, test } from "vitest";

import { delayBeforeRetry, isRetryableStatus, parseRetryAfter } from "./retry.ts";

test.each([
  [200, false],
  [404, false],
  [408, true],
  [425, false],
  [429, true],
  [500, true],
  [503, true],
  [599, true],
  [600, false],
])("isRetryableStatus(%d) is %s", (status, expected) => {
  expect(isRetryableStatus(status)).toBe(expected);
});

test.each([
  ["0", 0],
  ["120", 120_000],
  [" 5 ", 5000],
  ["-5", undefined],
  ["1.5", undefined],
  ["1e9", undefined],
  ["99999999999999999999", undefined],
  ["Fri, 20 Nov 2026 00:00:10 GMT", 10_000],
  ["Fri, 20 Nov 2026 00:00:00 GMT", 0],
  ["Thu, 19 Nov 2026 00:00:00 GMT", 0],
  ["20 Nov 2026", undefined],
  ["soon", undefined],
  [undefined, undefined],
])("parseRetryAfter(%j) is %j", (header, expected) => {
  expect(parseRetryAfter(header, Date.UTC(2026, 10, 20))).toBe(expected);
});

test("delayBeforeRetry() doubles, with jitter, up to ten seconds", () => {
  const delays = (random: number): readonly number[] =>
    [1, 2, 3, 10].map((attempt) => delayBeforeRetry(attempt, { retryAfter: undefined, nowMs: 0, random }));
  expect(delays(0)).toEqual([250, 500, 1000, 5000]);
  expect(delays(0.999_999)).toEqual([500, 1000, 2000, 10_000]);
});

test("delayBeforeRetry() takes the server's word, but not for more than a minute", () => {
  expect(delayBeforeRetry(1, { retryAfter: "7", nowMs: 0, random: 0 })).toBe(7000);
  expect(delayBeforeRetry(1, { retryAfter: "86400", nowMs: 0, random: 0 })).toBe(60_000);
});
