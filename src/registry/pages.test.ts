// Pages of an index that come at once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { largePages } from "../../test/support/large-pages.ts";
import { openStore } from "../store/store.ts";
import { createPages } from "./pages.ts";

// Promise: what a server sends cannot use up the memory
// Attack: an index answers with pages that are each as long as a page may be, and all of them come at once
test("pages receives one large page at a time", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pages-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { client, mostHeld } = largePages();
  const pages = createPages({ client, store: openStore(directory) });
  const index = {
    url: "https://pypi.example/simple",
    kind: "simple",
    isDefault: true,
    isExplicit: false,
    origin: "a test",
  } as const;
  await Promise.all(["a", "b", "c"].map((name) => pages.project(index, name)));
  expect(mostHeld()).toBe(1);
});
