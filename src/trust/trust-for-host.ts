// Trusting one certificate of the chain that a server sent, for that server only: what `pinion trust add` does after the
// choice. docs/tls.md

import { parseCertificate } from "../x509/certificates/certificate.ts";
import { addHostAnchor, type HostAnchor } from "./host-anchors.ts";
import { objectionToTrusting } from "./policy.ts";
import type { TrustStore } from "./store.ts";

/** A server as it was seen. */
export interface TrustedPeer {
  readonly host: string;
  readonly port: number;
  /** The chain that it sent, DER, its own certificate first. */
  readonly sent: readonly Uint8Array[];
  /** What counts besides: the connection must be accepted with both. */
  readonly store: TrustStore;
  /** Default: now. */
  readonly time?: Date;
}

/**
 * Trusts a certificate for a server's host and port, in a file that the option `trust.hostTrustFile` names. Compare its
 * fingerprint with one that came another way than the chain: this function cannot.
 *
 * @param path the file; it is made where there is none, and replaced as a whole
 * @param certificate DER
 * @throws tls/… where the connection would be refused all the same (another name, dates, weak keys), and nothing is written;
 * tls/malformed-certificate, tls/trust-source-unusable
 */
export async function trustForHost(
  path: string,
  certificate: Uint8Array,
  peer: TrustedPeer,
): Promise<HostAnchor> {
  const anchor = parseCertificate(certificate);
  const objection = objectionToTrusting(anchor, peer);
  if (objection !== undefined) throw objection;
  const { host, port, time = new Date() } = peer;
  return await addHostAnchor(path, { host, port, der: anchor.der, added: time });
}
