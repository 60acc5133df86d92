// Why an exchange ended without an answer, beyond what the socket says: a proxy that forwards requests, or a port that
// speaks TLS and closes what does not.

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError, type ErrorCode } from "../../errors.ts";
import type { ConnectOptions } from "../connections/connect.ts";
import { speaksTls } from "./http1-head.ts";
import { observePeer } from "../connections/observe-peer.ts";
import { proxyName } from "../proxies/proxy-connection.ts";
import type { ProxyRoute } from "../proxies/proxy.ts";
import { redactUrl, type Endpoint } from "../url.ts";

/** Names the proxy that was to forward a request, where the way between it and this machine failed. */
export function explainForwarding(error: PinionError, proxy: ProxyRoute, target: string): PinionError {
  if (!FAILURES.has(error.code)) return error;
  const details = { ...error.details, proxy: redactUrl(proxy.url), rule: proxy.rule, target };
  if (error.details["isTls"] === true) {
    const message = `The proxy \`${proxyName(proxy)}\` expects TLS, but ${proxy.rule} names it with \`http://\``;
    const hints = [`write \`https://${proxyName(proxy)}\` into ${proxy.rule}`];
    return new PinionError(error.code, message, { details, hints });
  }
  return new PinionError(
    error.code,
    `The proxy \`${proxyName(proxy)}\` gave no answer to the request for \`${target}\``,
    { details, hints: [`the proxy comes from ${proxy.rule}`, ...error.hints], cause: error },
  );
}

/**
 * Finds out whether a port that closed a request without an answer speaks TLS; looks once for each of a run. Never throws
 * for network errors.
 */
export async function explainPlainEnd(
  error: PinionError,
  endpoint: Endpoint,
  options: ConnectOptions & { readonly looked: Set<string> },
): Promise<PinionError> {
  const { trust, route, lookup, logins, signal, looked } = options;
  const name = formatHostPort(endpoint.host, endpoint.port);
  if (looked.has(name)) return error;
  looked.add(name);
  const timeoutMs = Math.min(options.timeoutMs, MAX_LOOK_MS);
  const { protocol, alerts } = await observePeer(endpoint, {
    trust,
    route,
    lookup,
    logins,
    signal,
    timeoutMs,
  });
  const isTls = protocol !== undefined || alerts.length > 0;
  return isTls ? speaksTls(name) : error;
}

const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "net/reset",
  "net/timeout",
  "net/malformed-response",
]);

// The request may be sent again, which this delays; a port that speaks TLS answers in a round trip or two.
const MAX_LOOK_MS = 1_000;
