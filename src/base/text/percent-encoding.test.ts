import { expect, test } from "vitest";

import { decodePercent } from "./percent-encoding.ts";

test.each([
  ["a%20b%40", "a b@"],
  ["50%", "50%"],
  ["%zz", "%zz"],
  ["%ff", "%ff"],
  ["", ""],
])("decodePercent() takes %j for %j", (text, expected) => {
  expect(decodePercent(text)).toBe(expected);
});
