// Tunnels through proxies: CONNECT over HTTP or HTTPS (RFC 9110 section 9.3.6), SOCKS, and what a PAC script names.
// CONNECT is spoken by our own bounded reader, and TLS to a proxy is made and verified like any other.

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import type { Carrier, CarrierOptions } from "../connections/carrier.ts";
import { Http1Connection } from "../http/http1.ts";
import type { ProxyRoute } from "./proxy.ts";
import { openProxy, proxyName } from "./proxy-connection.ts";
import { ProxyLogins, type LoginAttempt, type LoginResult } from "./proxy-login.ts";
import { proxyRefusal } from "./proxy-refusal.ts";
import { openSocksTunnel } from "./socks.ts";
import { endpointOf, redactUrl, type Endpoint } from "../url.ts";

/**
 * Opens a tunnel to an endpoint; what is sent on the carrier's socket then reaches the endpoint itself.
 *
 * @throws `net/proxy-unreachable`, `net/proxy-auth-required`, `net/proxy-refused`, `net/timeout`, `net/cancelled`,
 * `HandshakeError` for the proxy's own TLS
 */
export async function openTunnel(
  endpoint: Endpoint,
  route: ProxyRoute,
  options: CarrierOptions,
): Promise<Carrier> {
  if (route.url.protocol.startsWith("socks")) return openSocksTunnel(endpoint, route, options);
  const started = performance.now();
  const logins = options.logins ?? new ProxyLogins();
  const attempt = logins.begin(route);
  for (;;) {
    const socket = await openProxy(route, options);
    // The deadline bounds the tunnel as a whole, so the reader's own limit never has to.
    const connection = new Http1Connection(socket, endpointOf(route.url), {
      silenceTimeoutMs: MAX_PROXY_SILENCE_MS,
    });
    const onAbort = (): void =>
      connection.close(options.deadline.failure(`Cannot open a tunnel through \`${proxyName(route)}\``));
    options.deadline.signal.addEventListener("abort", onAbort, { once: true });
    try {
      if ((await connect(connection, endpoint, { route, logins, attempt })) === "reconnect") {
        connection.close();
        continue;
      }
      return {
        socket: connection.detach(),
        address: undefined,
        lookupMs: undefined,
        connectMs: performance.now() - started,
      };
    } finally {
      options.deadline.signal.removeEventListener("abort", onAbort);
    }
  }
}

interface ProxyLogin {
  readonly route: ProxyRoute;
  readonly logins: ProxyLogins;
  readonly attempt: LoginAttempt;
}

async function connect(
  connection: Http1Connection,
  endpoint: Endpoint,
  { route, logins, attempt }: ProxyLogin,
): Promise<"connected" | "reconnect"> {
  const target = formatHostPort(endpoint.host, endpoint.port);
  let response: LoginResult;
  try {
    response = await logins.exchange(
      connection,
      { method: "CONNECT", target, headers: { host: target } },
      attempt,
    );
  } catch (cause) {
    if (cause instanceof PinionError && (cause.code === "net/cancelled" || cause.code === "net/timeout"))
      throw cause;
    if (!(cause instanceof PinionError)) throw cause;
    throw new PinionError(
      "net/proxy-refused",
      `The proxy \`${proxyName(route)}\` did not open a tunnel to \`${target}\``,
      {
        details: {
          proxy: redactUrl(route.url),
          rule: route.rule,
          target,
          isPassing: cause.code === "net/reset",
        },
        hints: [`the proxy comes from ${route.rule}`],
        cause,
      },
    );
  }
  if (response === "reconnect") return response;
  if (response.status < 200 || response.status >= 300)
    throw await proxyRefusal(response, { route, target, connection, attempt });
  if (connection.isUsable) return "connected";
  connection.close();
  // TLS begins with the client: who speaks first through a fresh tunnel is not the server (CVE-2009-2061).
  throw new PinionError(
    "net/proxy-refused",
    `The proxy \`${proxyName(route)}\` sent data into the tunnel to \`${target}\``,
    {
      details: { proxy: redactUrl(route.url), rule: route.rule, target },
    },
  );
}

const MAX_PROXY_SILENCE_MS = 600_000;
