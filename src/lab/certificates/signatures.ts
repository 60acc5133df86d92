// Signature algorithms as a certificate names them (RFC 3279, 4055, 5480, 5758, 8410, 9881), and the signing itself.

import { constants, createHash, privateEncrypt, randomBytes, sign } from "node:crypto";
import { constructed, integer, nullValue, objectIdentifier, sequence } from "./der-writer.ts";
import type { Der } from "./der-writer.ts";
import type { LabKey } from "./keys.ts";

export type Digest =
  | "md5"
  | "sha1"
  | "sha224"
  | "sha256"
  | "sha384"
  | "sha512"
  | "sha3-224"
  | "sha3-256"
  | "sha3-384"
  | "sha3-512";

export interface SignatureSpec {
  /** Default: what fits the key (SHA-384 for P-384, SHA-512 for P-521, else SHA-256); Edwards curves have none. */
  readonly digest?: Digest;
  /** RSA only. Default: `pkcs1`; an `RSA-PSS` key always signs with `pss`. */
  readonly scheme?: "pkcs1" | "pss";
  /** The AlgorithmIdentifier's parameters. Default: `null` for PKCS#1 (RFC 4055 5), `absent` for the rest. */
  readonly parameters?: "null" | "absent";
  /** Names the signature instead, whatever it is made with: DER of an AlgorithmIdentifier. */
  readonly identifier?: Der;
  /** PSS only, in octets. Default: the digest's length. */
  readonly saltLength?: number;
  /** PSS only: the digest of MGF1. Default: the signature's own digest. */
  readonly maskDigest?: Digest;
}

/** The DER AlgorithmIdentifier for signatures by this key. */
export function signatureAlgorithm(key: LabKey, spec: SignatureSpec): Der {
  if (spec.identifier !== undefined) return spec.identifier;
  const { kind, digest, saltLength, maskDigest } = chosen(key, spec);
  switch (kind) {
    case "pure":
      return algorithm(PURE_OIDS[key.spec] ?? "", spec.parameters ?? "absent");
    case "ecdsa":
      return algorithm(ECDSA_OIDS[digest], spec.parameters ?? "absent");
    case "dsa":
      return algorithm(DSA_OIDS[digest] ?? DSA_OIDS.sha256, spec.parameters ?? "absent");
    case "pkcs1":
      return algorithm(RSA_OIDS[digest], spec.parameters ?? "null");
    case "pss":
      return sequence(objectIdentifier(PSS_OID), pssParameters(digest, maskDigest, saltLength));
  }
}

/** The signature's octets, as they stand in the certificate's BIT STRING. */
export function signWith(key: LabKey, spec: SignatureSpec, message: Buffer): Buffer {
  const { kind, digest, saltLength, maskDigest } = chosen(key, spec);
  switch (kind) {
    case "pure":
      return sign(null, message, key.privateKey);
    case "ecdsa":
    case "dsa":
    case "pkcs1":
      return sign(digest, message, key.privateKey);
    case "pss":
      if (maskDigest !== digest) return signPssByHand(key, message, { digest, maskDigest, saltLength });
      return sign(digest, message, {
        key: key.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength,
      });
  }
}

interface Chosen {
  /** `pure`: the algorithm takes the message itself and has its digest built in. */
  readonly kind: "pure" | "ecdsa" | "dsa" | "pkcs1" | "pss";
  readonly digest: Digest;
  readonly saltLength: number;
  readonly maskDigest: Digest;
}

function chosen(key: LabKey, spec: SignatureSpec): Chosen {
  const digest =
    spec.digest ?? (key.spec === "P-384" ? "sha384" : key.spec === "P-521" ? "sha512" : "sha256");
  return {
    kind: kindOf(key, spec),
    digest,
    saltLength: spec.saltLength ?? createHash(digest).digest().length,
    maskDigest: spec.maskDigest ?? digest,
  };
}

function kindOf(key: LabKey, spec: SignatureSpec): Chosen["kind"] {
  if (key.spec in PURE_OIDS) return "pure";
  if (key.spec.startsWith("RSA-PSS-")) return "pss";
  if (key.spec.startsWith("RSA-")) return spec.scheme ?? "pkcs1";
  return key.spec.startsWith("DSA-") ? "dsa" : "ecdsa";
}

function algorithm(oid: string, parameters: "null" | "absent"): Der {
  return parameters === "null"
    ? sequence(objectIdentifier(oid), nullValue())
    : sequence(objectIdentifier(oid));
}

/** RSASSA-PSS-params (RFC 4055 3.1), DEFAULT members left out as DER demands. */
function pssParameters(digest: Digest, maskDigest: Digest, saltLength: number): Der {
  const members: Der[] = [];
  if (digest !== "sha1") members.push(constructed(0, algorithm(DIGEST_OIDS[digest], "null")));
  if (maskDigest !== "sha1")
    members.push(
      constructed(1, sequence(objectIdentifier(MGF1_OID), algorithm(DIGEST_OIDS[maskDigest], "null"))),
    );
  if (saltLength !== 20) members.push(constructed(2, integer(saltLength)));
  return sequence(...members);
}

/** EMSA-PSS (RFC 8017 9.1.1): `node:crypto` has no option for a separate mask digest. */
function signPssByHand(
  key: LabKey,
  message: Buffer,
  { digest, maskDigest, saltLength }: Omit<Chosen, "kind">,
): Buffer {
  const bits = (key.privateKey.asymmetricKeyDetails?.modulusLength ?? 0) - 1;
  const length = Math.ceil(bits / 8);
  const salt = randomBytes(saltLength);
  const messageHash = createHash(digest).update(message).digest();
  const hash = createHash(digest).update(Buffer.alloc(8)).update(messageHash).update(salt).digest();
  const padding = Buffer.alloc(length - saltLength - hash.length - 2);
  const block = Buffer.concat([padding, Buffer.from([1]), salt]);
  const mask = maskOf(hash, block.length, maskDigest);
  for (const [at, octet] of mask.entries()) block[at] = block[at]! ^ octet;
  block[0] = block[0]! & (0xff >> (8 * length - bits));
  const encoded = Buffer.concat([block, hash, Buffer.from([0xbc])]);
  return privateEncrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

/** MGF1 (RFC 8017 B.2.1). */
function maskOf(seed: Buffer, length: number, digest: Digest): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0, size = 0; size < length; counter += 1) {
    const index = Buffer.alloc(4);
    index.writeUInt32BE(counter);
    const part = createHash(digest).update(seed).update(index).digest();
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

const PSS_OID = "1.2.840.113549.1.1.10";
const MGF1_OID = "1.2.840.113549.1.1.8";

/** RFC 8410, RFC 9881. */
export const PURE_OIDS: Readonly<Record<string, string>> = {
  Ed25519: "1.3.101.112",
  Ed448: "1.3.101.113",
  "ML-DSA-44": "2.16.840.1.101.3.4.3.17",
  "ML-DSA-65": "2.16.840.1.101.3.4.3.18",
  "ML-DSA-87": "2.16.840.1.101.3.4.3.19",
};

const RSA_OIDS: Readonly<Record<Digest, string>> = {
  md5: "1.2.840.113549.1.1.4",
  sha1: "1.2.840.113549.1.1.5",
  sha224: "1.2.840.113549.1.1.14",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
  "sha3-224": "2.16.840.1.101.3.4.3.13",
  "sha3-256": "2.16.840.1.101.3.4.3.14",
  "sha3-384": "2.16.840.1.101.3.4.3.15",
  "sha3-512": "2.16.840.1.101.3.4.3.16",
};

const ECDSA_OIDS: Readonly<Record<Digest, string>> = {
  // ECDSA with MD5 was never assigned a number; the one of SHA-1 keeps the certificate readable.
  md5: "1.2.840.10045.4.1",
  sha1: "1.2.840.10045.4.1",
  sha224: "1.2.840.10045.4.3.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
  "sha3-224": "2.16.840.1.101.3.4.3.9",
  "sha3-256": "2.16.840.1.101.3.4.3.10",
  "sha3-384": "2.16.840.1.101.3.4.3.11",
  "sha3-512": "2.16.840.1.101.3.4.3.12",
};

const DSA_OIDS: Readonly<Partial<Record<Digest, string>>> & { readonly sha256: string } = {
  sha1: "1.2.840.10040.4.3",
  sha224: "2.16.840.1.101.3.4.3.1",
  sha256: "2.16.840.1.101.3.4.3.2",
};

const DIGEST_OIDS: Readonly<Record<Digest, string>> = {
  md5: "1.2.840.113549.2.5",
  sha1: "1.3.14.3.2.26",
  sha224: "2.16.840.1.101.3.4.2.4",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
  "sha3-224": "2.16.840.1.101.3.4.2.7",
  "sha3-256": "2.16.840.1.101.3.4.2.8",
  "sha3-384": "2.16.840.1.101.3.4.2.9",
  "sha3-512": "2.16.840.1.101.3.4.2.10",
};
