// What uv 0.13.9 writes for the same clauses.

import { expect, test } from "vitest";

import { factorMarker } from "./factors.ts";
import { formatMarker, parseMarker } from "./marker.ts";

const short = (text: string): string =>
  text.replaceAll(
    /\b([a-g])([1-3])\b/g,
    (_, field: string, value: string) => `${FIELDS[field] ?? ""} == '${value}'`,
  );

const FIELDS: Readonly<Record<string, string>> = {
  a: "python_full_version",
  b: "implementation_name",
  c: "os_name",
  d: "platform_machine",
  e: "platform_release",
  f: "platform_version",
  g: "sys_platform",
};

test.each([
  ["nothing is common", "(b1 and d1) or (b2 and d2) or e1", "(b1 and d1) or (b2 and d2) or e1"],
  ["single terms", "b1 or d1 or (e1 and f1)", "b1 or d1 or (e1 and f1)"],
  ["the middle of one and the end of another", "(b1 and c1) or (c1 and d1)", "(b1 and c1) or (c1 and d1)"],
  ["one beginning", "(b1 and d1) or (b1 and d2)", "b1 and (d1 or d2)"],
  ["a beginning of two terms", "(b1 and d1 and g1) or (b1 and d1 and g2)", "b1 and d1 and (g1 or g2)"],
  [
    "a beginning, and longer rests",
    "(b1 and d1 and g1) or (b1 and e1 and g1)",
    "b1 and ((d1 and g1) or (e1 and g1))",
  ],
  [
    "a beginning that is not at neighbours",
    "(b1 and c1) or (b2 and c2) or (b1 and d1)",
    "b1 and (c1 or d1) or b2 and c2",
  ],
  ["one end", "(b1 and g1) or (d1 and g1)", "(b1 or d1) and g1"],
  ["an end of two terms", "(b1 and d1 and f1) or (c1 and d1 and f1) or e1", "(b1 or c1) and d1 and f1 or e1"],
  [
    "an end after beginnings of other lengths",
    "(b1 and d1 and e1) or (b2 and e1)",
    "(b1 and d1 and e1) or (b2 and e1)",
  ],
  [
    "beginnings and ends",
    "(b1 and d1) or (b1 and e1) or (c1 and d1) or (c1 and e1)",
    "(b1 or c1) and (d1 or e1)",
  ],
  [
    "beginnings of two terms and ends",
    "(b1 and c1 and f1) or (b1 and c1 and f2) or (b2 and f1) or (b2 and f2)",
    "((b1 and c1) or b2) and (f1 or f2)",
  ],
  [
    "a beginning between single terms",
    "a1 or (b1 and d1) or (b1 and d2) or g1",
    "a1 or g1 or b1 and (d1 or d2)",
  ],
  ["a beginning before a single term", "(b1 and d1) or (b1 and d2) or e1", "b1 and (d1 or d2) or e1"],
])("%s", (_name, given, expected) => {
  expect(formatMarker(factorMarker(parseMarker(short(given))), { quote: "'" })).toBe(short(expected));
});

test.each(["os_name == 'nt'", "os_name == 'nt' and sys_platform == 'win32'"])("%s stays as it is", (text) => {
  const marker = parseMarker(text);
  expect(factorMarker(marker)).toBe(marker);
});
