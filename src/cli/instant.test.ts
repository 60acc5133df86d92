import { describe, expect, test } from "vitest";
import { parseInstant } from "./instant.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const DAY_MS = 86_400_000;
const parse = (value: string): number =>
  parseInstant(
    { value, origin: { kind: "variable", variable: "UV_EXCLUDE_NEWER", tool: "uv" } },
    "--exclude-newer <date>",
    NOW,
  );

describe("parseInstant()", () => {
  test.each([
    ["2024-01-31T12:00:00Z", Date.UTC(2024, 0, 31, 12)],
    ["2024-01-31t12:00:00+02:00", Date.UTC(2024, 0, 31, 10)],
    ["2024-02-28", new Date(2024, 1, 29).getTime()],
    ["7 days", NOW - 7 * DAY_MS],
    ["1 week ago", NOW - 7 * DAY_MS],
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
    "-3 days",
    "999999 years",
    "7",
  ])("refuses %j", (text) =>
    expect(() => parse(text)).toThrow(/could not be parsed as a valid exclude-newer value/),
  );

  test("names the flag as usage errors do", () => {
    const origin = { kind: "flag", flag: "--exclude-newer" } as const;
    expect(() => parseInstant({ value: "x", origin }, "--exclude-newer <date>")).toThrow(
      /^invalid value 'x' for '--exclude-newer <date>'/,
    );
  });
});
