// Saves an archive as it is, checked: what `pip download` brings, where the store keeps only what was unpacked.

import { statSync } from "node:fs";

import { Turns } from "../../base/work/turns.ts";
import { piecesOfFile } from "../../base/files/file-pieces.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import type { Client } from "../../net/client.ts";
import { downloadToFile } from "../../net/downloads/download.ts";
import { checkHashes, eachOf, requiredDigests, statedDigests } from "./stated-hashes.ts";
import { filePathOf } from "../file-url.ts";
import { copyLocalWheel, MAX_WHEEL_BYTES } from "./local-file.ts";
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
  const received = { url, size: statSync(path).size };
  await checkHashes([requiredDigests(hashes)], piecesOfFile(path, new Turns(options.signal)), received);
}

/** Where the bytes came from. */
async function bring(wheel: LinkedWheel, options: SaveOptions): Promise<string> {
  const { client, path, onEvent, signal } = options;
  const { filename, size } = wheel;
  const digests = statedDigests(wheel.hashes, wheel.statedBy ?? "the index");
  if (wheel.url.startsWith("file:")) {
    await copyLocal(wheel, path, signal);
    const received = { url: wheel.url, size: statSync(path).size };
    await checkHashes(eachOf(digests), piecesOfFile(path, new Turns(signal)), received);
    return wheel.url;
  }
  onEvent?.({ kind: "download-started", filename, size });
  const { url, size: received } = await downloadToFile(client, wheel.requestUrl ?? wheel.url, {
    path,
    digests,
    maxBytes: MAX_WHEEL_BYTES,
    listedBy: wheel.listedBy,
    onProgress: ({ bytes, totalBytes }) =>
      onEvent?.({ kind: "download-progress", filename, received: bytes, size: totalBytes ?? size }),
    signal,
  });
  onEvent?.({ kind: "download-finished", filename, size: received });
  return url;
}

async function copyLocal(
  { url, filename }: LinkedWheel,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = filePathOf(url);
  try {
    // A pipe would be waited for, and a signal with it.
    await copyLocalWheel(source, path, signal);
  } catch (cause) {
    if (isPinionError(cause, "net/cancelled")) throw cause;
    throw new PinionError("wheel/not-found", `\`${filename}\` cannot be copied: ${source}`, {
      details: { path: source, systemCode: systemCode(cause) },
      cause,
    });
  }
}
