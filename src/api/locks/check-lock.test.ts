import { expect, test } from "vitest";

import { parseMetadata } from "../../pep/metadata/metadata.ts";
import { targetFor } from "../../pep/tags/target.ts";
import type { PlannedInstall } from "../plan/value.ts";
import { checkLocked } from "./check-lock.ts";

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a lock file lists a distribution that has very many requirements
test("checkLocked() hears a signal while it looks at what was read", async () => {
  const abort = new AbortController();
  const filename = "tool-1-py3-none-any.whl";
  const planned: PlannedInstall = {
    name: "tool",
    version: "1",
    isRequested: true,
    hashes: [],
    source: {
      kind: "index",
      name: "tool",
      version: "1",
      filename,
      url: `https://files.example/${filename}`,
      hashes: {},
      index: { url: "https://index.example/simple", kind: "simple" },
      metadata: true,
      yanked: false,
    },
  };
  const checking = checkLocked(
    { install: [planned] },
    {
      target: targetFor({ platform: "linux", pythonVersion: "3.12" }),
      signal: abort.signal,
      metadata: {
        read() {
          abort.abort();
          return Promise.resolve(parseMetadata("Metadata-Version: 2.1\nName: tool\nVersion: 1\n"));
        },
      },
      builder: { metadata: () => Promise.reject(new Error("nothing is built")) },
      obtain: () => Promise.reject(new Error("nothing is fetched")),
    },
  );
  await expect(checking).rejects.toMatchObject({ code: "net/cancelled" });
});
