// Checks the signature of one certificate with the key of another. The engine of the runtime is asked first, since it
// has the last word on a connection; where it says no, the algorithm is tried by itself, to tell a forged signature
// from one that this runtime cannot check.

import { X509Certificate, constants, createPublicKey, verify, type KeyObject } from "node:crypto";

import { isBrokenHash, type PssParameters } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";

export type SignatureVerdict =
  | { readonly kind: "valid" }
  /** The signature does not fit the key. */
  | { readonly kind: "invalid" }
  /** The key is of a kind that cannot have made such a signature. */
  | { readonly kind: "other-key-kind" }
  /** This runtime lacks the key's or the signature's algorithm. */
  | { readonly kind: "unsupported"; readonly what: "key" | "signature" };

/** Checks `certificate`'s signature with the public key of `issuer`. Never throws. */
export function checkSignature(certificate: Certificate, issuer: Certificate): SignatureVerdict {
  const { signatureAlgorithm } = certificate;
  if (signatureAlgorithm.keyKind === "other") return { kind: "unsupported", what: "signature" };
  if (!canSign(issuer, signatureAlgorithm.keyKind)) return { kind: "other-key-kind" };
  const key = attempt(() =>
    createPublicKey({ key: Buffer.from(issuer.publicKey.spki), format: "der", type: "spki" }),
  );
  if (key === undefined) return { kind: "unsupported", what: "key" };
  if (attempt(() => new X509Certificate(certificate.der).verify(key)) === true) return { kind: "valid" };
  const byItself = attempt(() => verifyDirectly(certificate, key));
  if (byItself === undefined) return { kind: "unsupported", what: "signature" };
  return byItself ? { kind: "unsupported", what: "signature" } : { kind: "invalid" };
}

function canSign(issuer: Certificate, keyKind: string): boolean {
  const { kind } = issuer.publicKey;
  return kind === keyKind || (kind === "rsa-pss" && keyKind === "rsa") || kind === "other";
}

/** Undefined where the parameters cannot be handed to the runtime; throws where it lacks the algorithm. */
function verifyDirectly(certificate: Certificate, key: KeyObject): boolean | undefined {
  const { signatureAlgorithm, tbs, signature } = certificate;
  const { hash, pss } = signatureAlgorithm;
  switch (signatureAlgorithm.keyKind) {
    case "rsa":
    case "rsa-pss":
      if (hash === undefined) return undefined;
      if (signatureAlgorithm.parameters !== "pss")
        return verify(hash, tbs, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
      return pss !== undefined && isPlainPss(pss)
        ? verify(
            hash,
            tbs,
            { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.saltLength },
            signature,
          )
        : undefined;
    case "ec":
    case "dsa":
      return hash === undefined ? undefined : verify(hash, tbs, { key, dsaEncoding: "der" }, signature);
    case "ed25519":
    case "ed448":
    case "ml-dsa":
      return verify(undefined, tbs, key, signature);
    case "other":
      return undefined;
  }
}

/** What `crypto.verify` can be told: the mask's hash is always the signature's. */
function isPlainPss(pss: PssParameters): boolean {
  return pss.hash === pss.maskHash && pss.trailerField === 1 && !isBrokenHash(pss.hash);
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // OpenSSL's reasons are not stable between versions; that it cannot do it is all that counts.
    return undefined;
  }
}
