// A connection to a proxy itself: TCP, and TLS where the proxy is spoken to over it.

import type { Socket } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import type { CarrierOptions } from "../connections/carrier.ts";
import { dial } from "../connections/dial.ts";
import type { ProxyRoute } from "./proxy.ts";
import { secure } from "../connections/tls.ts";
import { endpointOf, redactUrl } from "../url.ts";

/**
 * Connects to a proxy, for a tunnel or for requests that it forwards.
 *
 * @throws `net/proxy-unreachable`, `net/cancelled`, `HandshakeError` for the proxy's own TLS
 */
export async function openProxy(route: ProxyRoute, options: CarrierOptions): Promise<Socket> {
  const endpoint = endpointOf(route.url);
  const { trust, deadline } = options;
  const { socket } = await dial(endpoint.host, endpoint.port, options).catch((cause: unknown) => {
    throw unreachable(route, cause);
  });
  if (!endpoint.isTls) return socket;
  const secured = await secure(socket, { endpoint, trust, deadline });
  return secured.socket;
}

function unreachable(route: ProxyRoute, cause: unknown): unknown {
  if (!(cause instanceof PinionError) || cause.code === "net/cancelled") return cause;
  return new PinionError("net/proxy-unreachable", `Cannot reach the proxy \`${proxyName(route)}\``, {
    details: { proxy: redactUrl(route.url), rule: route.rule },
    hints: [`the proxy comes from ${route.rule}`, ...cause.hints],
    cause,
  });
}

/** A proxy as messages name it. */
export function proxyName(route: ProxyRoute): string {
  const { host, port } = endpointOf(route.url);
  return formatHostPort(host, port);
}
