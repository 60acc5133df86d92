// Signature and key algorithms by name: the identifiers of RFC 3279, 4055, 5480, 5758, 8410, 8702, 9881 (ML-DSA) and
// NIST's registry, with what each hashes, and the parameters that certificates of the wild really carry.

import {
  TAG,
  contentOf,
  contextTag,
  malformed,
  open,
  parseDer,
  rawOf,
  readBitString,
  readInteger,
  readObjectIdentifier,
  readSmallInteger,
  type DerElement,
} from "./der.ts";

export type KeyKind = "rsa" | "rsa-pss" | "ec" | "ed25519" | "ed448" | "dsa" | "ml-dsa" | "other";

/** An AlgorithmIdentifier that signs: what people call it and what a checker needs of it. */
export interface SignatureAlgorithm {
  /** `sha256WithRSAEncryption`, `ecdsa-with-SHA512`, `RSASSA-PSS with SHA-256`; the dotted identifier when unknown. */
  readonly name: string;
  readonly oid: string;
  /** The kind of key that makes such signatures. */
  readonly keyKind: KeyKind;
  /** As OpenSSL names it: `sha256`, `sha3-256`; undefined where the algorithm hashes inside, or is unknown. */
  readonly hash: string | undefined;
  readonly parameters: "absent" | "null" | "pss" | "other";
  readonly pss: PssParameters | undefined;
  /** The whole AlgorithmIdentifier. */
  readonly der: Uint8Array;
}

/** RSASSA-PSS-params of RFC 4055 section 3.1, with its defaults filled in; `saltLength` in octets. */
export interface PssParameters {
  readonly hash: string | undefined;
  readonly maskHash: string | undefined;
  readonly saltLength: number;
  readonly trailerField: number;
}

/** A SubjectPublicKeyInfo. */
export interface PublicKey {
  /** For people: `RSA 2048`, `EC P-384`, `Ed25519`. */
  readonly algorithm: string;
  readonly kind: KeyKind;
  readonly oid: string;
  /** The modulus' or the curve's size; 0 where it is unknown. */
  readonly bits: number;
  /** `P-256`, `brainpoolP256r1`, `explicit`, or the dotted identifier; undefined where the key has no curve. */
  readonly curve: string | undefined;
  readonly parameters: SignatureAlgorithm["parameters"];
  /** Whether a signature check with it takes so long that it is not made: no client takes such a key. */
  readonly isUnreasonable: boolean;
  /** The constraint that an id-RSASSA-PSS key may carry (RFC 4055 section 3.3). */
  readonly pss: PssParameters | undefined;
  readonly spki: Uint8Array;
  /** The BIT STRING's octets: what RFC 5280 section 4.2.1.2 hashes to a key identifier. */
  readonly keyOctets: Uint8Array;
}

/** Reads an AlgorithmIdentifier of a signature. @throws `tls/malformed-certificate` */
export function readSignatureAlgorithm(element: DerElement): SignatureAlgorithm {
  const { oid, parameters } = readAlgorithm(element, "signature algorithm");
  const known = SIGNATURES.get(oid);
  const form = parametersForm(oid, parameters);
  const pss = form === "pss" && parameters !== undefined ? readPssParameters(parameters) : undefined;
  const hash = oid === OID_RSASSA_PSS ? pss?.hash : known?.hash;
  const name = oid === OID_RSASSA_PSS ? `RSASSA-PSS with ${formatHash(hash)}` : (known?.name ?? oid);
  return { name, oid, keyKind: known?.keyKind ?? "other", hash, parameters: form, pss, der: rawOf(element) };
}

/** Reads a SubjectPublicKeyInfo. @throws `tls/malformed-certificate` */
export function readPublicKey(element: DerElement): PublicKey {
  const cursor = open(element, TAG.sequence, WHAT_KEY);
  const { oid, parameters } = readAlgorithm(cursor.next(), WHAT_KEY);
  const { octets: keyOctets } = readBitString(cursor.next(), WHAT_KEY);
  cursor.finish();
  const form = parametersForm(oid, parameters);
  const shape = keyShape(oid, parameters, keyOctets);
  const pss = form === "pss" && parameters !== undefined ? readPssParameters(parameters) : undefined;
  return { ...shape, oid, parameters: form, pss, spki: rawOf(element), keyOctets };
}

/** A hash for people: `SHA-256`, `SHA3-256`, `SHA-1`, `MD5`. */
export function formatHash(hash: string | undefined): string {
  if (hash === undefined) return "an unknown hash";
  return hash.startsWith("sha3-") ? hash.toUpperCase() : hash.toUpperCase().replace(/^SHA(?=\d)/, "SHA-");
}

/** Whether signatures of this hash can be forged today (SHA-1: RFC 9155, MD5: RFC 6151). */
export function isBrokenHash(hash: string | undefined): boolean {
  return hash !== undefined && BROKEN_HASHES.has(hash);
}

type KeyShape = Pick<PublicKey, "algorithm" | "kind" | "bits" | "curve" | "isUnreasonable">;

function keyShape(oid: string, parameters: DerElement | undefined, octets: Uint8Array): KeyShape {
  if (oid === OID_RSA || oid === OID_RSASSA_PSS)
    return rsaShape(octets, oid === OID_RSASSA_PSS ? "rsa-pss" : "rsa");
  if (oid === OID_EC) {
    const { curve, bits } = readCurve(parameters);
    const algorithm = curve === "explicit" ? "EC with explicit parameters" : `EC ${curve}`;
    return { algorithm, kind: "ec", bits, curve, isUnreasonable: false };
  }
  if (oid === OID_DSA) {
    const bits =
      parameters?.tag === TAG.sequence ? integerBits(open(parameters, TAG.sequence, WHAT_KEY).next()) : 0;
    const algorithm = bits === 0 ? "DSA" : `DSA ${bits}`;
    return { algorithm, kind: "dsa", bits, curve: undefined, isUnreasonable: bits > MAX_DSA_BITS };
  }
  const known = SIGNATURES.get(oid);
  if (known === undefined)
    return { algorithm: oid, kind: "other", bits: 0, curve: undefined, isUnreasonable: false };
  const { name, keyKind } = known;
  return { algorithm: name, kind: keyKind, bits: octets.length * 8, curve: undefined, isUnreasonable: false };
}

function rsaShape(octets: Uint8Array, kind: "rsa" | "rsa-pss"): KeyShape {
  const cursor = open(parseDer(octets, WHAT_KEY), TAG.sequence, WHAT_KEY);
  const bits = integerBits(cursor.next());
  const exponentBits = integerBits(cursor.next());
  cursor.finish();
  const algorithm = `${kind === "rsa" ? "RSA" : "RSA-PSS"} ${bits}`;
  const isUnreasonable = bits > MAX_RSA_BITS || exponentBits > MAX_RSA_EXPONENT_BITS;
  return { algorithm, kind, bits, curve: undefined, isUnreasonable };
}

function integerBits(element: DerElement): number {
  const content = readInteger(element, WHAT_KEY);
  const significant = content[0] === 0 ? content.subarray(1) : content;
  const [first = 0] = significant;
  return first === 0 ? 0 : significant.length * 8 - (Math.clz32(first) - 24);
}

function readCurve(parameters: DerElement | undefined): { readonly curve: string; readonly bits: number } {
  if (parameters === undefined || parameters.tag === TAG.null)
    throw malformed(WHAT_KEY, "names no curve", parameters?.start ?? 0);
  if (parameters.tag !== TAG.objectIdentifier) return { curve: "explicit", bits: 0 };
  const oid = readObjectIdentifier(parameters, WHAT_KEY);
  const [curve, bits] = CURVES.get(oid) ?? [oid, 0];
  return { curve, bits };
}

function readAlgorithm(
  element: DerElement,
  what: string,
): { readonly oid: string; readonly parameters: DerElement | undefined } {
  const cursor = open(element, TAG.sequence, what);
  const oid = readObjectIdentifier(cursor.next(), what);
  const parameters = cursor.isAtEnd ? undefined : cursor.next();
  cursor.finish();
  if (parameters?.tag === TAG.null && parameters.end !== parameters.contentStart)
    throw malformed(what, "has a NULL with content", parameters.start);
  return { oid, parameters };
}

function parametersForm(oid: string, parameters: DerElement | undefined): SignatureAlgorithm["parameters"] {
  if (parameters === undefined) return "absent";
  if (parameters.tag === TAG.null) return "null";
  return oid === OID_RSASSA_PSS && parameters.tag === TAG.sequence ? "pss" : "other";
}

function readPssParameters(element: DerElement): PssParameters {
  const what = "RSASSA-PSS parameters";
  const cursor = open(element, TAG.sequence, what);
  const hashField = cursor.optional(contextTag(0, "constructed"));
  const maskField = cursor.optional(contextTag(1, "constructed"));
  const saltField = cursor.optional(contextTag(2, "constructed"));
  const trailerField = cursor.optional(contextTag(3, "constructed"));
  cursor.finish();
  return {
    hash: hashField === undefined ? "sha1" : readHash(only(hashField, what), what),
    maskHash: maskField === undefined ? "sha1" : readMaskHash(only(maskField, what), what),
    saltLength: saltField === undefined ? 20 : readSmallInteger(only(saltField, what), what),
    trailerField: trailerField === undefined ? 1 : readSmallInteger(only(trailerField, what), what),
  };
}

function readMaskHash(element: DerElement, what: string): string | undefined {
  const { oid, parameters } = readAlgorithm(element, what);
  return oid === OID_MGF1 && parameters !== undefined ? readHash(parameters, what) : undefined;
}

function readHash(element: DerElement, what: string): string | undefined {
  return HASHES.get(readAlgorithm(element, what).oid);
}

function only(element: DerElement, what: string): DerElement {
  return parseDer(contentOf(element), what);
}

const WHAT_KEY = "public key";
const OID_RSA = "1.2.840.113549.1.1.1";
const OID_RSASSA_PSS = "1.2.840.113549.1.1.10";
const OID_MGF1 = "1.2.840.113549.1.1.8";
const OID_EC = "1.2.840.10045.2.1";
const OID_DSA = "1.2.840.10040.4.1";
const NIST_HASHES = "2.16.840.1.101.3.4.2";
const NIST_SIGNATURES = "2.16.840.1.101.3.4.3";

const BROKEN_HASHES: ReadonlySet<string> = new Set(["sha1", "md5", "md4", "md2"]);

const HASHES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.2.5", "md5"],
  ["1.3.14.3.2.26", "sha1"],
  [`${NIST_HASHES}.4`, "sha224"],
  [`${NIST_HASHES}.1`, "sha256"],
  [`${NIST_HASHES}.2`, "sha384"],
  [`${NIST_HASHES}.3`, "sha512"],
  [`${NIST_HASHES}.5`, "sha512-224"],
  [`${NIST_HASHES}.6`, "sha512-256"],
  [`${NIST_HASHES}.7`, "sha3-224"],
  [`${NIST_HASHES}.8`, "sha3-256"],
  [`${NIST_HASHES}.9`, "sha3-384"],
  [`${NIST_HASHES}.10`, "sha3-512"],
]);

interface KnownSignature {
  readonly name: string;
  readonly keyKind: KeyKind;
  readonly hash: string | undefined;
}

const SIGNATURES: ReadonlyMap<string, KnownSignature> = new Map(
  (
    [
      ["1.2.840.113549.1.1.2", "md2WithRSAEncryption", "rsa", "md2"],
      ["1.2.840.113549.1.1.3", "md4WithRSAEncryption", "rsa", "md4"],
      ["1.2.840.113549.1.1.4", "md5WithRSAEncryption", "rsa", "md5"],
      ["1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "rsa", "sha1"],
      ["1.3.14.3.2.29", "sha1WithRSA", "rsa", "sha1"],
      ["1.2.840.113549.1.1.14", "sha224WithRSAEncryption", "rsa", "sha224"],
      ["1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "rsa", "sha256"],
      ["1.2.840.113549.1.1.12", "sha384WithRSAEncryption", "rsa", "sha384"],
      ["1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "rsa", "sha512"],
      ["1.2.840.113549.1.1.15", "sha512-224WithRSAEncryption", "rsa", "sha512-224"],
      ["1.2.840.113549.1.1.16", "sha512-256WithRSAEncryption", "rsa", "sha512-256"],
      [`${NIST_SIGNATURES}.13`, "RSA-SHA3-224", "rsa", "sha3-224"],
      [`${NIST_SIGNATURES}.14`, "RSA-SHA3-256", "rsa", "sha3-256"],
      [`${NIST_SIGNATURES}.15`, "RSA-SHA3-384", "rsa", "sha3-384"],
      [`${NIST_SIGNATURES}.16`, "RSA-SHA3-512", "rsa", "sha3-512"],
      [OID_RSASSA_PSS, "RSASSA-PSS", "rsa", undefined],
      ["1.2.840.10045.4.1", "ecdsa-with-SHA1", "ec", "sha1"],
      ["1.2.840.10045.4.3.1", "ecdsa-with-SHA224", "ec", "sha224"],
      ["1.2.840.10045.4.3.2", "ecdsa-with-SHA256", "ec", "sha256"],
      ["1.2.840.10045.4.3.3", "ecdsa-with-SHA384", "ec", "sha384"],
      ["1.2.840.10045.4.3.4", "ecdsa-with-SHA512", "ec", "sha512"],
      [`${NIST_SIGNATURES}.9`, "ecdsa-with-SHA3-224", "ec", "sha3-224"],
      [`${NIST_SIGNATURES}.10`, "ecdsa-with-SHA3-256", "ec", "sha3-256"],
      [`${NIST_SIGNATURES}.11`, "ecdsa-with-SHA3-384", "ec", "sha3-384"],
      [`${NIST_SIGNATURES}.12`, "ecdsa-with-SHA3-512", "ec", "sha3-512"],
      ["1.2.840.10040.4.3", "dsa-with-SHA1", "dsa", "sha1"],
      [`${NIST_SIGNATURES}.1`, "dsa-with-SHA224", "dsa", "sha224"],
      [`${NIST_SIGNATURES}.2`, "dsa-with-SHA256", "dsa", "sha256"],
      [`${NIST_SIGNATURES}.3`, "dsa-with-SHA384", "dsa", "sha384"],
      [`${NIST_SIGNATURES}.4`, "dsa-with-SHA512", "dsa", "sha512"],
      ["1.3.101.112", "Ed25519", "ed25519", undefined],
      ["1.3.101.113", "Ed448", "ed448", undefined],
      [`${NIST_SIGNATURES}.17`, "ML-DSA-44", "ml-dsa", undefined],
      [`${NIST_SIGNATURES}.18`, "ML-DSA-65", "ml-dsa", undefined],
      [`${NIST_SIGNATURES}.19`, "ML-DSA-87", "ml-dsa", undefined],
    ] as const
  ).map(([oid, name, keyKind, hash]) => [oid, { name, keyKind, hash }]),
);

/** Curve identifiers with the size of their field: RFC 5480 section 2.1.1.1, SEC 2, RFC 5639. */
const CURVES: ReadonlyMap<string, readonly [string, number]> = new Map([
  ["1.2.840.10045.3.1.1", ["P-192", 192]],
  ["1.3.132.0.33", ["P-224", 224]],
  ["1.2.840.10045.3.1.7", ["P-256", 256]],
  ["1.3.132.0.34", ["P-384", 384]],
  ["1.3.132.0.35", ["P-521", 521]],
  ["1.3.132.0.10", ["secp256k1", 256]],
  ["1.3.132.0.31", ["secp192k1", 192]],
  ["1.3.132.0.32", ["secp224k1", 224]],
  ["1.3.132.0.8", ["secp160r1", 160]],
  ["1.3.132.0.9", ["secp160k1", 160]],
  ["1.3.36.3.3.2.8.1.1.3", ["brainpoolP192r1", 192]],
  ["1.3.36.3.3.2.8.1.1.5", ["brainpoolP224r1", 224]],
  ["1.3.36.3.3.2.8.1.1.7", ["brainpoolP256r1", 256]],
  ["1.3.36.3.3.2.8.1.1.8", ["brainpoolP256t1", 256]],
  ["1.3.36.3.3.2.8.1.1.9", ["brainpoolP320r1", 320]],
  ["1.3.36.3.3.2.8.1.1.11", ["brainpoolP384r1", 384]],
  ["1.3.36.3.3.2.8.1.1.12", ["brainpoolP384t1", 384]],
  ["1.3.36.3.3.2.8.1.1.13", ["brainpoolP512r1", 512]],
  ["1.3.36.3.3.2.8.1.1.14", ["brainpoolP512t1", 512]],
  ["1.2.156.10197.1.301", ["SM2", 256]],
]);

/** OpenSSL's OPENSSL_RSA_MAX_MODULUS_BITS. */
const MAX_RSA_BITS = 16_384;
/** OpenSSL's OPENSSL_RSA_MAX_PUBEXP_BITS, which it asks only of large keys; Go and rustls want 33 at most. */
const MAX_RSA_EXPONENT_BITS = 64;
/** Standard sizes end at 3072 (FIPS 186-4 section 4.2); x509-limbo has a key ten times as large. */
const MAX_DSA_BITS = 4096;
