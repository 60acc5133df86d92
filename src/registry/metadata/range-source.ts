// An archive on a server as a source of bytes: its end is fetched first, the rest piece by piece as it is needed.

import type { ZipSource } from "../../archive/zip.ts";
import { Limit } from "../../base/work/limit.ts";
import { inTurns, Turns } from "../../base/work/turns.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import type { Client } from "../../net/client.ts";
import { isRetryable } from "../../net/failures.ts";
import type { Protection } from "../../net/protection.ts";
import { findMetadataMember, readMetadataMember } from "./metadata-member.ts";

export interface RangeRequest {
  readonly client: Client;
  readonly url: string;
  readonly filename: string;
  /** The URL of the index whose page listed it. */
  readonly listedBy?: string | undefined;
  /** The size that the page states. */
  readonly size: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with how each piece came. */
  readonly onProtection?: (protection: Protection) => void;
  /** Of {@link rangeRoom}, for what is read at the same time. */
  readonly room: Limit;
}

/** Room for the pieces that all readers of a run hold beside the ends of their archives. */
export function rangeRoom(): Limit {
  return new Limit(MAX_HELD_BYTES);
}

/**
 * Reads METADATA of a wheel by range requests: one for most wheels, three at most.
 *
 * @returns undefined where the server does not do ranges, or not rightly
 * @throws archive/invalid, archive/too-large, wheel/invalid, and what the client throws
 */
export async function readRemoteMetadata(request: RangeRequest): Promise<string | undefined> {
  const tail = await fetchTail(request);
  if (tail === undefined) return undefined;
  const source = new RangeSource(tail);
  return await readFrom({
    request,
    tail,
    source,
    turns: new Turns(request.signal),
    left: MAX_PIECES,
    hasRoom: false,
  });
}

/** An archive that is being read. */
interface Reading {
  readonly request: RangeRequest;
  readonly tail: Tail;
  readonly source: RangeSource;
  readonly turns: Turns;
  /** How many pieces may still be fetched. */
  readonly left: number;
  /** Whether it has its part of the room, which it keeps until its end. */
  readonly hasRoom: boolean;
}

async function readFrom(reading: Reading): Promise<string | undefined> {
  const { request, tail, source, turns, left, hasRoom } = reading;
  try {
    const member = await inTurns(findMetadataMember(source, request.filename), turns);
    const wanted = { offset: member.entry.localOffset, length: member.end - member.entry.localOffset };
    // A gap that a hostile directory claims is not a reason to fetch the whole wheel.
    if (wanted.length > MAX_PIECE_BYTES) return undefined;
    source.read(wanted.offset, wanted.length);
    return readMetadataMember(source, member);
  } catch (error) {
    if (!(error instanceof MissingPiece)) throw error;
    const { offset, length } = error;
    if (left === 0 || length > MAX_PIECE_BYTES) return undefined;
    // What is made of a directory takes several times its bytes.
    if (!hasRoom) return await request.room.run(length, () => readFrom({ ...reading, hasRoom: true }));
    const piece = await fetchPiece(request, { offset, length, of: tail });
    if (piece === undefined) return undefined;
    source.add(piece);
    return await readFrom({ ...reading, left: left - 1 });
  }
}

interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Tail extends Piece {
  /** Of the whole archive. */
  readonly size: number;
  readonly etag: string | undefined;
}

/** Control flow inside this file: the reader asked for bytes that are still on the server. */
class MissingPiece extends Error {
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    super("These bytes are still on the server");
    this.offset = offset;
    this.length = length;
  }
}

class RangeSource implements ZipSource {
  readonly size: number;
  readonly #pieces: Piece[];

  constructor(tail: Tail) {
    this.size = tail.size;
    this.#pieces = [tail];
  }

  add(piece: Piece): void {
    this.#pieces.push(piece);
  }

  read(offset: number, length: number): Buffer {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new PinionError("archive/invalid", "The ZIP archive is malformed or ambiguous: it is truncated");
    for (const piece of this.#pieces) {
      const start = offset - piece.offset;
      if (start >= 0 && start + length <= piece.bytes.length)
        return piece.bytes.subarray(start, start + length);
    }
    throw new MissingPiece(offset, length);
  }
}

async function fetchTail(request: RangeRequest): Promise<Tail | undefined> {
  // Azure's blob storage knows no range from the end, so a known size makes an ordinary one.
  const first = request.size === undefined ? undefined : Math.max(0, request.size - TAIL_BYTES);
  const range = first === undefined ? `bytes=-${TAIL_BYTES}` : `bytes=${first}-${request.size! - 1}`;
  const answer = await fetchRange(request, range, TAIL_BYTES);
  if (answer === undefined || answer.offset + answer.bytes.length !== answer.size) return undefined;
  return first === undefined || answer.offset === first ? answer : undefined;
}

async function fetchPiece(
  request: RangeRequest,
  wanted: { readonly offset: number; readonly length: number; readonly of: Tail },
): Promise<Piece | undefined> {
  const { offset, length, of } = wanted;
  const answer = await fetchRange(request, `bytes=${offset}-${offset + length - 1}`, length);
  const isRight = answer?.offset === offset && answer.bytes.length === length;
  const isSameArchive = answer?.size === of.size && answer.etag === of.etag;
  return isRight && isSameArchive ? answer : undefined;
}

/** A part of the archive; undefined where the server gave something else than what its answer claims to be. */
async function fetchRange(request: RangeRequest, range: string, maxBytes: number): Promise<Tail | undefined> {
  const response = await request.client
    .request(request.url, {
      headers: { range },
      listedBy: request.listedBy,
      // Where a range does not come, the whole file may: that is tried next.
      retries: 1,
      encoding: "identity",
      maxBytes,
      accept: RANGE_REFUSALS,
      signal: request.signal,
    })
    .catch((error: unknown) => {
      // A server that does not do ranges sends the whole wheel; reading it stops at the bound. One whose ranges break
      // off or end in an error may still serve the whole file.
      if (isPinionError(error, "net/too-large") || isRetryable(error) || isServerError(error))
        return undefined;
      throw error;
    });
  const [, first, last, size] = CONTENT_RANGE.exec(response?.headers["content-range"] ?? "") ?? [];
  if (response?.status !== 206 || first === undefined) return undefined;
  request.onProtection?.(response.protection);
  const bytes = await response.bytes();
  const isConsistent = bytes.length === Number(last) - Number(first) + 1 && Number(last) < Number(size);
  if (!isConsistent) return undefined;
  return { offset: Number(first), bytes, size: Number(size), etag: response.headers.etag };
}

function isServerError(error: unknown): boolean {
  return isPinionError(error, "net/http-status") && Number(error.details["status"]) >= 500;
}

// What servers say that dislike ranges (uv#11501, #18316); the wheel itself may still be available.
const RANGE_REFUSALS: readonly number[] = [400, 403, 405, 416, 501];

// The strict reader looks for a second end record in everything that a comment could fill, 64 KiB; METADATA and the
// directory of most wheels are in there too, which spares the second request.
const TAIL_BYTES = 0xffff + 22;

/** More than the directory of a wheel of 50,000 files. */
const MAX_PIECE_BYTES = 16 * 1024 ** 2;

/** Two of the largest directories, or hundreds of the usual ones. */
const MAX_HELD_BYTES: number = 32 * 1024 ** 2;

/** The directory, then METADATA with its header; one more for an end record of ZIP64. */
const MAX_PIECES = 3;

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;
