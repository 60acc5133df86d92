// Errors that other HTTP clients threw, explained: the host is found in the error, and examined with Pinion's trust.

import { formatHostPort } from "../base/text/host-port.ts";
import { parseHttpUrl } from "../net/url.ts";
import type { Examination } from "./examine/examination.ts";
import { explainTls, type ExplainTlsOptions } from "./explain.ts";

export interface ExplainErrorOptions extends ExplainTlsOptions {
  /** Where the request went, for errors that do not say it. */
  readonly url?: string;
}

export type ErrorExplanation =
  /** The error is about a connection to this server, and this is what was seen there. */
  | {
      readonly kind: "examined";
      readonly target: string;
      readonly code: string | undefined;
      readonly examination: Examination;
    }
  /** The error has nothing to do with TLS or a connection, or names no server and `url` was not given. */
  | { readonly kind: "unrelated"; readonly code: string | undefined };

/**
 * Explains an error of `node:https`, `fetch`, undici, axios, got and their kind: what went wrong on the way to the server,
 * which certificate is to blame, and what helps.
 *
 * @param error what was thrown; its causes are looked at too
 * @example
 * const explained = await explainError(error, { env: process.env });
 * if (explained.kind === "examined") console.error(renderReport(explained.examination));
 * @throws `net/cancelled`
 */
export async function explainError(
  error: unknown,
  options: ExplainErrorOptions = {},
): Promise<ErrorExplanation> {
  const { url, ...examining } = options;
  const links = chainOf(error);
  const code = links.map(codeOf).find((found) => found !== undefined && isAboutConnection(found));
  if (code === undefined)
    return { kind: "unrelated", code: links.map(codeOf).find((found) => found !== undefined) };
  const target = url === undefined ? links.map(serverOf).find((found) => found !== undefined) : targetOf(url);
  if (target === undefined) return { kind: "unrelated", code };
  return { kind: "examined", target, code, examination: await explainTls(target, examining) };
}

/** The error and everything that it came from, outermost first. */
function chainOf(error: unknown): readonly object[] {
  const links: object[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && links.length < MAX_LINKS) {
    const link = waiting.shift();
    if (typeof link !== "object" || link === null || links.includes(link)) continue;
    links.push(link);
    waiting.push(Reflect.get(link, "cause"));
    const errors: unknown = Reflect.get(link, "errors");
    if (Array.isArray(errors)) for (const one of errors as readonly unknown[]) waiting.push(one);
  }
  return links;
}

function codeOf(link: object): string | undefined {
  const code: unknown = Reflect.get(link, "code");
  return typeof code === "string" ? code : undefined;
}

function isAboutConnection(code: string): boolean {
  return CONNECTION_CODES.has(code) || TLS_CODE.test(code);
}

/** Where the request went: `host` and `port` of the runtime's errors, the request of axios and got. */
function serverOf(link: object): string | undefined {
  for (const holder of [
    link,
    Reflect.get(link, "config"),
    Reflect.get(link, "options"),
    Reflect.get(link, "request"),
  ]) {
    if (typeof holder !== "object" || holder === null) continue;
    const url: unknown = Reflect.get(holder, "url") ?? Reflect.get(holder, "href");
    const target = url instanceof URL || typeof url === "string" ? targetOf(String(url)) : undefined;
    if (target !== undefined) return target;
    const host: unknown = Reflect.get(holder, "hostname") ?? Reflect.get(holder, "host");
    const port: unknown = Reflect.get(holder, "port");
    if (typeof host === "string" && host !== "" && !host.includes("/"))
      return formatHostPort(
        host,
        typeof port === "number" || typeof port === "string" ? Number(port) || 443 : 443,
      );
  }
  return undefined;
}

function targetOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === "https:" || parsed.protocol === "http:"
    ? parseHttpUrl(parsed).origin
    : undefined;
}

const MAX_LINKS = 20;

/** https://nodejs.org/api/errors.html#common-system-errors */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "EPROTO",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and OpenSSL's and Pinion's own. */
const TLS_CODE =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$|CRL_|PATH_LENGTH_|tls\/|net\/)/;
