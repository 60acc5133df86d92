// When the same request is worth another try, and how long to wait for it (docs/network.md, "HTTP").

/** Statuses that may be others a moment later: 408, 429 and 5xx. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status <= 599);
}

/**
 * How long to wait before the next attempt: twice as long each time, with jitter, so that many clients do not come
 * back together; or what the server asks for, bounded.
 *
 * @param attempt how many attempts were made: 1 after the first
 */
export function delayBeforeRetry(
  attempt: number,
  options: { readonly retryAfter: string | undefined; readonly nowMs: number; readonly random: number },
): number {
  const asked = parseRetryAfter(options.retryAfter, options.nowMs);
  if (asked !== undefined) return Math.min(asked, MAX_RETRY_AFTER_MS);
  const backOff = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
  return Math.round(backOff * (0.5 + options.random / 2));
}

/** Reads `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), into milliseconds from now. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // A date begins with a day's name; `Date.parse` by itself would take almost any number for a year.
  if (!/^[A-Z][a-z]{2,8},? /.test(text) || text.length > MAX_DATE_LENGTH) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
// docs/network.md, "HTTP": a server must not be able to hold a run for longer.
const MAX_RETRY_AFTER_MS = 60_000;
const MAX_DATE_LENGTH = 64;
