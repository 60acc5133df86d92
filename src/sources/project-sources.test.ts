import { expect, test } from "vitest";

import { withinRepository } from "./project-sources.ts";

test.for([
  ["file:///checkout/lib", "git+https://x.example/r@1#subdirectory=lib"],
  ["file:///checkout/lib#subdirectory=core", "git+https://x.example/r@1#subdirectory=lib/core"],
  ["file:///checkout", "git+https://x.example/r@1"],
  ["file:///elsewhere", undefined],
  ["file:///checkout-2/lib", undefined],
  ["file:///checkout/lib#subdirectory=../../x", undefined],
] as const)("a repository has the folder %s as %s", ([url, expected]) => {
  const place = { root: "/checkout", repository: "git+https://x.example/r@1" };
  expect(withinRepository(url, place)).toBe(expected);
});
