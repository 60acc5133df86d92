// Chains beside the matrix, with what real clients said to them and which versions those were (`further-chains.json`):
// ML-DSA, a name with a final dot, an intermediate as the only anchor; and what they said to two kinds of servers.

import { readFileSync } from "node:fs";

import { parseCertificate, type Certificate } from "../../src/x509/certificates/certificate.ts";
import { readPem } from "../../src/x509/certificates/pem.ts";

export interface MeasuredVerdict {
  readonly verdict: "accept" | "refuse";
  /** About what the client printed. */
  readonly said: string;
}

export interface FurtherChain {
  readonly id: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  /** DER in base64, of a key made for this. */
  readonly peer_certificate_key_pkcs8: string;
  readonly clients: Readonly<Record<string, MeasuredVerdict>>;
}

interface FurtherChains {
  /** ISO 8601, the day. */
  readonly measured: string;
  /** The line in which each client names its version. */
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly FurtherChain[];
  /** Verdicts on servers whose chains are good. */
  readonly servers: Readonly<
    Record<"lacksSecureRenegotiation" | "demandsLateCertificate", Readonly<Record<string, MeasuredVerdict>>>
  >;
}

export const furtherChains: FurtherChains = JSON.parse(
  readFileSync(new URL("further-chains.json", import.meta.url), "utf8"),
);

export function certificatesOf(pems: readonly string[]): readonly Certificate[] {
  return pems.flatMap((pem) => readPem(Buffer.from(pem)).certificates.map((der) => parseCertificate(der)));
}
