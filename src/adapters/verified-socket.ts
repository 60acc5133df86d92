// What every adapter does for one connection: choose the way, open it, verify the server.

import type { Socket } from "node:net";

import { formatHostPort } from "../base/text/host-port.ts";
import { openConnection } from "../net/connections/connect.ts";
import { chooseProxy, type ProxySettings } from "../net/proxies/proxy.ts";
import { type Endpoint } from "../net/url.ts";
import type { TrustStore } from "../trust/store.ts";
import type { ClientIdentity } from "../trust/client-identity.ts";

/** What the adapters for other HTTP clients share. */
export interface AdapterOptions {
  readonly trust: TrustStore;
  /** Default: no proxy. */
  readonly proxy?: ProxySettings | undefined;
  readonly clientCertificate?: ClientIdentity | undefined;
  /** Milliseconds for lookup, TCP, tunnel and TLS together. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** Opens a verified TLS connection, or a plain one for `http:`. @throws as `openConnection` */
export async function openVerifiedSocket(
  endpoint: Endpoint,
  options: AdapterOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Socket> {
  const { trust, proxy = {}, clientCertificate, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  const scheme = endpoint.isTls ? "https" : "http";
  const route = chooseProxy(new URL(`${scheme}://${formatHostPort(endpoint.host, endpoint.port)}/`), proxy);
  const { socket } = await openConnection(endpoint, {
    trust,
    route,
    timeoutMs,
    clientCertificate,
    signal,
  });
  // A tunnel leaves it paused for the TLS that begins in it. A server of plain HTTP says nothing before it is asked.
  if (!endpoint.isTls) socket.resume();
  return socket;
}

/** The failure as the callbacks of Node's libraries take it. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** As Pinion's own connections (`docs/network.md`). */
const DEFAULT_TIMEOUT_MS = 10_000;
