// Hashes for files whose index states none: a lock without them could not be installed. The files are fetched for that.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { removeLargeTree } from "../../base/files/remove-tree.ts";
import type { Hashes } from "../../pep/hashes.ts";
import { sourceOf, type IndexedFile } from "../../registry/candidates/select.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ResolutionGraph } from "../../resolve/graph.ts";

/**
 * The SHA-256 of every file of chosen versions for which its index states no hash, by URL.
 *
 * @throws net/…, tls/…, wheel/…
 */
export async function missingHashes(
  { packages }: ResolutionGraph,
  registry: Pick<Registry, "files" | "save">,
): Promise<ReadonlyMap<string, Hashes>> {
  const missing = packages.flatMap(({ name, version, url }) =>
    url === undefined
      ? registry.files(name, version).flatMap((file) => (hasHash(file) ? [] : [{ ...file, name, version }]))
      : [],
  );
  const found = new Map<string, Hashes>();
  if (missing.length === 0) return found;
  const folder = await mkdtemp(join(tmpdir(), "pinion-hashes-"));
  try {
    // One after the other: it is rare, and each may be large.
    for (const [index, file] of missing.entries()) {
      const path = join(folder, `${index}`);
      await registry.save(sourceOf(file), { path });
      found.set(file.url, { sha256: await sha256Of(path) });
      await rm(path);
    }
  } finally {
    await removeLargeTree(folder);
  }
  return found;
}

function hasHash({ hashes }: IndexedFile): boolean {
  return Object.keys(hashes).length > 0;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
