import { describe, expect, test } from "vitest";
import { parseInstant } from "./instant.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const DAY_MS = 86_400_000;
const parse = (value: string): number =>
  parseInstant(
    { value, origin: { kind: "variable", variable: "UV_EXCLUDE_NEWER", tool: "uv" } },
    "--exclude-newer <EXCLUDE_NEWER>",
    NOW,
  );

describe("parseInstant()", () => {
  test.each([
    ["2024-01-31T12:00:00Z", Date.UTC(2024, 0, 31, 12)],
    ["2024-01-31t12:00:00+02:00", Date.UTC(2024, 0, 31, 10)],
    ["2024-02-28", new Date(2024, 1, 29).getTime()],
    ["7 days", NOW - 7 * DAY_MS],
    ["1 week ago", NOW - 7 * DAY_MS],
    ["7d", NOW - 7 * DAY_MS],
    ["72h", NOW - 3 * DAY_MS],
    ["90m", NOW - DAY_MS / 16],
    ["1w 2d", NOW - 9 * DAY_MS],
    ["2wks", NOW - 14 * DAY_MS],
    ["1 day, 12 hours", NOW - 1.5 * DAY_MS],
    ["1d12h", NOW - 1.5 * DAY_MS],
    ["12:00:00", NOW - DAY_MS / 2],
    ["1 day 12:00:00", NOW - 1.5 * DAY_MS],
    ["1.5h", NOW - DAY_MS / 16],
    ["PT0S", NOW],
    ["PT1.5H", NOW - DAY_MS / 16],
    ["-3 days", NOW - 3 * DAY_MS],
    ["-P3D", NOW - 3 * DAY_MS],
    ["p3d", NOW - 3 * DAY_MS],
    ["20241204", new Date(2024, 11, 5).getTime()],
    ["2024-12-04T16", new Date(2024, 11, 4, 16).getTime()],
    ["2024-12-04 16:30", new Date(2024, 11, 4, 16, 30).getTime()],
    ["20241204T163000Z", Date.UTC(2024, 11, 4, 16, 30)],
    ["P3D", NOW - 3 * DAY_MS],
    ["P1WT12H", NOW - 7.5 * DAY_MS],
  ])("reads %s", (text, expected) => expect(parse(text)).toBe(expected));

  test.each([
    "",
    "someday",
    "2024-02-30",
    "2024-13-01",
    "2024-01-31T99:00:00Z",
    "P",
    "999999 years",
    "7",
    // uv 0.13.9 refuses these too.
    "1 month",
    "1y",
    "P1M",
    "3 DAYS",
    "7D",
    "1.5 days",
    "3 days, ",
    "1 day,12 hours",
    "2d1w",
    "12:00",
    "3d-",
    "--3 days",
    "P-3D",
    "2024-1-4",
    "2024-W49-3",
    "2024-339",
    `1 day${" ".repeat(256)}ago`,
  ])("refuses %j", (text) =>
    expect(() => parse(text)).toThrow(/could not be parsed as a valid exclude-newer value/),
  );

  test.each([
    ["2024-12-04", new Date(2024, 11, 4).getTime()],
    ["20260310", new Date(2026, 2, 10).getTime()],
    ["2024-W49-3", new Date(2024, 11, 4).getTime()],
    ["2024-12-04T16:30:00+02:00", Date.UTC(2024, 11, 4, 14, 30)],
    ["P3D", NOW - 3 * DAY_MS],
  ])("reads %s of pip's `uploaded-prior-to` as pip does", (value, expected) => {
    const origin = { kind: "variable", variable: "PIP_UPLOADED_PRIOR_TO", tool: "pip" } as const;
    expect(parseInstant({ value, origin }, "--exclude-newer <EXCLUDE_NEWER>", NOW)).toBe(expected);
  });

  test.each(["P1W", "P3DT4H", "3 days"])("refuses %s of pip's `uploaded-prior-to` as pip does", (value) => {
    const origin = { kind: "variable", variable: "PIP_UPLOADED_PRIOR_TO", tool: "pip" } as const;
    expect(() => parseInstant({ value, origin }, "--exclude-newer <EXCLUDE_NEWER>", NOW)).toThrow(
      /could not be parsed as a valid uploaded-prior-to value/,
    );
  });

  test("names pip's flag where that was given", () => {
    const origin = { kind: "flag", flag: "--uploaded-prior-to" } as const;
    expect(() => parseInstant({ value: "3 days", origin }, "--exclude-newer <EXCLUDE_NEWER>")).toThrow(
      /^invalid value '3 days' for '--uploaded-prior-to <date>': .* a number of days like `P3D`/,
    );
  });

  test("names the flag as usage errors do", () => {
    const origin = { kind: "flag", flag: "--exclude-newer" } as const;
    expect(() => parseInstant({ value: "x", origin }, "--exclude-newer <EXCLUDE_NEWER>")).toThrow(
      /^invalid value 'x' for '--exclude-newer <EXCLUDE_NEWER>'/,
    );
  });
});
