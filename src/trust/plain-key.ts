// A private key that opens at once, also where its author is hostile: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC 1 (RFC 5915), not
// encrypted, of an algorithm for which opening computes nothing, and of a size with which it signs at once. The engine hears
// no signal meanwhile.

import { createPrivateKey, type KeyObject } from "node:crypto";

import { TAG, open, parseDer, readObjectIdentifier } from "../x509/certificates/der.ts";

/**
 * Opens the PEM block of a private key; undefined for one that is encrypted, whatever its label says, for other algorithms, and
 * for one that is too large. The engine gets the DER that was looked at here, and never a passphrase.
 *
 * @throws what the engine throws; tls/malformed-certificate for what is not DER
 */
export function openPlainKey(pem: string): KeyObject | undefined {
  const base64 = BODY.exec(pem)?.[1];
  // Headers, which an old form of encryption has, are not base64.
  if (base64 === undefined || base64.length > MAX_BASE64) return undefined;
  const der = Buffer.from(base64, "base64");
  const type = typeOf(der);
  if (type === undefined) return undefined;
  const key = createPrivateKey({ key: der, format: "der", type });
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_BITS ? undefined : key;
}

function typeOf(der: Uint8Array): "pkcs8" | "pkcs1" | "sec1" | undefined {
  const members = open(parseDer(der, WHAT), TAG.sequence, WHAT);
  // An encrypted key begins with its algorithm, every other one with its version.
  if (members.next().tag !== TAG.integer) return undefined;
  const second = members.next();
  switch (second.tag) {
    case TAG.integer:
      return "pkcs1";
    case TAG.octetString:
      return "sec1";
    case TAG.sequence:
      return ALGORITHMS.has(readObjectIdentifier(open(second, TAG.sequence, WHAT).next(), WHAT))
        ? "pkcs8"
        : undefined;
    default:
      return undefined;
  }
}

const WHAT = "private key";
const BODY = /^-----BEGIN [A-Z ]+-----([A-Za-z0-9+/=\s]*)-----END [A-Z ]+-----$/;
/** Of DSA and DH the public key is computed from a modulus of any length, which can take days. */
const ALGORITHMS: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.1", // RSA
  "1.2.840.113549.1.1.10", // RSASSA-PSS
  "1.2.840.10045.2.1", // EC
  "1.3.101.112", // Ed25519
  "1.3.101.113", // Ed448
  "2.16.840.1.101.3.4.3.17", // ML-DSA-44
  "2.16.840.1.101.3.4.3.18", // ML-DSA-65
  "2.16.840.1.101.3.4.3.19", // ML-DSA-87
]);
const MAX_RSA_BITS = 8192;
/** RSA of 8192 bits takes 6 KiB, ML-DSA-87 some 7 KiB. */
const MAX_BASE64 = 10 * 1024;
