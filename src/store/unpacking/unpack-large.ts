// One member of many megabytes, inflated piece by piece: memory stays bounded however large it is.

import { createHash } from "node:crypto";
import { closeSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";

import { malformed, type ZipSource } from "../../archive/zip-directory.ts";
import type { ZipEntry } from "../../archive/zip.ts";
import { writeAllSync } from "../../base/files/write-all.ts";
import { systemCode } from "../../errors.ts";
import { openNewFile } from "./new-file.ts";

/** Writes one member to a new file, and returns the SHA-256 of its contents. @throws archive/invalid */
export async function unpackLargeMember(
  entry: ZipEntry,
  source: ZipSource,
  { path, signal }: { readonly path: string; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const descriptor = openNewFile(path, entry.isExecutable);
  const digest = createHash("sha256");
  let size = 0;
  try {
    await inflatePieces(entry, source, {
      signal,
      take: (piece) => {
        size += piece.length;
        if (size > entry.size) throw malformed(`\`${entry.name}\` does not inflate to the promised size`);
        digest.update(piece);
        writeAllSync(descriptor, piece);
      },
    });
  } finally {
    closeSync(descriptor);
  }
  if (size !== entry.size) throw malformed(`\`${entry.name}\` does not inflate to the promised size`);
  return digest.digest("base64url");
}

interface PieceOptions {
  readonly signal: AbortSignal | undefined;
  readonly take: (piece: Buffer) => void;
}

async function inflatePieces(
  entry: ZipEntry,
  source: ZipSource,
  { signal, take }: PieceOptions,
): Promise<void> {
  const stored = Readable.from(storedPieces(entry, source));
  const drain = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) take(piece);
  };
  if (!entry.isDeflated) return pipeline(stored, drain, { signal });
  const inflate = createInflateRaw({ chunkSize: PIECE_BYTES });
  try {
    await pipeline(stored, inflate, drain, { signal });
  } catch (cause) {
    if (systemCode(cause)?.startsWith("Z_") !== true) throw cause;
    throw malformed(`\`${entry.name}\` does not inflate to the promised size`, cause);
  }
  if (inflate.bytesWritten !== entry.compressedSize) {
    throw malformed(`\`${entry.name}\` has bytes after its compressed data`);
  }
}

function* storedPieces(entry: ZipEntry, source: ZipSource): Generator<Buffer> {
  const end = entry.offset + entry.compressedSize;
  for (let offset = entry.offset; offset < end; offset += PIECE_BYTES) {
    yield source.read(offset, Math.min(PIECE_BYTES, end - offset));
  }
}

const PIECE_BYTES = 1024 ** 2;
