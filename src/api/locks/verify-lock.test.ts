import { expect, test } from "vitest";

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
        text() {
          cancelling.abort();
          return Promise.resolve('{"meta":{"api-version":"1.0"},"files":[]}');
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

const SDIST = { url: "https://files.example/a-1.tar.gz", hashes: { sha256: "cd" } };
