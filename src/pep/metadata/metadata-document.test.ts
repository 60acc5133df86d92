import { expect, test } from "vitest";

import { metadataDocument } from "./metadata-document.ts";
import { parseMetadata } from "./metadata.ts";

test("metadata as JSON has a list for what may be repeated, and no unknown fields", () => {
  const text = [
    "Metadata-Version: 2.4",
    "Name: Greeter",
    "Version: 1.0",
    "Keywords: hello, world",
    "Classifier: Typing :: Typed",
    "Requires-Dist: wordlist>=1",
    "Requires-Dist: paint; extra == 'colour'",
    "X-Own: 1",
    "",
    "The description",
  ].join("\n");
  expect(metadataDocument(parseMetadata(text))).toEqual({
    metadata_version: "2.4",
    name: "Greeter",
    version: "1.0",
    keywords: ["hello", "world"],
    classifier: ["Typing :: Typed"],
    requires_dist: ["wordlist>=1", "paint; extra == 'colour'"],
  });
});

test("keywords of old files are separated by blanks", () => {
  expect(metadataDocument({ headers: [["Keywords", "hello  world"]] })).toEqual({
    keywords: ["hello", "world"],
  });
});
