// An X.509 certificate (RFC 5280 section 4.1) as an immutable value that keeps its bytes. The outer structure must be
// strict DER; an extension that cannot be read is kept as a problem, so that the certificate can still be shown and blamed.

import { hash } from "node:crypto";
import { attempt } from "../../base/work/attempt.ts";
import { isPinionError } from "../../errors.ts";
import {
  readPublicKey,
  readSignatureAlgorithm,
  type PublicKey,
  type SignatureAlgorithm,
} from "./algorithms.ts";
import {
  TAG,
  contentOf,
  contextTag,
  hex,
  malformed,
  open,
  parseDer,
  rawOf,
  readBitString,
  readBoolean,
  readInteger,
  readObjectIdentifier,
  readSmallInteger,
  readTime,
  type DerCursor,
  type DerElement,
} from "./der.ts";
import { readName, type Name } from "./distinguished-name.ts";
import { extensionName, isUnderstood, readExtensionValue, type ExtensionValues } from "./extensions.ts";

export { formatName, type Name, type NameAttribute } from "./distinguished-name.ts";
export type { PssParameters, PublicKey, SignatureAlgorithm } from "./algorithms.ts";
export type { BasicConstraints, GeneralName, KeyUsage, NameConstraints } from "./extensions.ts";

export interface Certificate extends ExtensionValues {
  readonly der: Uint8Array;
  /** SHA-256 of the whole certificate, lower-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly version: 1 | 2 | 3;
  /** Hexadecimal digits of the INTEGER as encoded. */
  readonly serial: string;
  readonly subject: Name;
  readonly issuer: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKey & {
    /** SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal digits. */
    readonly fingerprint: string;
  };
  /** The outer algorithm: the one beside the signature. */
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** The algorithm inside the signed part; RFC 5280 section 4.1.1.2 wants it to be the same. */
  readonly innerSignatureAlgorithm: SignatureAlgorithm;
  /** The signed part. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly extensions: readonly Extension[];
  /** Whether subject and issuer are the same name. */
  readonly isSelfIssued: boolean;
  /** What a strict reader minds although the structure can be read. */
  readonly problems: readonly CertificateProblem[];
}

export interface Extension {
  readonly oid: string;
  readonly name: string;
  readonly isCritical: boolean;
  /** Whether Pinion reads and enforces it. */
  readonly isUnderstood: boolean;
  readonly value: Uint8Array;
}

export type CertificateProblem =
  | { readonly kind: "duplicate-extension"; readonly extension: string }
  | { readonly kind: "unreadable-extension"; readonly extension: string; readonly message: string }
  | { readonly kind: "extensions-without-version-3"; readonly version: number };

/**
 * Reads one DER certificate.
 *
 * @throws `tls/malformed-certificate` for anything else, whatever the bytes are
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES)
    throw malformed("encoding", `is larger than ${MAX_CERTIFICATE_BYTES} bytes`, 0);
  const outer = open(parseDer(der, WHAT), TAG.sequence, WHAT);
  const tbs = outer.take(TAG.sequence);
  const signatureAlgorithm = readSignatureAlgorithm(outer.take(TAG.sequence));
  const signature = readBitString(outer.next(), "signature");
  outer.finish();
  if (signature.unusedBits !== 0) throw malformed("signature", "is not made of whole octets", 0);
  const signed = readSignedPart(tbs);
  return {
    ...signed,
    der,
    fingerprint: sha256(der),
    signatureAlgorithm,
    tbs: rawOf(tbs),
    signature: signature.octets,
    isSelfIssued: signed.subject.key === signed.issuer.key,
  };
}

/** Reads a certificate; undefined where {@link parseCertificate} throws. */
export function tryParseCertificate(der: Uint8Array): Certificate | undefined {
  return attempt(() => parseCertificate(der));
}

/** The subject of a certificate without the cost of reading the rest; undefined where that much cannot be read. */
export function trySubject(der: Uint8Array): Name | undefined {
  const subject = trySubjectElement(der);
  return subject === undefined ? undefined : attempt(() => readName(subject, "subject"));
}

/** The bytes of the subject, undecoded: the quickest way to find a certificate by name. */
export function trySubjectBytes(der: Uint8Array): Uint8Array | undefined {
  const subject = trySubjectElement(der);
  return subject === undefined ? undefined : rawOf(subject);
}

/** The signed part: what stays the same where a certificate is encoded, or its signature written, another way. */
export function trySignedBytes(der: Uint8Array): Uint8Array | undefined {
  return attempt(() => rawOf(open(parseDer(der, WHAT), TAG.sequence, WHAT).take(TAG.sequence)));
}

/** Whether bytes have the frame of a certificate: the quick look at each certificate of a bundle. */
export function looksLikeCertificate(der: Uint8Array): boolean {
  return trySubjectElement(der) !== undefined;
}

function trySubjectElement(der: Uint8Array): DerElement | undefined {
  return attempt(() => {
    const outer = open(parseDer(der, WHAT), TAG.sequence, WHAT);
    const tbs = open(outer.next(), TAG.sequence, WHAT);
    outer.take(TAG.sequence);
    outer.take(TAG.bitString);
    outer.finish();
    tbs.optional(VERSION_TAG);
    tbs.take(TAG.integer);
    for (let skipped = 0; skipped < FIELDS_BETWEEN_SERIAL_AND_SUBJECT; skipped += 1) tbs.take(TAG.sequence);
    const subject = tbs.take(TAG.sequence);
    tbs.take(TAG.sequence);
    return subject;
  });
}

type SignedPart = Omit<
  Certificate,
  "der" | "fingerprint" | "signatureAlgorithm" | "tbs" | "signature" | "isSelfIssued"
>;

function readSignedPart(element: DerElement): SignedPart {
  const cursor = open(element, TAG.sequence, WHAT);
  const version = readVersion(cursor.optional(VERSION_TAG));
  const serial = hex(readInteger(cursor.next(), "serial number"));
  const innerSignatureAlgorithm = readSignatureAlgorithm(cursor.take(TAG.sequence));
  const issuer = readName(cursor.next(), "issuer");
  const validity = open(cursor.next(), TAG.sequence, "validity");
  const notBefore = readTime(validity.next(), "notBefore");
  const notAfter = readTime(validity.next(), "notAfter");
  validity.finish();
  const subject = readName(cursor.next(), "subject");
  const publicKey = readPublicKey(cursor.next());
  // issuerUniqueID and subjectUniqueID (RFC 5280 section 4.1.2.8): they are not used.
  cursor.optional(contextTag(1, "primitive"));
  cursor.optional(contextTag(2, "primitive"));
  return {
    version,
    serial,
    innerSignatureAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    publicKey: { ...publicKey, fingerprint: sha256(publicKey.spki) },
    ...readExtensions(cursor, version),
  };
}

function readVersion(element: DerElement | undefined): 1 | 2 | 3 {
  if (element === undefined) return 1;
  const version = readSmallInteger(parseDer(contentOf(element), "version"), "version") + 1;
  // An explicit v1 is BER's way to write a default; OpenSSL and Go take it, so it is not held against the certificate.
  if (version !== 1 && version !== 2 && version !== 3)
    throw malformed("version", `is unknown (${version})`, element.start);
  return version;
}

type ExtensionPart = ExtensionValues & Pick<Certificate, "extensions" | "problems">;

function readExtensions(cursor: DerCursor, version: 1 | 2 | 3): ExtensionPart {
  const wrapper = cursor.optional(EXTENSIONS_TAG);
  cursor.finish();
  const extensions: Extension[] = [];
  const problems: CertificateProblem[] = [];
  let values: ExtensionValues = NO_VALUES;
  if (wrapper === undefined) return { ...values, extensions, problems };
  if (version !== 3) problems.push({ kind: "extensions-without-version-3", version });
  const list = parseDer(contentOf(wrapper), "list of extensions");
  for (const element of open(list, TAG.sequence, "list of extensions").rest(MAX_EXTENSIONS)) {
    const extension = readExtension(element);
    const isRepeated = extensions.some((earlier) => earlier.oid === extension.oid);
    extensions.push(extension);
    if (isRepeated) {
      problems.push({ kind: "duplicate-extension", extension: extension.name });
      continue;
    }
    try {
      values = { ...values, ...readExtensionValue(extension.oid, extension.value) };
    } catch (error) {
      if (!isPinionError(error)) throw error;
      problems.push({
        kind: "unreadable-extension",
        extension: extension.name,
        message: String(error.details["why"]),
      });
    }
  }
  return { ...values, extensions, problems };
}

function readExtension(element: DerElement): Extension {
  const cursor = open(element, TAG.sequence, "extension");
  const oid = readObjectIdentifier(cursor.next(), "extension");
  const flag = cursor.optional(TAG.boolean);
  const value = contentOf(cursor.take(TAG.octetString));
  cursor.finish();
  // An explicit FALSE is not DER (a default is left out), yet common: every client takes it.
  const isCritical = flag !== undefined && readBoolean(flag, "extension");
  return { oid, name: extensionName(oid), isCritical, isUnderstood: isUnderstood(oid), value };
}

function sha256(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

const WHAT = "structure";
const VERSION_TAG = contextTag(0, "constructed");
const EXTENSIONS_TAG = contextTag(3, "constructed");
/** Signature algorithm, issuer, validity. */
const FIELDS_BETWEEN_SERIAL_AND_SUBJECT = 3;
const NO_VALUES: ExtensionValues = {
  subjectAltNames: undefined,
  basicConstraints: undefined,
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  authorityKeyId: undefined,
  subjectKeyId: undefined,
  nameConstraints: undefined,
  authorityInfoAccess: undefined,
};
/** OpenSSL's SSL_MAX_CERT_LIST_DEFAULT, 100 KB for a whole chain, with room to spare for anchors in files. */
const MAX_CERTIFICATE_BYTES = 256 * 1024;
/** Real certificates have about ten; this bounds the search for duplicates. */
const MAX_EXTENSIONS = 128;
