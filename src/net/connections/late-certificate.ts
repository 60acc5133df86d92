// A client certificate that a server demands only for some paths, after the first handshake (Apache: `SSLVerifyClient`
// inside `<Location>`). TLS 1.3 has post-handshake authentication for it (RFC 8446 section 4.6.2), which Node lacks;
// TLS 1.2 repeats the handshake, which the engine does by itself. A refused request is tried again that way.

import type { RawResponse } from "../http/exchange.ts";
import { observePeer, type ObserveOptions } from "./observe-peer.ts";
import type { Endpoint } from "../url.ts";

/**
 * Whether a 403 may come from a certificate that was not asked for in the handshake. Looks at the server once more; never
 * throws for what the network does.
 */
export async function isPerhapsLate(
  response: RawResponse,
  endpoint: Endpoint,
  options: ObserveOptions,
): Promise<boolean> {
  if (response.status !== FORBIDDEN || !endpoint.isTls || options.clientCertificate === undefined)
    return false;
  const { protocol, requestedClientCertificate, outcome } = await observePeer(endpoint, options);
  return outcome.kind === "completed" && protocol === "TLSv1.3" && !requestedClientCertificate;
}

const FORBIDDEN = 403;
