// Takes the content coding off a body (RFC 9110 section 8.4), within bounds: a few bytes may unpack to gigabytes.

import { constants } from "node:buffer";
import { pipeline, Readable, type Transform } from "node:stream";
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzipSync,
  inflateRawSync,
  inflateSync,
} from "node:zlib";

import { PinionError, systemCode } from "../../errors.ts";
import { excerpt } from "../url.ts";

export type Coding = "gzip" | "deflate" | "br";

export interface BodyLimits {
  /** The redacted address, for messages. */
  readonly url: string;
  /** Of the decoded body. */
  readonly maxBytes: number;
}

/** What a request asks for when it takes any coding. */
export const ACCEPT_ENCODING = "gzip, deflate, br";

/**
 * Reads a `Content-Encoding` header: the codings in the order in which they were applied.
 *
 * @throws `net/malformed-response` for a coding that was not asked for
 */
export function parseContentEncoding(header: string | undefined, limits: BodyLimits): readonly Coding[] {
  const codings = namesOf(header ?? "");
  return codings.slice(0, MAX_CODINGS + 1).map((name, index) => {
    const coding = CODINGS.get(name);
    if (coding !== undefined && index < MAX_CODINGS) return coding;
    throw undecodable(limits, `its content coding is \`${excerpt(header ?? "")}\``);
  });
}

/** Whether {@link parseContentEncoding} knows every coding of a header. */
export function areKnownCodings(header: string): boolean {
  return namesOf(header).every((name) => CODINGS.has(name));
}

function namesOf(header: string): readonly string[] {
  const names = header.toLowerCase().split(",");
  return names.map((name) => name.trim()).filter((name) => name !== "" && name !== "identity");
}

/** Passes a body on as it is, no further than the bound. */
export async function* boundBody(
  source: AsyncIterable<Buffer>,
  limits: BodyLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const count = countBody(limits);
  for await (const chunk of source) {
    count(chunk);
    yield chunk;
  }
}

/** Counts the pieces of a body; throws `net/too-large` at the one that passes the bound. */
export function countBody(limits: BodyLimits): (chunk: Buffer) => void {
  let total = 0;
  return (chunk) => {
    total += chunk.length;
    if (total > limits.maxBytes) throw tooLarge(limits);
  };
}

/**
 * Decodes a body as it comes.
 *
 * @throws `net/malformed-response` where the coding is broken or cut, `net/too-large` past a bound
 */
export async function* decodeBody(
  source: AsyncIterable<Buffer>,
  coding: Coding,
  limits: BodyLimits,
): AsyncGenerator<Buffer, void, undefined> {
  let encodedBytes = 0;
  let decodedBytes = 0;
  const iterator = source[Symbol.asyncIterator]();
  const first: IteratorResult<Buffer, unknown> = await iterator.next();
  if (first.done === true) return;
  const start = first.value;
  const counted = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for (
      let next: IteratorResult<Buffer, unknown> = first;
      next.done !== true;
      next = await iterator.next()
    ) {
      encodedBytes += next.value.length;
      yield next.value;
    }
  };
  const decoder = createDecoder(coding, start);
  const encoded = Readable.from(counted(), { objectMode: false });
  // The error of either side reaches the loop below through the decoder.
  pipeline(encoded, decoder, () => {});
  try {
    const outputs: AsyncIterable<Buffer> = decoder;
    for await (const decoded of outputs) {
      decodedBytes += decoded.length;
      if (decodedBytes > allowedBytes(encodedBytes, limits)) throw tooLarge(limits);
      yield decoded;
    }
  } catch (cause) {
    throw cause instanceof PinionError ? cause : undecodable(limits, damageOf(cause), cause);
  } finally {
    // Not awaited: the source may be waiting for bytes that are no longer wanted.
    void iterator.return?.();
  }
}

/** The same for a body that is already whole: without streams, several times faster for small pages. */
export function decodeWhole(encoded: Buffer, coding: Coding, limits: BodyLimits): Buffer {
  if (encoded.length === 0) return encoded;
  const options = { maxOutputLength: Math.max(1, allowedBytes(encoded.length, limits)) };
  try {
    switch (coding) {
      case "gzip":
        return gunzipSync(encoded, options);
      case "deflate":
        return hasZlibHeader(encoded) ? inflateSync(encoded, options) : inflateRawSync(encoded, options);
      case "br":
        return brotliDecompressSync(encoded, options);
    }
  } catch (cause) {
    // ERR_BUFFER_TOO_LARGE is a RangeError; everything else is the data's fault.
    throw cause instanceof RangeError ? tooLarge(limits) : undecodable(limits, damageOf(cause), cause);
  }
}

function damageOf(cause: unknown): string {
  return systemCode(cause) === "Z_BUF_ERROR"
    ? "its compressed body is truncated"
    : "its compression is damaged";
}

function createDecoder(coding: Coding, start: Buffer): Transform {
  switch (coding) {
    case "gzip":
      return createGunzip();
    case "deflate":
      return hasZlibHeader(start) ? createInflate() : createInflateRaw();
    case "br":
      return createBrotliDecompress();
  }
}

/** "deflate" means the zlib format (RFC 1950), but some servers send the bare stream (RFC 9110 section 8.4.1.2). */
function hasZlibHeader(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0;
  return (first & 0x0f) === 8 && ((first << 8) | (bytes[1] ?? 0)) % 31 === 0;
}

function allowedBytes(encodedBytes: number, limits: BodyLimits): number {
  return Math.min(limits.maxBytes, RATIO_FREE_BYTES + MAX_RATIO * encodedBytes, constants.MAX_LENGTH);
}

function tooLarge(limits: BodyLimits): PinionError {
  return new PinionError("net/too-large", `The answer of \`${limits.url}\` is larger than the limit`, {
    details: { url: limits.url, maxBytes: limits.maxBytes },
  });
}

function undecodable(limits: BodyLimits, why: string, cause?: unknown): PinionError {
  return new PinionError("net/malformed-response", `Cannot decode the answer of \`${limits.url}\`: ${why}`, {
    details: { url: limits.url },
    cause,
  });
}

const CODINGS: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
]);

// A proxy that compresses again what was compressed is known; more layers are only known from attacks (CVE-2022-32206).
const MAX_CODINGS = 2;

// The most repetitive index pages shrink about sixty times; DEFLATE can reach 1032, Brotli far more.
const MAX_RATIO = 250;
const RATIO_FREE_BYTES = 4 * 1024 * 1024;
