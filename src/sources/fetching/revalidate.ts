// The exchange by which a server confirms what is kept of it, or answers again: validators out, a 304 or an answer back
// (RFC 9110 section 13, RFC 9111 section 4.3). What came less safely than its URL promises neither confirms nor replaces.

import {
  refreshed,
  revalidationHeaders,
  storedResponse,
  type CacheableResponse,
  type StoredResponse,
  type StoreOptions,
} from "../../net/http/http-cache.ts";
import type { Protection } from "../../net/protection.ts";
import { isAsPromised } from "./provenance.ts";

/** An answer, and how it came. */
export interface ProtectedResponse extends CacheableResponse {
  readonly protection: Protection;
}

export interface Exchange<R extends ProtectedResponse> {
  /** The protection that the requested URL promises. */
  readonly promised: Protection;
  readonly options: StoreOptions;
  /** Sends the request with these headers; undefined where the server lacks what is requested. */
  ask(headers: Readonly<Record<string, string>>): Promise<R | undefined>;
}

export type Revalidated<R> =
  /** What is kept still holds; `http` replaces what is kept of its headers. */
  | { readonly kind: "unchanged"; readonly http: StoredResponse }
  | { readonly kind: "answered"; readonly response: R | undefined }
  /** A 304 to a request without validators, about another answer than the kept one, or not as safe as promised. */
  | { readonly kind: "unrelated" };

/** Asks whether what is kept still holds; without anything kept, it is an ordinary request. */
export async function revalidate<R extends ProtectedResponse>(
  kept: StoredResponse | undefined,
  exchange: Exchange<R>,
): Promise<Revalidated<R>> {
  const response = await exchange.ask(kept === undefined ? {} : revalidationHeaders(kept));
  if (response?.status !== 304) return { kind: "answered", response };
  const http =
    kept !== undefined && isAsPromised(exchange.promised, response.protection)
      ? await refreshed(kept, response, exchange.options)
      : undefined;
  return http === undefined ? { kind: "unrelated" } : { kind: "unchanged", http };
}

/** Describes an answer for keeping; undefined where it must not be kept. */
export async function keptOf(
  response: ProtectedResponse,
  { promised, options }: Pick<Exchange<ProtectedResponse>, "promised" | "options">,
): Promise<StoredResponse | undefined> {
  return isAsPromised(promised, response.protection) ? await storedResponse(response, options) : undefined;
}
