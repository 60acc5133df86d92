// The answer to one request, before its status is judged: decoded and bounded as it is read.

import { GatheredBytes } from "../../base/gathered-bytes.ts";
import { isPinionError } from "../../errors.ts";
import { LARGE_BODY_BYTES, type LargeBodyTurn, type OutgoingRequest, type RawResponse } from "./exchange.ts";

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
import type { Http1Response } from "./http1.ts";
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
      if (codings.length > 0) {
        for await (const chunk of body) take(chunk);
        return;
      }
      const count = countBody(limits);
      try {
        await response.pour((chunk) => {
          count(chunk);
          take(chunk);
        });
      } finally {
        settle();
      }
    },
    async whole() {
      try {
        return await readWhole(boundBody(raw, limits), { codings, limits, turn: request.largeBody });
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

async function readWhole(raw: AsyncIterable<Buffer>, { codings, limits, turn }: WholeBody): Promise<Buffer> {
  const encoded = new GatheredBytes();
  let length = 0;
  for await (const chunk of raw) {
    encoded.add(chunk);
    length += chunk.length;
    if (length > LARGE_BODY_BYTES) await turn?.enter();
  }
  let bytes = encoded.bytes();
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

const MAX_DISCARDED_BYTES = 64 * 1024;
