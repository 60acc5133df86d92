import { expect, test } from "vitest";

import { markdownCell, markdownCode, markdownText } from "./markdown.ts";

// Promise: what a server says of itself is shown as text
// Attack: a name in a certificate is a link, an image or HTML, or ends the code that it stands in
test.each([
  ["example.org", "`example.org`"],
  ["[a](https://other.example)", "`[a](https://other.example)`"],
  ["<img src=x>", "`<img src=x>`"],
  ["a`b", "``a`b``"],
  ["`![a](b)`", "`` `![a](b)` ``"],
  ["a``b`c", "```a``b`c```"],
  ["a\n\n# b", "`a  # b`"],
  ["a\u202eb\u2028c", "`a\u{FFFD}b c`"],
])("%j is code", (text, expected) => {
  expect(markdownCode(text)).toBe(expected);
});

test("a bar ends no cell of a table", () => {
  expect(markdownCell("a|b")).toBe("`a\\|b`");
});

test("words without signs stay words", () => {
  expect(markdownText("certificates that are sent as they were: 28")).toBe(
    "certificates that are sent as they were: 28",
  );
  expect(markdownText("www.example.org")).toBe("`www.example.org`");
  expect(markdownText("a_b *c*")).toBe("`a_b *c*`");
});
