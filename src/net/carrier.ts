// The bytes' way to an endpoint, without speaking to it yet: TCP, or a tunnel through a proxy.

import type { Socket } from "node:net";

import type { TrustStore } from "../trust/store.ts";
import type { Deadline } from "./deadline.ts";
import { dial, type Lookup } from "./dial.ts";
import type { ProxyDecision } from "./proxy.ts";
import { openTunnel } from "./tunnel.ts";
import type { Endpoint } from "./url.ts";

export interface CarrierOptions {
  readonly route: ProxyDecision;
  /** For the proxy's own certificate, where the proxy is spoken to over TLS. */
  readonly trust: TrustStore;
  readonly lookup: Lookup;
  readonly deadline: Deadline;
}

export interface Carrier {
  readonly socket: Socket;
  /** Undefined behind a proxy that looks the name up itself. */
  readonly address: string | undefined;
  readonly lookupMs: number | undefined;
  /** To the first byte that can be sent to the endpoint. */
  readonly connectMs: number;
}

/**
 * Opens the way to an endpoint.
 *
 * @throws `net/dns`, `net/refused`, `net/unreachable`, `net/timeout`, `net/proxy-*`, `net/cancelled`, and
 * `HandshakeError` for the TLS of a proxy
 */
export async function openCarrier(endpoint: Endpoint, options: CarrierOptions): Promise<Carrier> {
  const { route } = options;
  if (route.kind === "proxy") return openTunnel(endpoint, route, options);
  const { socket, address, lookupMs, connectMs } = await dial(endpoint.host, endpoint.port, options);
  return { socket, address: address.address, lookupMs, connectMs };
}
