import * as fc from "fast-check";
import { expect, test } from "vitest";

import { PageLinks } from "./page-link.ts";

const PAGE = "https://index.example:8443/root/simple/flask/";

test("whatever the path, a quick way to its URL comes to what the parser says", () => {
  const segment = fc.constantFrom(
    "..",
    ".",
    "",
    "a",
    "b.whl",
    "-",
    "%2e%2e",
    "%2E",
    "c%",
    "~d",
    "+e",
    ".f",

    "ü",
  );
  const path = fc.array(segment, { minLength: 1, maxLength: 12 }).map((segments) => segments.join("/"));
  fc.assert(
    fc.property(path, (href) => {
      expect(new PageLinks(PAGE).resolve(href)?.url).toBe(new URL(href, PAGE).href);
    }),
  );
});
