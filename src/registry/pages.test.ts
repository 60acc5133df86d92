// Pages of an index that come at once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import type { Client, RequestOptions } from "../net/client.ts";
import { openStore } from "../store/store.ts";
import { createPages } from "./pages.ts";

// Promise: what a server sends cannot use up the memory
// Attack: an index answers with pages that are each as long as a page may be, and all of them come at once
test("pages receives one large page at a time", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pages-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let held = 0;
  let most = 0;
  const client = {
    protectionOf: () => "verified",
    async request(url: string, { largeBody }: RequestOptions) {
      await largeBody?.enter();
      held += 1;
      most = Math.max(most, held);
      await new Promise(setImmediate);
      return {
        status: 200,
        url,
        headers: { "content-type": "application/json" },
        protection: "verified",
        bytes() {
          held -= 1;
          return Promise.resolve(Buffer.from('{"meta": {"api-version": "1.0"}, "files": []}'));
        },
      };
    },
  } as unknown as Client;
  const pages = createPages({ client, store: openStore(directory) });
  const index = {
    url: "https://pypi.example/simple",
    kind: "simple",
    isDefault: true,
    isExplicit: false,
    origin: "a test",
  } as const;
  await Promise.all(["a", "b", "c"].map((name) => pages.project(index, name)));
  expect(most).toBe(1);
});
