// The bytes' way to an endpoint, without speaking to it yet: TCP, or a tunnel through a proxy.

import type { CarrierOptions, Carrier } from "./carrier.ts";

import { dial } from "./dial.ts";
import { openTunnel } from "../proxies/tunnel.ts";
import type { Endpoint } from "../url.ts";

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
