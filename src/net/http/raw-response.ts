// The answer to one request, before its status is judged: decoded and bounded as it is read.

import { GatheredBytes } from "../../base/gathered-bytes.ts";
import type { OutgoingRequest, RawResponse } from "./exchange.ts";

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
      const encoded = new GatheredBytes();
      for await (const chunk of boundBody(raw, limits)) encoded.add(chunk);
      return codings.reduceRight((bytes, coding) => decodeWhole(bytes, coding, limits), encoded.bytes());
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
