// Points in time as `--exclude-newer` takes them: RFC 3339, a date, or a duration back from now (`7 days`, `P7D`).

import { PinionError } from "../errors.ts";
import { invalidValue } from "./invalid-argument.ts";
import { formatOrigin, type Sourced } from "../settings/origin.ts";

/**
 * Turns the text into milliseconds since 1970. A date alone means its end in local time, as for uv: files of that day count.
 *
 * @param flag as the usage names it, for the error
 * @throws usage/invalid-argument, settings/invalid
 */
export function parseInstant(
  { value, origin }: Sourced<string>,
  flag: string,
  nowMs: number = Date.now(),
): number {
  const instant = tryParseInstant(value.trim(), nowMs);
  if (instant !== undefined && Math.abs(instant) <= LAST_INSTANT) return instant;
  const why = `\`${value}\` could not be parsed as a valid exclude-newer value (expected a date like \`2024-01-01\`, a timestamp like \`2024-01-01T00:00:00Z\`, or a duration like \`3 days\` or \`P3D\`)`;
  if (origin.kind === "flag") throw invalidValue(value, { option: flag, why });
  throw new PinionError("settings/invalid", `\`${formatOrigin(origin)}\`: ${why}`, { details: { value } });
}

function tryParseInstant(text: string, nowMs: number): number | undefined {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (date !== null) {
    const [year = 0, month = 0, day = 0] = date.slice(1).map(Number);
    const isDay = new Date(year, month - 1, day).getDate() === day && month >= 1 && month <= 12;
    return isDay ? new Date(year, month - 1, day + 1).getTime() : undefined;
  }
  if (/^\d{4}-\d{2}-\d{2}[Tt ]/.test(text)) {
    const instant = Date.parse(text.replace(" ", "T"));
    return Number.isNaN(instant) ? undefined : instant;
  }
  const days = durationDays(text);
  return days === undefined ? undefined : nowMs - days * DAY_MS;
}

function durationDays(text: string): number | undefined {
  const iso = /^P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?)?$/i.exec(text);
  if (iso !== null && text.length > 1)
    return Number(iso[1] ?? 0) * 7 + Number(iso[2] ?? 0) + Number(iso[3] ?? 0) / 24;
  const words = /^(\d{1,6})\s*(hour|day|week|month|year)s?(?:\s+ago)?$/i.exec(text);
  const unit = words?.[2]?.toLowerCase();
  return words === null || unit === undefined ? undefined : Number(words[1]) * (UNIT_DAYS[unit] ?? 0);
}

const DAY_MS = 86_400_000;
const UNIT_DAYS: Readonly<Record<string, number>> = { hour: 1 / 24, day: 1, week: 7, month: 30, year: 365 };

// The range of a Date, https://tc39.es/ecma262/#sec-time-values-and-time-range
const LAST_INSTANT = 8.64e15;
