// Saves an archive as it is, checked: what `pip download` brings, where the store keeps only what was unpacked.

import { statSync } from "node:fs";

import { PinionError, systemCode } from "../errors.ts";
import type { Client } from "../net/client.ts";
import { downloadToFile } from "../net/downloads/download.ts";
import { checkAlternatives, requiredDigests, statedDigests } from "./stated-hashes.ts";
import { filePathOf } from "./file-url.ts";
import { copyLocalWheel, MAX_WHEEL_BYTES } from "./local-file.ts";
import { chunksOf } from "./local-wheel.ts";
import type { FetchEvent, LinkedWheel } from "./linked-wheel.ts";

export interface SaveOptions {
  readonly client: Client;
  /** A new file; after a failure it is its owner's to remove. */
  readonly path: string;
  /** `sha256:…`, one of which the bytes must have; empty where no requirement stated any. */
  readonly hashes: readonly string[];
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws wheel/hash-mismatch, wheel/not-found, net/offline, and what the client throws */
export async function saveWheel(wheel: LinkedWheel, options: SaveOptions): Promise<void> {
  const { path, hashes } = options;
  const url = await bring(wheel, options);
  checkAlternatives(requiredDigests(hashes), chunksOf(path), { url, size: statSync(path).size });
}

/** Where the bytes came from. */
async function bring(wheel: LinkedWheel, options: SaveOptions): Promise<string> {
  const { client, path, onEvent, signal } = options;
  const { filename, size } = wheel;
  const digests = statedDigests(wheel.hashes, wheel.statedBy ?? "the index");
  if (wheel.url.startsWith("file:")) {
    copyLocal(wheel, path);
    for (const digest of digests)
      checkAlternatives([digest], chunksOf(path), { url: wheel.url, size: statSync(path).size });
    return wheel.url;
  }
  onEvent?.({ kind: "download-started", filename, size });
  const { url, size: received } = await downloadToFile(client, wheel.requestUrl ?? wheel.url, {
    path,
    digests,
    maxBytes: MAX_WHEEL_BYTES,
    listedBy: wheel.listedBy,
    ...(onEvent === undefined
      ? {}
      : {
          onProgress: ({ bytes, totalBytes }) =>
            onEvent({ kind: "download-progress", filename, received: bytes, size: totalBytes ?? size }),
        }),
    signal,
  });
  onEvent?.({ kind: "download-finished", filename, size: received });
  return url;
}

function copyLocal({ url, filename }: LinkedWheel, path: string): void {
  const source = filePathOf(url);
  try {
    // A pipe would be waited for, and a signal with it.
    copyLocalWheel(source, path);
  } catch (cause) {
    throw new PinionError("wheel/not-found", `\`${filename}\` cannot be copied: ${source}`, {
      details: { path: source, systemCode: systemCode(cause) },
      cause,
    });
  }
}
