// Key pairs of every kind that a certificate can hold, kept in a ring so that slow ones are made once.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { madeOnce } from "../../base/work/once.ts";

export type CurveName = "P-192" | "P-224" | "P-256" | "P-384" | "P-521";

/** `RSA-2048`; `RSA-PSS-2048` for a key that is bound to PSS (id-RSASSA-PSS); curves; Edwards curves; `DSA-2048`. */
export type KeySpec =
  | `RSA-${number}`
  | `RSA-PSS-${number}`
  | CurveName
  | "Ed25519"
  | "Ed448"
  | `DSA-${number}`
  | MlDsaName;

/** FIPS 204; Node has them from 24.6 on. */
export type MlDsaName = "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87";

export interface LabKey {
  readonly spec: KeySpec;
  readonly privateKey: KeyObject;
  /** PKCS#8, unencrypted. */
  readonly pem: string;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** SHA-1 of the subjectPublicKey bits, the usual key identifier (RFC 5280 4.2.1.2). */
  readonly identifier: Buffer;
}

/** Makes a key pair. RSA above 4096 bits takes seconds: share one through a {@link KeyRing}. */
export function createKey(spec: KeySpec): LabKey {
  return keyOf(spec, generate(spec));
}

/** Tells whether this runtime knows ML-DSA; it knows every other kind of key. */
export function hasMlDsa(): boolean {
  try {
    createKey("ML-DSA-44");
    return true;
  } catch {
    return false;
  }
}

/** The key pair of a PKCS#8 PEM that the caller has. */
function importKey(spec: KeySpec, pem: string): LabKey {
  return keyOf(spec, createPrivateKey(pem));
}

/** PKCS#8 PEMs by kind and use (`RSA-2048 leaf`), or by kind, for every use of it. */
export type GivenKeys = Readonly<Partial<Record<KeySpec | `${KeySpec} ${string}`, string>>>;

/**
 * Keys by kind and use: the same question gives the same key, so that a hundred chains cost a handful of keys.
 *
 * @example
 * const ring = new KeyRing();
 * ring.key("P-384", "root") === ring.key("P-384", "root");
 */
export class KeyRing {
  readonly #keys = new Map<string, LabKey>();
  readonly #given: GivenKeys;

  /** @param given what need not be made */
  constructor(given: GivenKeys = {}) {
    this.#given = given;
  }

  key(spec: KeySpec, use: string): LabKey {
    const name = `${spec} ${use}`;
    const pem = this.#given[`${spec} ${use}`] ?? this.#given[spec];
    return madeOnce(this.#keys, name, () => (pem === undefined ? createKey(spec) : importKey(spec, pem)));
  }
}

function generate(spec: KeySpec): KeyObject {
  const bits = Number(/\d+$/.exec(spec)?.[0]);
  if (spec.startsWith("RSA-PSS-")) return generateKeyPairSync("rsa-pss", { modulusLength: bits }).privateKey;
  if (spec.startsWith("RSA-")) return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
  if (spec.startsWith("DSA-"))
    return generateKeyPairSync("dsa", { modulusLength: bits, divisorLength: 256 }).privateKey;
  if (spec === "Ed25519") return generateKeyPairSync("ed25519").privateKey;
  if (spec === "Ed448") return generateKeyPairSync("ed448").privateKey;
  if (spec.startsWith("ML-DSA-")) return generateByName(spec.toLowerCase());
  return generateKeyPairSync("ec", { namedCurve: OPENSSL_CURVES[spec] ?? spec }).privateKey;
}

/** For kinds that the types of the oldest supported runtime do not have. */
function generateByName(name: string): KeyObject {
  const pair: { readonly privateKey: KeyObject } = Reflect.apply(generateKeyPairSync, undefined, [name, {}]);
  return pair.privateKey;
}

function keyOf(spec: KeySpec, privateKey: KeyObject): LabKey {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    spec,
    privateKey,
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    spki,
    identifier: createHash("sha1").update(publicKeyBits(spki)).digest(),
  };
}

/** The content of the BIT STRING at the end of a SubjectPublicKeyInfo, without its count of unused bits. */
function publicKeyBits(spki: Buffer): Buffer {
  const algorithm = contentAt(spki, contentAt(spki, 0).start);
  return spki.subarray(contentAt(spki, algorithm.end).start + 1);
}

function contentAt(der: Buffer, offset: number): { readonly start: number; readonly end: number } {
  const first = der[offset + 1] ?? 0;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  const start = offset + 2 + extra;
  const length = extra === 0 ? first : der.readUIntBE(offset + 2, extra);
  return { start, end: start + length };
}

const OPENSSL_CURVES: Readonly<Record<string, string>> = {
  "P-192": "prime192v1",
  "P-224": "secp224r1",
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
};
