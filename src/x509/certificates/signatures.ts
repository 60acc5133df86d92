// Checks the signature of one certificate with the key of another. Two answers make one: the bare algorithm says
// whether the signature is genuine, the engine's own reading of the certificate whether this runtime would take it.

import { X509Certificate, constants, createPublicKey, verify, type KeyObject } from "node:crypto";

import type { KeyKind, PssParameters } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { equalBytes } from "./der.ts";

export type SignatureVerdict =
  | { readonly kind: "valid" }
  /** The signature does not fit the key. */
  | { readonly kind: "invalid" }
  /** The key is of a kind that cannot have made such a signature. */
  | { readonly kind: "other-key-kind" }
  /** This runtime lacks the key's or the signature's algorithm. */
  | { readonly kind: "unsupported"; readonly what: "key" | "signature" };

/** Checks signatures, and keeps each key and certificate that was prepared. */
export class SignatureChecker {
  readonly #keys = new Map<string, KeyObject | undefined>();
  readonly #engineCertificates = new Map<string, X509Certificate | undefined>();

  /** Checks `certificate`'s signature with the public key of `issuer`. Never throws. */
  check(certificate: Certificate, issuer: Certificate): SignatureVerdict {
    const { keyKind } = certificate.signatureAlgorithm;
    if (keyKind === "other") return { kind: "unsupported", what: "signature" };
    if (!canSign(issuer.publicKey.kind, keyKind)) return { kind: "other-key-kind" };
    if (issuer.publicKey.isUnreasonable) return { kind: "unsupported", what: "key" };
    const key = remember(this.#keys, issuer.publicKey.fingerprint, () => readKey(issuer));
    if (key === undefined) return { kind: "unsupported", what: "key" };
    const isGenuine = attempt(() => verifyDirectly(certificate, key));
    if (isGenuine === false) return { kind: "invalid" };
    const engine = remember(
      this.#engineCertificates,
      certificate.fingerprint,
      () => new X509Certificate(certificate.der),
    );
    if (attempt(() => engine?.verify(key)) === true) return { kind: "valid" };
    // Two algorithm identifiers that differ are a fault of the certificate, which `rules.ts` reports.
    const isReadTwoWays = !equalBytes(
      certificate.signatureAlgorithm.der,
      certificate.innerSignatureAlgorithm.der,
    );
    if (isGenuine === true && isReadTwoWays) return { kind: "valid" };
    return { kind: "unsupported", what: "signature" };
  }
}

function canSign(key: KeyKind, signature: KeyKind): boolean {
  return key === signature || (key === "rsa-pss" && signature === "rsa") || key === "other";
}

function readKey(issuer: Certificate): KeyObject {
  return createPublicKey({ key: Buffer.from(issuer.publicKey.spki), format: "der", type: "spki" });
}

/** Undefined where the parameters cannot be handed to the runtime; throws where it lacks the algorithm. */
function verifyDirectly(certificate: Certificate, key: KeyObject): boolean | undefined {
  const { signatureAlgorithm, tbs, signature } = certificate;
  const { hash, parameters, pss } = signatureAlgorithm;
  switch (signatureAlgorithm.keyKind) {
    case "rsa":
    case "rsa-pss":
      if (hash === undefined) return undefined;
      if (parameters !== "pss")
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

/** What `crypto.verify` accepts: the mask's hash is always the signature's. */
function isPlainPss(pss: PssParameters): boolean {
  return pss.hash === pss.maskHash && pss.trailerField === 1;
}

function remember<T>(known: Map<string, T | undefined>, key: string, make: () => T): T | undefined {
  if (!known.has(key)) known.set(key, attempt(make));
  return known.get(key);
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // OpenSSL's reasons are not stable between versions; that it cannot do it is all that counts.
    return undefined;
  }
}
