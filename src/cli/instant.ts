// Points in time as `--exclude-newer` takes them: RFC 3339, a date, or a duration back from now (`7 days`, `P7D`).

import { PinionError } from "../errors.ts";
import { formatOrigin, type Sourced } from "../settings/origin.ts";

/**
 * Turns the text into milliseconds since 1970. A date alone means its end in local time, as for uv: files of that day count.
 *
 * @throws settings/invalid
 */
export function parseInstant({ value, origin }: Sourced<string>, nowMs: number = Date.now()): number {
  const text = value.trim();
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (date !== null) {
    const [year = 0, month = 0, day = 0] = date.slice(1).map(Number);
    const end = new Date(year, month - 1, day + 1);
    if (end.getTime() > 0 && new Date(year, month - 1, day).getDate() === day) return end.getTime();
  }
  if (/^\d{4}-\d{2}-\d{2}[Tt ]/.test(text)) {
    const instant = Date.parse(text.replace(" ", "T"));
    if (Number.isFinite(instant)) return instant;
  }
  const days = durationDays(text);
  if (days !== undefined) return nowMs - days * DAY_MS;
  throw new PinionError(
    "settings/invalid",
    `\`${formatOrigin(origin)}\` must be a date, a time such as 2026-01-31T12:00:00Z, or a duration such as \`7 days\`: \`${value}\``,
    {
      details: { value },
    },
  );
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
