import { writeFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { parseVersion } from "../../pep/versions/version.ts";
import type { IndexedFile } from "../../registry/candidates/select.ts";
import type { ResolutionGraph } from "../../resolve/graph.ts";
import { missingHashes } from "./fill-hashes.ts";

test("files without a hash of the index are fetched and hashed, and no others", async () => {
  const file = (filename: string, hashes: Readonly<Record<string, string>>): IndexedFile =>
    ({
      filename,
      url: `https://index.test/${filename}`,
      hashes,
      index: { url: "https://index.test/simple/", kind: "index" },
      metadata: { kind: "none" },
      yanked: undefined,
    }) as unknown as IndexedFile;
  const files = [file("a-1-py3-none-any.whl", {}), file("a-1-py2-none-any.whl", { sha256: "00" })];
  const fetched: string[] = [];
  const registry = {
    files: () => files,
    async save({ url }: { readonly url: string }, { path }: { readonly path: string }) {
      fetched.push(url);
      await writeFile(path, "abc");
    },
  };
  const packages = [{ name: "a", version: parseVersion("1") }];
  const hashes = await missingHashes({ packages } as unknown as ResolutionGraph, registry);
  expect([...hashes]).toEqual([
    [
      "https://index.test/a-1-py3-none-any.whl",
      { sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    ],
  ]);
  expect(fetched).toEqual(["https://index.test/a-1-py3-none-any.whl"]);
});
