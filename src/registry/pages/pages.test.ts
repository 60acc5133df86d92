// Pages of an index that come at once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { temporaryStore } from "../../../test/install-environment.ts";
import { largePages } from "../../../test/support/large-pages.ts";
import type { Client } from "../../net/client.ts";
import { openStore } from "../../store/store.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import { createPages } from "./pages.ts";

// Promise: what a server sends cannot use up the memory
// Attack: an index answers with pages that are each as long as a page may be, and all of them come at once
test("pages receives one large page at a time", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pages-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { client, mostHeld } = largePages();
  const pages = createPages({ client, store: openStore(directory) });
  await Promise.all(["a", "b", "c"].map((name) => pages.project(INDEX, name)));
  expect(mostHeld()).toBe(1);
});
// Promise: what came without verified TLS is never used by a verified run
// Attack: two pages of links are in the cache, and one of them is read while the other one is
test("pages gives each page of links its own files, whatever is read from the cache meanwhile", async () => {
  const store = temporaryStore();
  const projects = ["one", "two", "three"];
  const location = (name: string): IndexLocation => ({
    ...INDEX,
    kind: "flat",
    url: `https://${name}.example/links`,
  });
  const { client } = answering((url) => page(new URL(url).hostname.split(".")[0]!));
  const read = async (): Promise<readonly string[][]> => {
    const pages = createPages({ client, store });
    const found = await Promise.all(projects.map((name) => pages.flat(location(name))));
    return found.map((files) => [...files].map(([name, { length }]) => `${length} of ${name}`));
  };
  const each = projects.map((name) => [`500 of ${name}`]);
  expect(await read()).toEqual(each);
  expect(await read()).toEqual(each);
});

const INDEX: IndexLocation = {
  url: "https://pypi.example/simple",
  kind: "simple",
  isDefault: true,
  isExplicit: false,
  origin: "a test",
};

/** Answers with pages that may be kept for a minute. */
function answering(pageOf: (url: string) => string): { readonly client: Client } {
  const client = {
    protectionOf: () => "verified",
    request: (url: string) =>
      Promise.resolve({
        status: 200,
        url,
        headers: {
          "content-type": "text/html",
          "cache-control": "max-age=60",
          date: new Date().toUTCString(),
        },
        protection: "verified",
        bytes: () => Promise.resolve(Buffer.from(pageOf(url))),
      }),
  } as unknown as Client;
  return { client };
}

/** Of a project with many versions. */
function page(name: string): string {
  return Array.from({ length: 500 }, (_, at) => `${name}-${at}-py3-none-any.whl`)
    .map((file) => `<a href="https://${name}.example/${file}#sha256=${"0".repeat(64)}">${file}</a>`)
    .join("\n");
}
