// Downloads one wheel into the store, from the shared cache or from its URL: a small one through memory, a large one
// through a file, and never before every stated hash was checked.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { Turns } from "../../base/work/turns.ts";
import { piecesOfFile } from "../../base/files/file-pieces.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { notCached } from "../../net/not-cached.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { downloadToBuffer, downloadToFile, type DownloadOptions } from "../../net/downloads/download.ts";
import { isByProject, type Protection } from "../../net/protection.ts";
import { redactUrl } from "../../net/url.ts";
import { sha256Of } from "../../pep/hashes.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import type { UnpackedWheel } from "../../store/store.ts";
import { checkHashes, eachOf, statedDigests } from "./stated-hashes.ts";
import { keepDigests } from "./known-digests.ts";
import type { FetchContext, LinkedWheel, Order } from "./linked-wheel.ts";
import { MAX_WHEEL_BYTES } from "./local-file.ts";
import { MAX_BYTES_IN_MEMORY, checkSize, sizeMismatch } from "./local-wheel.ts";

export interface DownloadedWheel {
  readonly wheel: UnpackedWheel;
  readonly protection: Protection;
}

export async function download(order: Order, context: FetchContext): Promise<DownloadedWheel> {
  if (context.isOffline === true) throw notCached(order.wheel.url, `\`${order.wheel.filename}\``);
  return context.downloads.run(1, () => downloadWheel(order, context));
}

async function downloadWheel(order: Order, context: FetchContext): Promise<DownloadedWheel> {
  const { filename, size } = order.wheel;
  context.onEvent?.({ kind: "download-started", filename, size });
  const shared = await readShared(order, context);
  if (shared !== undefined) return shared;
  try {
    if (size === undefined || size > MAX_BYTES_IN_MEMORY) return await downloadLargeWheel(order, context);
    return await context.memory.run(size, () => downloadSmallWheel(order, context, size));
  } catch (error) {
    if (size === undefined || size > MAX_WHEEL_BYTES || !isPinionError(error, "net/too-large")) throw error;
    throw order.wheel.isLocked === true ? sizeMismatch(order.wheel, undefined) : tooLong(order.wheel, size);
  }
}

/** A body that goes on behind the stated size is cut off there: it may never end. */
function tooLong({ filename, url, statedBy = "the index" }: LinkedWheel, size: number): PinionError {
  return new PinionError(
    "net/too-large",
    `The server sends more for \`${filename}\` than the ${size} bytes given by ${statedBy}`,
    { details: { filename, url: redactUrl(url), size } },
  );
}

/** The wheel from the shared store, checked as a download is; undefined where the store cannot give it. */
async function readShared(order: Order, context: FetchContext): Promise<DownloadedWheel | undefined> {
  const { wheel, signal } = order;
  const { shared, store, buffers } = context;
  const sha256 = sha256Of(wheel.hashes);
  if (shared === undefined || sha256 === undefined || !mayAskShared(order, context)) return undefined;
  const { size } = wheel;
  const key = { kind: "files", sha256 } as const;
  if (size !== undefined && size <= MAX_BYTES_IN_MEMORY) {
    return await context.memory.run(size, async () => {
      const allocate = (wanted: number): Buffer => buffers.take(wanted);
      const bytes = await shared.read(key, { size, maxBytes: size, signal, allocate });
      if (bytes === undefined) return undefined;
      const added = await addShared(order, context, { sha256, bytes, size: bytes.length });
      buffers.give(bytes);
      return added;
    });
  }
  makeFolders(store.directory);
  const path = join(store.directory, temporaryName(".whl"));
  try {
    const read = await shared.readToFile(key, path, { size, maxBytes: MAX_WHEEL_BYTES, signal });
    return read === undefined ? undefined : await addShared(order, context, { sha256, path, size: read });
  } finally {
    rmSync(path, { force: true });
  }
}

async function addShared(
  { wheel, alternatives, signal }: Order,
  { store, onEvent }: FetchContext,
  found: { readonly sha256: string; readonly size: number } & (
    | { readonly bytes: Buffer }
    | { readonly path: string }
  ),
): Promise<DownloadedWheel> {
  const { url, filename, hashes } = wheel;
  const pieces = "bytes" in found ? [found.bytes] : piecesOfFile(found.path, new Turns(signal));
  const others = statedDigests(hashes, wheel.statedBy ?? "the index").filter(
    (digest) => digest.algorithm !== "sha256",
  );
  await checkHashes([...eachOf(others), alternatives], pieces, { url, size: found.size });
  onEvent?.({ kind: "download-finished", filename, size: found.size });
  const source = "bytes" in found ? found.bytes : { path: found.path };
  const added = await store.addWheel(source, { filename, sha256: found.sha256, signal });
  // Its hash was promised by the index: the store vouches for nothing.
  return { wheel: added, protection: "verified" };
}

async function downloadSmallWheel(
  order: Order,
  context: FetchContext,
  maxBytes: number,
): Promise<DownloadedWheel> {
  const { wheel, alternatives, signal } = order;
  const { buffers } = context;
  const options = {
    ...downloadOptions(order, context, maxBytes),
    allocate: (size: number) => buffers.take(size),
  };
  const { bytes, sha256, url, protection } = await downloadToBuffer(
    context.client,
    wheel.requestUrl ?? wheel.url,
    options,
  );
  checkSize(wheel, bytes.length);
  await checkHashes([alternatives], [bytes], { url, size: bytes.length });
  if (mayBeShared(order, protection)) context.shared?.offer({ kind: "files", sha256 }, bytes);
  context.onEvent?.({ kind: "download-finished", filename: wheel.filename, size: bytes.length });
  const added = await context.store.addWheel(bytes, { filename: wheel.filename, sha256, signal });
  // What was offered waits to be written.
  if (context.shared === undefined) buffers.give(bytes);
  keepDigests(sha256, wheel, context.store);
  return { wheel: added, protection };
}

async function downloadLargeWheel(order: Order, context: FetchContext): Promise<DownloadedWheel> {
  const { wheel, alternatives, signal } = order;
  const { client, store } = context;
  makeFolders(store.directory);
  const path = join(store.directory, temporaryName(".whl"));
  try {
    // An index may state any size.
    const maxBytes = Math.min(wheel.size ?? MAX_WHEEL_BYTES, MAX_WHEEL_BYTES);
    const options = { ...downloadOptions(order, context, maxBytes), maxBytes, path };
    const { url, size, sha256, protection } = await downloadToFile(
      client,
      wheel.requestUrl ?? wheel.url,
      options,
    );
    checkSize(wheel, size);
    await checkHashes([alternatives], piecesOfFile(path, new Turns(signal)), { url, size });
    if (mayBeShared(order, protection)) context.shared?.offer({ kind: "files", sha256 }, { path, size });
    context.onEvent?.({ kind: "download-finished", filename: wheel.filename, size });
    const added = await store.addWheel({ path }, { filename: wheel.filename, sha256, signal });
    keepDigests(sha256, wheel, store);
    return { wheel: added, protection };
  } finally {
    rmSync(path, { force: true });
  }
}

/** What a project's own root vouches for is neither handed to the shared store nor taken from it. */
function mayAskShared(order: Order, { client }: FetchContext): boolean {
  return !isByProject(client.protectionOf(order.wheel.url)) || mayBeShared(order, "unverified");
}

/** What came without verified TLS is not handed on, unless a lock file or the requirement says which bytes they are. */
function mayBeShared({ wheel, alternatives }: Order, protection: Protection): boolean {
  return protection === "verified" || wheel.isLocked === true || alternatives.length > 0;
}

function downloadOptions(
  { wheel, signal }: Order,
  { onEvent }: FetchContext,
  maxBytes: number,
): DownloadOptions {
  const { filename, size } = wheel;
  return {
    digests: statedDigests(wheel.hashes, wheel.statedBy ?? "the index"),
    listedBy: wheel.listedBy,
    maxBytes,
    onProgress: ({ bytes, totalBytes }) =>
      onEvent?.({ kind: "download-progress", filename, received: bytes, size: totalBytes ?? size }),
    signal,
  };
}
