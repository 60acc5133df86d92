import { expect, test } from "vitest";

import { largePages } from "../../../test/support/large-pages.ts";
import type { Client } from "../../net/client.ts";
import { parsePylock } from "../../pep/files/pylock.ts";
import { verifyLock } from "./verify-lock.ts";

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: the index of a lock file answers with a page as long as a page may be
test("verifyLock() is cancelled while a page is read", async () => {
  const cancelling = new AbortController();
  const url = "https://pypi.example/simple/a/";
  const client = {
    request: () =>
      Promise.resolve({
        status: 200,
        url,
        headers: { "content-type": "application/json" },
        bytes() {
          cancelling.abort();
          return Promise.resolve(Buffer.from(PAGE));
        },
      }),
  } as unknown as Client;
  const lock = parsePylock({
    "lock-version": "1.0",
    "created-by": "a tool",
    packages: [{ name: "a", version: "1", index: "https://pypi.example/simple", sdist: SDIST }],
  });
  const verifying = verifyLock(lock, { client, indexes: [], signal: cancelling.signal });
  await expect(verifying).rejects.toMatchObject({ code: "net/cancelled" });
});

// Promise: what a server sends cannot use up the memory
// Attack: a lock file of a few kilobytes names many pages, each of which is as long as a page may be
test("verifyLock() refuses pages that would hold more than all pages of a run may", async () => {
  const longest = Buffer.alloc(128 * 1024 ** 2, PAGE.padEnd(1024));
  longest.fill(" ", PAGE.length);
  const client = {
    request: (url: string) =>
      Promise.resolve({
        status: 200,
        url,
        headers: { "content-type": "application/json" },
        bytes: () => Promise.resolve(longest),
        text: () => Promise.resolve(PAGE),
      }),
  } as unknown as Client;
  const lock = parsePylock({
    "lock-version": "1.0",
    "created-by": "a tool",
    packages: "abcdefghi".split("").map((name) => ({
      name,
      version: "1",
      index: "https://pypi.example/simple",
      sdist: { ...SDIST, url: `https://files.example/${name}-1.tar.gz` },
    })),
  });
  await expect(verifyLock(lock, { client, indexes: [] })).rejects.toMatchObject({ code: "net/too-large" });
});

// Promise: what a server sends cannot use up the memory
// Attack: a lock file names many pages, and all of them come at once, each as long as a page may be
test("verifyLock() receives one large page at a time", async () => {
  const { client, mostHeld } = largePages();
  const lock = parsePylock({
    "lock-version": "1.0",
    "created-by": "a tool",
    packages: ["a", "b", "c"].map((name) => ({
      name,
      version: "1",
      index: "https://pypi.example/simple",
      sdist: { ...SDIST, url: `https://files.example/${name}-1.tar.gz` },
    })),
  });
  await verifyLock(lock, { client, indexes: [] });
  expect(mostHeld()).toBe(1);
});

const PAGE = '{"meta":{"api-version":"1.0"},"files":[]}';
const SDIST = { url: "https://files.example/a-1.tar.gz", hashes: { sha256: "cd" } };
