// Our own refusals of a chain that the engine accepted (trust.md section 2): they are made inside the handshake,
// before a byte of a request is written.

import { isPinionError, PinionError } from "../errors.ts";
import type { TrustStore } from "../trust/store.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { matchesHost } from "../x509/names.ts";
import { formatHostPort, type Endpoint } from "./url.ts";

/** Refuses an accepted chain for its name, its keys or its signatures; undefined where nothing objects. */
export function judgeAccepted(
  sent: readonly Uint8Array[],
  endpoint: Endpoint,
  _trust: TrustStore,
): PinionError | undefined {
  const { host, port } = endpoint;
  const [leaf] = sent;
  if (leaf === undefined) return new PinionError("tls/handshake-failed", "The server sent no certificate");
  try {
    const match = matchesHost(parseCertificate(leaf), host);
    if (match.kind === "match") return undefined;
    return new PinionError(
      "tls/hostname-mismatch",
      `Cannot verify ${formatHostPort(host, port)}: its certificate is for other names`,
    );
  } catch (error) {
    if (isPinionError(error)) return error;
    throw error;
  }
}
