// The answer to one request, before its status is judged: decoded and bounded as it is read.

import { GatheredBytes } from "../../base/streams/gathered-bytes.ts";
import { isPinionError } from "../../errors.ts";
import {
  LARGE_BODY_BYTES,
  type BodyMemory,
  type LargeBodyTurn,
  type OutgoingRequest,
  type RawResponse,
} from "./exchange.ts";

import type { Credentials } from "../credentials/auth.ts";
import {
  boundBody,
  countBody,
  decodeBody,
  decodeWhole,
  parseContentEncoding,
  type BodyLimits,
  type Coding,
} from "./body.ts";
import type { Http1Response, Pour } from "./http1.ts";
import type { Protection } from "../protection.ts";
import { statusFailure } from "./status-failure.ts";
import { redactUrl } from "../url.ts";

export interface ExchangeContext {
  readonly request: OutgoingRequest;
  readonly credentials: Credentials | undefined;
  readonly protection: Protection;
  readonly forwardedBy: RawResponse["forwardedBy"];
  /** Called once, when the body has ended. */
  readonly settle: () => void;
}

/** Makes the body of an answer readable. */
export function readableResponse(response: Http1Response, context: ExchangeContext): RawResponse {
  const { request, credentials, protection, forwardedBy, settle } = context;
  const limits = { url: redactUrl(request.url), maxBytes: request.maxBytes };
  const raw = settling(response.body, settle);
  const codings = codingsOf(response, request, limits);
  const body = codings.reduceRight(
    (outer, coding) => decodeBody(outer, coding, limits),
    boundBody(raw, limits),
  );
  const pourBounded: Pour = async (take) => {
    const count = countBody(limits);
    try {
      await response.pour((chunk) => {
        count(chunk);
        take(chunk);
      });
    } finally {
      settle();
    }
  };
  return {
    status: response.status,
    reason: response.reason,
    headers: response.headers,
    url: request.url,
    credentials,
    protection,
    forwardedBy,
    body,
    async pour(take) {
      if (codings.length === 0) await pourBounded(take);
      else for await (const chunk of body) take(chunk);
    },
    async whole() {
      const { length } = response;
      const turn = request.largeBody;
      try {
        const encoded =
          length !== undefined && length <= Math.min(LARGE_BODY_BYTES, limits.maxBytes)
            ? await pourWhole(
                pourBounded,
                await memoryFor(length, codings.length === 0 ? request.memory : undefined),
              )
            : await gatherWhole(boundBody(raw, limits), turn);
        return await decodeInTurns(encoded, { codings, limits, turn });
      } catch (error) {
        // It may be asked for again, and the connection for that may be held by a body that waits for this turn.
        request.largeBody?.leave();
        throw error;
      }
    },
    async discard() {
      let bytes = 0;
      try {
        for await (const chunk of raw) {
          bytes += chunk.length;
          if (bytes > MAX_DISCARDED_BYTES) return;
        }
      } catch {
        // It was not wanted; the connection is closed.
      }
    },
  };
}

interface WholeBody {
  readonly codings: readonly Coding[];
  readonly limits: BodyLimits;
  readonly turn: LargeBodyTurn | undefined;
}

async function memoryFor(length: number, memory: BodyMemory | undefined): Promise<Buffer> {
  if (memory === undefined || length < POOLED_BYTES) return Buffer.allocUnsafe(length);
  return (await memory.take(length)).subarray(0, length);
}

/** A body of a known length, each piece of which is copied once. */
async function pourWhole(pour: Pour, bytes: Buffer): Promise<Buffer> {
  let start = 0;
  await pour((chunk) => {
    start += chunk.copy(bytes, start);
  });
  return bytes;
}

async function gatherWhole(raw: AsyncIterable<Buffer>, turn: LargeBodyTurn | undefined): Promise<Buffer> {
  const gathered = new GatheredBytes();
  let length = 0;
  for await (const chunk of raw) {
    gathered.add(chunk);
    length += chunk.length;
    if (length > LARGE_BODY_BYTES) await turn?.enter();
  }
  return gathered.bytes();
}

async function decodeInTurns(encoded: Buffer, { codings, limits, turn }: WholeBody): Promise<Buffer> {
  let bytes = encoded;
  for (const coding of codings.toReversed()) bytes = await decodeInTurn(bytes, coding, { limits, turn });
  return bytes;
}

/** What a few bytes unpack to is known only then: what turns out to be large is decoded again, once it has its turn. */
async function decodeInTurn(
  encoded: Buffer,
  coding: Coding,
  { limits, turn }: Pick<WholeBody, "limits" | "turn">,
): Promise<Buffer> {
  if (turn === undefined || limits.maxBytes <= LARGE_BODY_BYTES) return decodeWhole(encoded, coding, limits);
  try {
    return decodeWhole(encoded, coding, { ...limits, maxBytes: LARGE_BODY_BYTES });
  } catch (error) {
    if (!isPinionError(error, "net/too-large")) throw error;
  }
  await turn.enter();
  return decodeWhole(encoded, coding, limits);
}

/** The body of an answer that must be a 200. */
export async function wholeOf(response: RawResponse): Promise<Buffer> {
  if (response.status !== 200) throw await statusFailure(response);
  return response.whole();
}

async function* settling(
  body: AsyncIterable<Buffer>,
  settle: () => void,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* body;
  } finally {
    settle();
  }
}

function codingsOf(response: Http1Response, request: OutgoingRequest, limits: BodyLimits): readonly Coding[] {
  const header = response.headers["content-encoding"];
  if (header === undefined || request.method === "HEAD") return [];
  // Servers label `x.tar.gz` as gzip-coded because of its name; its digest is that of the file as it is.
  if (request.encoding === "identity" && /\.t?gz$/i.test(request.url.pathname)) return [];
  return parseContentEncoding(header, limits);
}

/** What is smaller costs little to allocate. */
const POOLED_BYTES = 64 * 1024;
const MAX_DISCARDED_BYTES = 64 * 1024;
