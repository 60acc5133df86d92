// Points in time as `--exclude-newer` accepts them, each tool's own reading: a date, a timestamp, or a duration back from
// now (`7 days`, `1w 2d`, `P7D`). uv's durations are jiff's "friendly" ones: https://docs.rs/jiff/latest/jiff/fmt/friendly/

import { PinionError } from "../../errors.ts";
import { invalidValue } from "./invalid-argument.ts";
import { formatOrigin, type Origin, type Sourced } from "../origin.ts";

/**
 * Turns the text into milliseconds since 1970. A bare date means its end in local time for uv, whose files of that day
 * count, and its beginning for pip (`uploaded-prior-to`).
 *
 * @param flag as the usage names it, for the error
 * @throws usage/invalid-argument, settings/invalid
 */
export function parseInstant(
  { value, origin }: Sourced<string>,
  flag: string,
  nowMs: number = Date.now(),
): number {
  const text = value.trim();
  const instant = text.length > MAX_LENGTH ? undefined : instantOf(text, { origin, nowMs });
  if (instant !== undefined && Math.abs(instant) <= LAST_INSTANT) return instant;
  const [name, durations] = isPips(origin)
    ? ["uploaded-prior-to", "a number of days like `P3D`"]
    : ["exclude-newer", "a duration like `3 days` or `P3D`"];
  const why = `\`${value}\` could not be parsed as a valid ${name} value (expected a date like \`2024-01-01\`, a timestamp like \`2024-01-01T00:00:00Z\`, or ${durations})`;
  if (origin.kind === "flag")
    throw invalidValue(value, { option: isPips(origin) ? `--${name} <date>` : flag, why });
  throw new PinionError("settings/invalid", `\`${formatOrigin(origin)}\`: ${why}`, { details: { value } });
}

function instantOf(
  text: string,
  { origin, nowMs }: { readonly origin: Origin; readonly nowMs: number },
): number | undefined {
  return isPips(origin) ? pipInstant(text, nowMs) : uvInstant(text, nowMs);
}

function isPips(origin: Origin): boolean {
  if (origin.kind === "flag") return origin.flag === "--uploaded-prior-to";
  return origin.kind !== "default" && origin.tool === "pip";
}

function uvInstant(text: string, nowMs: number): number | undefined {
  const day = calendarDay(text);
  if (day !== undefined) return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime();
  const durationMs = isoDuration(text) ?? friendlyDuration(text);
  // `-3 days`, `3 days ago` and `3 days` are the same past for uv.
  return durationMs === undefined ? timestamp(text) : nowMs - durationMs;
}

/** Python's `datetime.fromisoformat`, which knows weeks, or a number of days (`P7D`). */
function pipInstant(text: string, nowMs: number): number | undefined {
  const day = calendarDay(text) ?? weekDay(text);
  if (day !== undefined) return day.getTime();
  const days = PIP_DURATION.exec(text)?.[1];
  return days === undefined ? timestamp(text) : nowMs - Number(days) * DAY_MS;
}

/** `2024-12-04`, `20241204`: its beginning in local time. */
function calendarDay(text: string): Date | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number);
  const date = new Date(year, month - 1, day);
  return month >= 1 && month <= 12 && date.getDate() === day ? date : undefined;
}

/** `2024-W49-3`: the third day of week 49 (ISO 8601; the week of 4 January is the first). */
function weekDay(text: string): Date | undefined {
  const parts = /^(\d{4})-?W(\d{2})(?:-?([1-7]))?$/.exec(text);
  if (parts === null) return undefined;
  const [year = 0, week = 0] = parts.slice(1, 3).map(Number);
  const day = Number(parts[3] ?? 1);
  const fourth = new Date(year, 0, 4);
  const monday = 4 - ((fourth.getDay() + 6) % 7);
  return week >= 1 && week <= 53 ? new Date(year, 0, monday + (week - 1) * 7 + day - 1) : undefined;
}

/** `2024-12-04T16`, `2024-12-04 16:30:00.5+02:00`, `20241204T163000Z`: without an offset in local time. */
function timestamp(text: string): number | undefined {
  const parts = TIMESTAMP.exec(text);
  const day = parts === null ? undefined : calendarDay(parts[1] ?? "");
  if (parts === null || day === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = [parts[2], parts[3], parts[4]].map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Math.floor(Number(`0.${parts[5] ?? "0"}`) * 1000);
  const fields = [
    day.getFullYear(),
    day.getMonth(),
    day.getDate(),
    hour,
    minute,
    second,
    milliseconds,
  ] as const;
  const offset = parts[6];
  if (offset === undefined) return new Date(...fields).getTime();
  const [, sign = "+", hours = 0, minutes = 0] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return Date.UTC(...fields) - (sign === "-" ? -offsetMs : offsetMs);
}

/** `P1W2D`, `PT1.5H`, `PT0S`: in milliseconds. Months and years have no fixed length. */
function isoDuration(text: string): number | undefined {
  const parts = ISO_DURATION.exec(text);
  if (parts === null || !/\d[A-Za-z]$/.test(text)) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part: string | undefined) => Number(part?.replace(",", ".") ?? 0));
  return weeks * 7 * DAY_MS + days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000;
}

/** `1w 2d`, `1 day, 12 hours`, `12:00:00`, `1 day 12:00:00`: units from long to short, each once. */
function friendlyDuration(text: string): number | undefined {
  let rest = withoutAgo(text.replace(/^[+-]/, ""));
  let total: number | undefined;
  let longest = Infinity;
  let isLast = false;
  while (rest !== "" && !isLast) {
    const clock = CLOCK.exec(rest);
    if (clock !== null) {
      const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map(Number);
      return (total ?? 0) + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000;
    }
    const part = PART.exec(rest);
    const unit = UNITS.find(({ names }) => names.includes(part?.[2] ?? ""))?.ms;
    const amount = part?.[1] ?? "";
    isLast = amount.includes(".");
    if (part === null || unit === undefined || unit >= longest || (isLast && unit > HOUR_MS))
      return undefined;
    total = (total ?? 0) + Number(amount) * unit;
    longest = unit;
    const separator = /^(?:,?\s+(?=\S)|$|(?=\d))/.exec(rest.slice(part[0].length));
    if (separator === null) return undefined;
    rest = rest.slice(part[0].length + separator[0].length);
  }
  return rest === "" ? total : undefined;
}

/** Without a last word `ago`. */
function withoutAgo(text: string): string {
  if (!text.endsWith(AGO)) return text;
  const before = text.slice(0, -AGO.length);
  const trimmed = before.trimEnd();
  return trimmed === before ? text : trimmed;
}

const AGO = "ago";
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2}|\d{8})[Tt ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;
/** All that pip 26.3 takes of ISO 8601's durations. */
const PIP_DURATION = /^P(\d{1,6})D$/;
const ISO_DURATION =
  /^[+-]?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,9}(?:[.,]\d{1,9})?)H)?(?:(\d{1,9}(?:[.,]\d{1,9})?)M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?)?$/i;
const CLOCK = /^(\d{1,6}):(\d{2}):(\d{2}(?:\.\d{1,9})?)$/;
const PART = /^(\d{1,9}(?:\.\d{1,9})?)\s*([a-zµ]+)/;

/** jiff's names, without the months and years that uv refuses. */
const UNITS: readonly { readonly ms: number; readonly names: readonly string[] }[] = [
  { ms: 7 * DAY_MS, names: ["weeks", "week", "wks", "wk", "w"] },
  { ms: DAY_MS, names: ["days", "day", "d"] },
  { ms: HOUR_MS, names: ["hours", "hour", "hrs", "hr", "h"] },
  { ms: MINUTE_MS, names: ["minutes", "minute", "mins", "min", "m"] },
  { ms: 1000, names: ["seconds", "second", "secs", "sec", "s"] },
  { ms: 1, names: ["milliseconds", "millisecond", "millis", "milli", "msecs", "msec", "ms"] },
  { ms: 1e-3, names: ["microseconds", "microsecond", "micros", "micro", "usecs", "usec", "us", "µs"] },
  { ms: 1e-6, names: ["nanoseconds", "nanosecond", "nanos", "nano", "nsecs", "nsec", "ns"] },
];

/** A duration with every unit, each number with nine digits, has some 200 characters. */
const MAX_LENGTH = 256;

// The range of a Date, https://tc39.es/ecma262/#sec-time-values-and-time-range
const LAST_INSTANT = 8.64e15;
