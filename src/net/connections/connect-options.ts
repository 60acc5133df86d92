// How a client connects to the server of a URL, whatever it does there: the same for requests, for the doctor and for
// storing a host's certificate.

import type { ClientIdentity } from "../../trust/client-identity.ts";
import type { ClientSettings } from "../client-settings.ts";
import type { ConnectOptions } from "./connect.ts";
import { findInsecureHost } from "./insecure-hosts.ts";
import { endpointOf, isSameOrigin } from "../url.ts";

/** The options of a connection but for its way, and for what helps the engine. */
export function connectOptionsFor(
  url: URL,
  settings: ClientSettings,
): Omit<ConnectOptions, "route" | "helpers" | "fetchIssuer" | "signal"> {
  const {
    trust,
    lookup,
    logins,
    insecureHosts = [],
    connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS,
  } = settings;
  const { isTls } = endpointOf(url);
  const insecure = isTls ? findInsecureHost(insecureHosts, url) : undefined;
  const certificate = isTls ? certificateFor(url, settings) : undefined;
  return {
    trust,
    logins,
    timeoutMs: connectTimeoutMs,
    verification: insecure === undefined ? "on" : "off",
    lookup,
    clientCertificate: certificate,
  };
}

/**
 * The certificate to show to a server that asks for one: the index's own, else the common one, which goes to the origins
 * of indexes and of explicit URLs only where those are known. A redirect must not choose who sees it.
 */
function certificateFor(url: URL, settings: ClientSettings): ClientIdentity | undefined {
  const { clientCertificates = [], clientCertificate, clientCertificateOrigins } = settings;
  const own = clientCertificates.find(
    (entry) => URL.canParse(entry.url) && isSameOrigin(new URL(entry.url), url),
  );
  if (own !== undefined) return own.certificate;
  return clientCertificateOrigins?.has(url.origin) === false ? undefined : clientCertificate;
}

/** For lookup, TCP, tunnel and TLS together (docs/network.md, "Timeouts"). */
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
