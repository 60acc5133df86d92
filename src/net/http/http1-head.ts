// The heads of HTTP/1.1 messages (RFC 9112): a request as bytes, the head of a response as values, and what it says of
// the body and of the connection.

import type { IncomingHttpHeaders } from "node:http";

import { PinionError } from "../../errors.ts";
import { excerpt } from "../url.ts";

export interface Http1Request {
  readonly method: "GET" | "HEAD" | "CONNECT";
  /** As written in the request line: a path, a whole address for a proxy, `host:port` for CONNECT. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ResponseHead {
  readonly minorVersion: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
}

export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

export function formatRequest(request: Http1Request): string {
  let text = `${request.method} ${request.target} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(request.headers)) {
    // A line end in a value would let it write headers, or a whole request, of its own.
    if (INVALID_VALUE.test(value)) {
      throw new PinionError(
        "net/invalid-url",
        `The request header \`${excerpt(name)}\` contains characters that HTTP does not allow`,
      );
    }
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

/** A TLS server answers what is not TLS with an alert (RFC 8446 section 5.1): content type 21, version 3.x. */
export function looksLikeTls(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 21 && bytes[1] === 3;
}

export function speaksTls(name: string): PinionError {
  return new PinionError(
    "net/malformed-response",
    `\`${name}\` expects TLS, but the request was sent without it`,
    {
      details: { isTls: true },
      hints: ["write `https://` instead of `http://`"],
    },
  );
}

export function looksLikeHttp(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, 5);
  return "HTTP/".startsWith(start);
}

export function parseHead(text: string, name: string): ResponseHead {
  const lines = text.split(/\r?\n/);
  const status = STATUS_LINE.exec(lines[0] ?? "");
  if (status === null) throw malformed(name, `it begins with \`${excerpt(lines[0] ?? "")}\``);
  const headers: IncomingHttpHeaders = Object.create(null);
  let previous: string | undefined;
  for (const line of lines.slice(1, -2)) {
    previous = addField(headers, line, previous);
    if (previous === undefined) throw malformed(name, `its header \`${excerpt(line)}\` breaks the grammar`);
  }
  return { minorVersion: Number(status[1]), status: Number(status[2]), reason: status[3] ?? "", headers };
}

/** Adds one field line and returns its name; undefined where the line breaks RFC 9112 section 5. */
function addField(
  headers: IncomingHttpHeaders,
  line: string,
  previous: string | undefined,
): string | undefined {
  if (line.startsWith(" ") || line.startsWith("\t")) {
    // obs-fold continues the value before it (section 5.2).
    const value = previous === undefined ? undefined : headers[previous];
    if (previous === undefined || typeof value !== "string") return previous;
    headers[previous] = `${value} ${line.trim()}`;
    return previous;
  }
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = line.slice(colon + 1).trim();
  if (!TOKEN.test(name) || INVALID_VALUE.test(value)) return undefined;
  if (name === "set-cookie") {
    (headers["set-cookie"] ??= []).push(value);
  } else {
    const known = headers[name];
    headers[name] = known === undefined ? value : `${String(known)}, ${value}`;
  }
  return name;
}

/** RFC 9112 section 6.3. */
export function framingOf(head: ResponseHead, method: string, name: string): Framing {
  const { status, headers } = head;
  const isTunnel = method === "CONNECT" && status >= 200 && status < 300;
  if (method === "HEAD" || isTunnel || status === 204 || status === 304) return { kind: "none" };
  const coding = headers["transfer-encoding"]?.toLowerCase();
  if (coding === "chunked") return { kind: "chunked" };
  if (coding !== undefined && coding !== "identity")
    throw malformed(name, `it has the transfer coding \`${excerpt(coding)}\``);
  const stated = headers["content-length"];
  if (stated === undefined) return { kind: "until-close" };
  const lengths = new Set(stated.split(",").map((length) => length.trim()));
  const [length] = lengths;
  if (lengths.size !== 1 || length === undefined || !/^\d{1,15}$/.test(length)) {
    throw malformed(name, `its length is \`${excerpt(stated)}\``);
  }
  return { kind: "length", length: Number(length) };
}

/** RFC 9112 section 9.3. */
export function keepsAlive(head: ResponseHead): boolean {
  const connection = head.headers.connection?.toLowerCase() ?? "";
  // Two statements of the length are how answers are smuggled (section 6.1): the connection is not used again.
  if (head.headers["transfer-encoding"] !== undefined && head.headers["content-length"] !== undefined)
    return false;
  const options = new Set(connection.split(",").map((option) => option.trim()));
  if (head.minorVersion === 1) return !options.has("close");
  // Old proxies state it in a header of their own.
  const ofProxy: unknown = head.headers["proxy-connection"];
  return (
    options.has("keep-alive") ||
    (typeof ofProxy === "string" && ofProxy.trim().toLowerCase() === "keep-alive")
  );
}

export function parseChunkSize(line: string): number | undefined {
  const semicolon = line.indexOf(";");
  const digits = (semicolon === -1 ? line : line.slice(0, semicolon)).trim();
  // 12 digits are 2^48 bytes, and still an exact number.
  return /^[0-9a-f]{1,12}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

export function malformed(name: string, why: string): PinionError {
  return new PinionError("net/malformed-response", `The answer of \`${name}\` is not HTTP: ${why}`);
}

const STATUS_LINE = /^HTTP\/1\.([01]) +([1-9]\d\d)(?: (.*))?$/;
// RFC 9110 section 5.6.2.
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const INVALID_VALUE = /[\0\r\n]|[^\0-\xff]/;
