// Tunnels through SOCKS proxies: the connection is made like every other, and `socks` speaks the protocol on it.

import { isIP } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import { loginInUrl } from "../credentials/auth.ts";
import type { Carrier, CarrierOptions } from "../connections/carrier.ts";
import { untilAborted } from "../deadline.ts";
import { lookupFailure } from "../failures.ts";
import type { ProxyRoute } from "./proxy.ts";
import { openProxy, proxyName } from "./proxy-connection.ts";
import { endpointOf, excerpt, redactUrl, type Endpoint } from "../url.ts";

/**
 * Opens a tunnel through a SOCKS proxy. `socks4` and `socks5` look the name up here, `socks4a` and `socks5h` there.
 *
 * @throws `net/proxy-unreachable`, `net/proxy-auth-required`, `net/proxy-refused`, `net/dns`, `net/timeout`, `net/cancelled`
 */
export async function openSocksTunnel(
  endpoint: Endpoint,
  route: ProxyRoute,
  options: CarrierOptions,
): Promise<Carrier> {
  const { deadline } = options;
  const started = performance.now();
  const host = await targetHost(endpoint, route, options);
  const { SocksClient } = await import("socks");
  const socket = await openProxy(route, options);
  const { host: proxyHost, port } = endpointOf(route.url);
  const login = loginInUrl(route.url);
  const opening = SocksClient.createConnection({
    command: "connect",
    destination: { host, port: endpoint.port },
    proxy: {
      host: proxyHost,
      port,
      type: route.url.protocol.startsWith("socks4") ? 4 : 5,
      ...(login === undefined ? {} : { userId: login.username, password: login.password }),
    },
    existing_socket: socket,
    timeout: MAX_SOCKS_MS,
  });
  try {
    await untilAborted(opening, deadline.signal, () =>
      deadline.failure(`Cannot open a tunnel through \`${proxyName(route)}\``),
    );
  } catch (cause) {
    socket.destroy();
    throw cause instanceof PinionError ? cause : socksFailure(cause, endpoint, route);
  }
  socket.on("error", () => {});
  return { socket, address: undefined, lookupMs: undefined, connectMs: performance.now() - started };
}

/** The target as the proxy receives it: an IP address where the scheme says that the name is looked up here. */
async function targetHost(endpoint: Endpoint, route: ProxyRoute, options: CarrierOptions): Promise<string> {
  const { protocol } = route.url;
  if (isIP(endpoint.host) !== 0 || (protocol !== "socks4:" && protocol !== "socks5:")) return endpoint.host;
  const answer = options.lookup(endpoint.host).catch((cause: unknown) => {
    throw lookupFailure(endpoint.host, cause);
  });
  const addresses = await untilAborted(answer, options.deadline.signal, () =>
    options.deadline.failure(`Cannot resolve \`${endpoint.host}\``),
  );
  // SOCKS 4 has no IPv6 (its request holds four octets).
  const usable = addresses.find(({ family }) => family === 4 || protocol === "socks5:");
  if (usable === undefined) throw lookupFailure(endpoint.host, { code: "ENODATA" });
  return usable.address;
}

function socksFailure(cause: unknown, endpoint: Endpoint, route: ProxyRoute): PinionError {
  // The library's errors have no code, only sentences (socks/build/common/constants.js).
  const said = excerpt(cause instanceof Error ? cause.message : "");
  const target = formatHostPort(endpoint.host, endpoint.port);
  const details = { proxy: redactUrl(route.url), rule: route.rule, target };
  const hints = [`the proxy comes from ${route.rule}`];
  if (/authentication/i.test(said)) {
    const message = `The proxy \`${proxyName(route)}\` demands other credentials: ${said}`;
    return new PinionError("net/proxy-auth-required", message, { details, hints, cause });
  }
  const message = `The proxy \`${proxyName(route)}\` refused a tunnel to \`${target}\`: ${said}`;
  return new PinionError("net/proxy-refused", message, { details, hints, cause });
}

// The deadline of the connection ends it earlier; this only keeps the library from choosing.
const MAX_SOCKS_MS = 600_000;
