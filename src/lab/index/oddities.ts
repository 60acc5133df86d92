// The strange things that real indexes do, as data that can be switched on: an answer goes in, a stranger one comes out.

import { gzipSync } from "node:zlib";
import type { IncomingMessage, ServerResponse } from "node:http";

export type Oddity = OddityScope &
  (
    | { readonly kind: "status"; readonly status: number; readonly headers?: Headers; readonly body?: string }
    /** Sends the client to the same path below another origin. */
    | { readonly kind: "redirect"; readonly to: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
    /** Another `Content-Type`, or none. */
    | { readonly kind: "content-type"; readonly value: string | undefined }
    | { readonly kind: "headers"; readonly headers: Headers }
    | { readonly kind: "validators"; readonly form: "weak" | "none" }
    /** Answers 304 whatever was asked. */
    | { readonly kind: "not-modified" }
    /** Answers 200 where 304 would be right. */
    | { readonly kind: "never-not-modified" }
    | { readonly kind: "head-refused" }
    /** Ranges: passed over, answered from another offset, or answered with 416. */
    | { readonly kind: "range"; readonly answer: "ignored" | "wrong-offset" | "refused" }
    /** Compresses whatever the client said that it takes; `damaged` cuts the trailer off. */
    | { readonly kind: "gzip"; readonly damaged?: boolean }
    /** Replaces the body; its headers stay right. */
    | { readonly kind: "body"; readonly body: string | Uint8Array }
    /** Makes a page larger by that many octets of blanks. */
    | { readonly kind: "padding"; readonly octets: number }
    /** Ends the connection after that many octets of the body. */
    | { readonly kind: "cut"; readonly after: number }
    /** Falls silent after that many octets, connection open. */
    | { readonly kind: "stall"; readonly after: number }
    | { readonly kind: "slow"; readonly octetsPerSecond: number }
    /** Sends the body in chunks (RFC 9112 7.1), without its length. */
    | { readonly kind: "chunked" }
    /** Sends body after body for as long as the client reads. */
    | { readonly kind: "endless" }
  );

export interface OddityScope {
  /** Which answers; a string that begins with `/` is a part of the path. Default: `everything`. */
  readonly on?: "everything" | "pages" | "files" | "metadata" | `/${string}`;
  /** How often; later requests are answered well. Default: always. */
  readonly times?: number;
}

export type Headers = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly delivery:
    | { readonly kind: "whole" }
    | { readonly kind: "cut" | "stall"; readonly after: number }
    | { readonly kind: "slow"; readonly octetsPerSecond: number }
    | { readonly kind: "endless" };
  /** Without its length. */
  readonly isChunked?: boolean;
}

/** What is strange about the answer to a request before Range and validators are looked at. */
export function applyOddity(answer: Answer, oddity: Oddity, request: IncomingMessage): Answer {
  switch (oddity.kind) {
    case "status":
      return {
        ...answer,
        status: oddity.status,
        headers: { "content-type": "text/plain", ...oddity.headers },
        body: Buffer.from(oddity.body ?? `The laboratory was set to answer ${oddity.status}\n`),
      };
    case "redirect":
      return {
        ...answer,
        status: oddity.status ?? 302,
        headers: { location: `${oddity.to}${request.url}` },
        body: Buffer.alloc(0),
      };
    case "content-type":
      return { ...answer, headers: withHeader(answer.headers, "content-type", oddity.value) };
    case "headers":
      return { ...answer, headers: { ...answer.headers, ...oddity.headers } };
    case "validators":
      return { ...answer, headers: changeValidators(answer.headers, oddity.form) };
    case "not-modified":
      return { ...answer, status: 304, body: Buffer.alloc(0) };
    case "head-refused":
      if (request.method !== "HEAD") return answer;
      return { ...answer, status: 405, headers: { allow: "GET" }, body: Buffer.alloc(0) };
    case "gzip": {
      const body = gzipSync(answer.body);
      return {
        ...answer,
        headers: { ...answer.headers, "content-encoding": "gzip" },
        body: oddity.damaged === true ? body.subarray(0, -8) : body,
      };
    }
    case "body":
      return { ...answer, body: Buffer.from(oddity.body) };
    case "padding":
      return { ...answer, body: Buffer.concat([answer.body, Buffer.alloc(oddity.octets, "\n")]) };
    case "cut":
    case "stall":
      return { ...answer, delivery: { kind: oddity.kind, after: oddity.after } };
    case "slow":
      return { ...answer, delivery: { kind: "slow", octetsPerSecond: oddity.octetsPerSecond } };
    case "chunked":
      return { ...answer, isChunked: true };
    case "endless":
      return { ...answer, delivery: { kind: "endless" } };
    case "range":
    case "never-not-modified":
      return answer;
  }
}

/** Answers a conditional or partial request (RFC 9110 13 and 14.2) as the oddities let it. */
export function applyPreconditions(
  answer: Answer,
  request: IncomingMessage,
  oddities: readonly Oddity[],
): Answer {
  if (answer.status !== 200) return answer;
  const revalidates = !oddities.some(({ kind }) => kind === "never-not-modified");
  if (revalidates && isUnchanged(answer.headers, request))
    return { ...answer, status: 304, body: Buffer.alloc(0) };
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
  const oddity = oddities.find((candidate) => candidate.kind === "range");
  if (range === null || oddity?.answer === "ignored" || answer.headers["content-encoding"] !== undefined)
    return answer;
  const ifRange = request.headers["if-range"];
  if (ifRange !== undefined && ifRange !== answer.headers["etag"]) return answer;

  const size = answer.body.length;
  const [, first = "", last = ""] = range;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end || oddity?.answer === "refused") {
    return {
      ...answer,
      status: 416,
      headers: { ...answer.headers, "content-range": `bytes */${size}` },
      body: Buffer.alloc(0),
    };
  }
  const shift = oddity?.answer === "wrong-offset" && start > 0 ? 1 : 0;
  return {
    ...answer,
    status: 206,
    headers: { ...answer.headers, "content-range": `bytes ${start - shift}-${end - shift}/${size}` },
    body: answer.body.subarray(start - shift, end + 1 - shift),
  };
}

/** Sends an answer the way that its delivery says. */
export function deliver(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  const { status, body, delivery } = answer;
  const isLengthKnown = delivery.kind !== "endless" && answer.isChunked !== true && status !== 304;
  const headers = isLengthKnown ? { ...answer.headers, "content-length": `${body.length}` } : answer.headers;
  response.writeHead(status, headers);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  switch (delivery.kind) {
    case "whole":
      response.end(body);
      return;
    case "cut":
      response.write(body.subarray(0, delivery.after), () => response.destroy());
      return;
    case "stall":
      response.flushHeaders();
      if (delivery.after > 0) response.write(body.subarray(0, delivery.after));
      return;
    case "slow":
      sendSlowly(response, body, delivery.octetsPerSecond);
      return;
    case "endless":
      sendEndlessly(response, body.length > 0 ? body : Buffer.from("\n"));
      return;
  }
}

function sendSlowly(response: ServerResponse, body: Buffer, octetsPerSecond: number): void {
  const step = Math.max(1, Math.round(octetsPerSecond / SLOW_STEPS_PER_SECOND));
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + step));
    sent += step;
    if (sent < body.length) return;
    clearInterval(timer);
    response.end();
  }, 1000 / SLOW_STEPS_PER_SECOND);
  response.on("close", () => clearInterval(timer));
}

function sendEndlessly(response: ServerResponse, body: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(body));
  };
  response.on("drain", more);
  more();
}

function isUnchanged(headers: Headers, request: IncomingMessage): boolean {
  const ifNoneMatch = request.headers["if-none-match"];
  const etag = headers["etag"];
  // Weak comparison (RFC 9110 13.1.2): a weak validator revalidates, too.
  if (ifNoneMatch !== undefined)
    return etag !== undefined && ifNoneMatch.split(/\s*,\s*/).some((tag) => opaque(tag) === opaque(etag));
  const since = request.headers["if-modified-since"];
  const modified = headers["last-modified"];
  return since !== undefined && modified !== undefined && Date.parse(since) >= Date.parse(modified);
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, "");
}

function changeValidators(headers: Headers, form: "weak" | "none"): Headers {
  if (form === "weak" && headers["etag"] !== undefined) return { ...headers, etag: `W/${headers["etag"]}` };
  return withHeader(withHeader(headers, "etag", undefined), "last-modified", undefined);
}

function withHeader(headers: Headers, name: string, value: string | undefined): Headers {
  const { [name]: _, ...others } = headers;
  return value === undefined ? others : { ...others, [name]: value };
}

const SLOW_STEPS_PER_SECOND = 10;
