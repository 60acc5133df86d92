// Tunnels through SOCKS proxies, by `socks-proxy-agent` at the level of sockets: TLS stays ours.

import { EventEmitter } from "node:events";
import type { ClientRequest } from "node:http";
import { isIP, type Socket } from "node:net";

import { PinionError } from "../errors.ts";
import type { Carrier, CarrierOptions } from "./carrier.ts";
import { untilAborted } from "./deadline.ts";
import { lookupFailure } from "./failures.ts";
import type { ProxyRoute } from "./proxy.ts";
import { endpointOf, excerpt, formatHostPort, redactUrl, type Endpoint } from "./url.ts";

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
  const { SocksProxyAgent } = await import("socks-proxy-agent");
  const agent = new SocksProxyAgent(withRemoteLookup(route.url), { timeout: MAX_SOCKS_MS });
  // The agent is made for requests of `node:http`; of this one it only wants to tell which proxy it used.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const request = new EventEmitter() as ClientRequest;
  const opening = agent.connect(request, { host, port: endpoint.port, secureEndpoint: false });
  let socket: Socket;
  try {
    socket = await untilAborted(opening, deadline.signal, () => {
      // A tunnel that opens after its time is closed, not left.
      opening.then((late) => late.destroy()).catch(() => {});
      return deadline.failure(`Cannot open a tunnel through \`${proxyName(route)}\``);
    });
  } catch (cause) {
    throw cause instanceof PinionError ? cause : socksFailure(cause, endpoint, route);
  }
  socket.setTimeout(0);
  socket.removeAllListeners("timeout");
  socket.setNoDelay(true);
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

/** The agent's own lookup knows neither our deadline nor our words; `targetHost` has done what was to be done here. */
function withRemoteLookup(proxy: URL): string {
  const scheme = proxy.protocol.startsWith("socks4") ? "socks4a" : "socks5h";
  return `${scheme}${proxy.href.slice(proxy.protocol.length - 1)}`;
}

function socksFailure(cause: unknown, endpoint: Endpoint, route: ProxyRoute): PinionError {
  // The library's errors have no code, only sentences (socks/build/common/constants.js).
  const said = excerpt(cause instanceof Error ? cause.message : "");
  const target = formatHostPort(endpoint.host, endpoint.port);
  const details = { proxy: redactUrl(route.url), rule: route.rule, target };
  const hints = [`the proxy comes from ${route.rule}`];
  if (/\b(ECONN\w+|E\w+UNREACH|ENOTFOUND|EAI_\w+|ETIMEDOUT|EADDRNOTAVAIL)\b/.test(said)) {
    const message = `Cannot reach the proxy \`${proxyName(route)}\``;
    return new PinionError("net/proxy-unreachable", message, { details, hints, cause });
  }
  if (/authentication/i.test(said)) {
    const message = `The proxy \`${proxyName(route)}\` demands other credentials: ${said}`;
    return new PinionError("net/proxy-auth-required", message, { details, hints, cause });
  }
  const message = `The proxy \`${proxyName(route)}\` refused a tunnel to \`${target}\`: ${said}`;
  return new PinionError("net/proxy-refused", message, { details, hints, cause });
}

function proxyName(route: ProxyRoute): string {
  const { host, port } = endpointOf(route.url);
  return formatHostPort(host, port);
}

// The deadline of the connection ends it earlier; this only keeps the library from choosing.
const MAX_SOCKS_MS = 600_000;
