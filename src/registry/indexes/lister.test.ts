import { describe, expect, test } from "vitest";

import { createLister } from "./lister.ts";
import type { DistributionFile } from "../pages/project-page.ts";

const INDEX = {
  url: "https://a.example/",
  kind: "flat",
  isDefault: false,
  isExplicit: false,
  origin: "a",
} as const;

describe("createLister()", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a page of links lists very many files of one project
  test("is cancelled while the files of a page of links are grouped", async () => {
    const cancelling = new AbortController();
    const lister = createLister({
      locations: [INDEX],
      pages: {
        project: () => Promise.resolve(undefined),
        isDamaged: () => false,
        flat() {
          cancelling.abort();
          return Promise.resolve(new Map([["a", [FILE]]]));
        },
      },
      selector: { select: () => [] },
      strategy: "first-index",
      isOffline: false,
      signal: cancelling.signal,
    });
    await expect(lister.list("a")).rejects.toMatchObject({ code: "net/cancelled" });
  });
});

const FILE: DistributionFile = {
  filename: "a-1.0-py3-none-any.whl",
  url: "https://a.example/a-1.0-py3-none-any.whl",
  hashes: {},
  yanked: false,
  metadata: false,
};
