// Certificate extensions (RFC 5280 section 4.2): the ones that decide whether a chain is valid, as values.

import {
  TAG,
  contentOf,
  contextTag,
  hex,
  latin1,
  malformed,
  open,
  parseDer,
  readBitString,
  readBoolean,
  readObjectIdentifier,
  readSmallInteger,
  type DerElement,
} from "./der.ts";
import { readName, type Name } from "./distinguished-name.ts";
import { formatAddress } from "./ip-address.ts";

/** A GeneralName (RFC 5280 section 4.2.1.6). In name constraints an `ip` has address and mask in its octets. */
export type GeneralName =
  | { readonly kind: "dns" | "email" | "uri"; readonly value: string }
  | { readonly kind: "ip"; readonly value: string; readonly octets: Uint8Array }
  | { readonly kind: "directory"; readonly value: Name }
  | { readonly kind: "other"; readonly tag: number; readonly octets: Uint8Array };

/** `pathLength` counts the intermediates that may follow, self-issued ones apart. */
export interface BasicConstraints {
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export interface AuthorityKeyId {
  /** Lower-case hexadecimal digits. */
  readonly keyId: string | undefined;
  /** The issuer's own issuer, which with the serial number names one certificate. */
  readonly issuer: Name | undefined;
  /** Hexadecimal digits as in `Certificate.serial`. */
  readonly serial: string | undefined;
}

export interface AccessDescription {
  /** `ca-issuers`, `ocsp`, or the dotted identifier. */
  readonly method: string;
  readonly location: GeneralName;
}

export type KeyUsage = (typeof KEY_USAGES)[number];

/** The values of the extensions that Pinion reads; undefined where the certificate has none. */
export interface ExtensionValues {
  readonly subjectAltNames: readonly GeneralName[] | undefined;
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** Dotted identifiers; see {@link PURPOSE}. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly authorityKeyId: AuthorityKeyId | undefined;
  readonly subjectKeyId: string | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  readonly authorityInfoAccess: readonly AccessDescription[] | undefined;
}

/** Object identifiers of extended key usage (RFC 5280 section 4.2.1.12). */
export const PURPOSE = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** The name of an extension, where it has one. */
export function extensionName(oid: string): string {
  return EXTENSION_NAMES.get(oid) ?? oid;
}

/**
 * Whether a critical extension of this kind is understood: it is read and enforced, by Pinion or the TLS engine, or has no
 * effect without a policy that is demanded. The list is OpenSSL's (`X509_supported_extension`), so that nothing is
 * called valid which the engine then refuses: key identifiers, for one, must not be critical.
 */
export function isUnderstood(oid: string): boolean {
  return UNDERSTOOD_CRITICAL.has(oid);
}

/** Reads one extension's value; an empty object for kinds that are not read. @throws `tls/malformed-certificate` */
export function readExtensionValue(oid: string, value: Uint8Array): Partial<ExtensionValues> {
  const reader = READERS.get(oid);
  if (reader === undefined) return {};
  const what = extensionName(oid);
  return reader(parseDer(value, what), what);
}

type Reader = (element: DerElement, what: string) => Partial<ExtensionValues>;

function readSubjectAltName(element: DerElement, what: string): Partial<ExtensionValues> {
  const names = readGeneralNames(element, TAG.sequence, what);
  if (names.length === 0) throw malformed(what, "is empty", element.start);
  return { subjectAltNames: names };
}

function readBasicConstraints(element: DerElement, what: string): Partial<ExtensionValues> {
  const cursor = open(element, TAG.sequence, what);
  const flag = cursor.optional(TAG.boolean);
  const length = cursor.optional(TAG.integer);
  cursor.finish();
  return {
    basicConstraints: {
      isAuthority: flag !== undefined && readBoolean(flag, what),
      pathLength: length === undefined ? undefined : readSmallInteger(length, what),
    },
  };
}

function readKeyUsage(element: DerElement, what: string): Partial<ExtensionValues> {
  const { octets } = readBitString(element, what);
  const usages = KEY_USAGES.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
  return { keyUsage: usages };
}

function readExtendedKeyUsage(element: DerElement, what: string): Partial<ExtensionValues> {
  const purposes = open(element, TAG.sequence, what)
    .rest(MAX_PARTS)
    .map((part) => readObjectIdentifier(part, what));
  return { extendedKeyUsage: purposes };
}

function readAuthorityKeyId(element: DerElement, what: string): Partial<ExtensionValues> {
  const cursor = open(element, TAG.sequence, what);
  const keyId = cursor.optional(contextTag(0, "primitive"));
  const issuer = cursor.optional(contextTag(1, "constructed"));
  const serial = cursor.optional(contextTag(2, "primitive"));
  cursor.finish();
  const names = issuer === undefined ? [] : readGeneralNames(issuer, contextTag(1, "constructed"), what);
  return {
    authorityKeyId: {
      keyId: keyId === undefined ? undefined : hex(contentOf(keyId)),
      issuer: names.find((name) => name.kind === "directory")?.value,
      serial: serial === undefined ? undefined : hex(contentOf(serial)),
    },
  };
}

function readSubjectKeyId(element: DerElement, what: string): Partial<ExtensionValues> {
  if (element.tag !== TAG.octetString) throw malformed(what, "is not an octet string", element.start);
  return { subjectKeyId: hex(contentOf(element)) };
}

function readNameConstraints(element: DerElement, what: string): Partial<ExtensionValues> {
  const cursor = open(element, TAG.sequence, what);
  const permitted = cursor.optional(contextTag(0, "constructed"));
  const excluded = cursor.optional(contextTag(1, "constructed"));
  cursor.finish();
  if (permitted === undefined && excluded === undefined) throw malformed(what, "is empty", element.start);
  return {
    nameConstraints: { permitted: readSubtrees(permitted, what), excluded: readSubtrees(excluded, what) },
  };
}

function readSubtrees(element: DerElement | undefined, what: string): readonly GeneralName[] {
  if (element === undefined) return [];
  return open(element, element.tag, what)
    .rest(MAX_PARTS)
    .map((subtree) => {
      const cursor = open(subtree, TAG.sequence, what);
      const base = readGeneralName(cursor.next(), what);
      // RFC 5280 section 4.2.1.10: minimum is zero (and so absent in DER), maximum is absent.
      if (!cursor.isAtEnd) throw malformed(what, "limits the depth of a subtree", subtree.start);
      return base;
    });
}

function readAuthorityInfoAccess(element: DerElement, what: string): Partial<ExtensionValues> {
  const descriptions = open(element, TAG.sequence, what)
    .rest(MAX_PARTS)
    .map((description) => {
      const cursor = open(description, TAG.sequence, what);
      const oid = readObjectIdentifier(cursor.next(), what);
      const location = readGeneralName(cursor.next(), what);
      cursor.finish();
      return { method: ACCESS_METHODS.get(oid) ?? oid, location };
    });
  return { authorityInfoAccess: descriptions };
}

/** GeneralNames under their own tag, or under an implicit one. */
function readGeneralNames(element: DerElement, tag: number, what: string): GeneralName[] {
  return open(element, tag, what)
    .rest(MAX_PARTS)
    .map((part) => readGeneralName(part, what));
}

function readGeneralName(element: DerElement, what: string): GeneralName {
  const octets = contentOf(element);
  switch (element.tag) {
    case contextTag(1, "primitive"):
      return { kind: "email", value: latin1(octets) };
    case contextTag(2, "primitive"):
      return { kind: "dns", value: latin1(octets) };
    case contextTag(6, "primitive"):
      return { kind: "uri", value: latin1(octets) };
    case contextTag(7, "primitive"):
      return { kind: "ip", value: formatAddress(octets), octets };
    case contextTag(4, "constructed"):
      return { kind: "directory", value: readName(parseDer(octets, what), what) };
    case contextTag(8, "primitive"):
      readObjectIdentifier({ ...element, tag: TAG.objectIdentifier }, what);
      return { kind: "other", tag: element.tag, octets };
    case contextTag(0, "constructed"):
    case contextTag(3, "constructed"):
    case contextTag(5, "constructed"):
    // Primitive is wrong for these three, yet it occurs; nothing is read out of them either way.
    case contextTag(0, "primitive"):
    case contextTag(3, "primitive"):
    case contextTag(5, "primitive"):
      return { kind: "other", tag: element.tag, octets };
  }
  throw malformed(what, "holds a name of no known kind", element.start);
}

/** RFC 5280 section 4.2.1.3, in the order of their bits. */
const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

const READERS: ReadonlyMap<string, Reader> = new Map([
  ["2.5.29.17", readSubjectAltName],
  ["2.5.29.19", readBasicConstraints],
  ["2.5.29.15", readKeyUsage],
  ["2.5.29.37", readExtendedKeyUsage],
  ["2.5.29.35", readAuthorityKeyId],
  ["2.5.29.14", readSubjectKeyId],
  ["2.5.29.30", readNameConstraints],
  ["1.3.6.1.5.5.7.1.1", readAuthorityInfoAccess],
]);

const UNDERSTOOD_CRITICAL: ReadonlySet<string> = new Set([
  "2.5.29.15", // keyUsage
  "2.5.29.17", // subjectAltName
  "2.5.29.19", // basicConstraints
  "2.5.29.30", // nameConstraints
  "2.5.29.31", // cRLDistributionPoints
  "2.5.29.32", // certificatePolicies
  "2.5.29.33", // policyMappings
  "2.5.29.36", // policyConstraints
  "2.5.29.37", // extendedKeyUsage
  "2.5.29.54", // inhibitAnyPolicy
  "2.16.840.1.113730.1.1", // netscapeCertType
]);

const EXTENSION_NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.29.9", "subjectDirectoryAttributes"],
  ["2.5.29.14", "subjectKeyIdentifier"],
  ["2.5.29.15", "keyUsage"],
  ["2.5.29.16", "privateKeyUsagePeriod"],
  ["2.5.29.17", "subjectAltName"],
  ["2.5.29.18", "issuerAltName"],
  ["2.5.29.19", "basicConstraints"],
  ["2.5.29.30", "nameConstraints"],
  ["2.5.29.31", "cRLDistributionPoints"],
  ["2.5.29.32", "certificatePolicies"],
  ["2.5.29.33", "policyMappings"],
  ["2.5.29.35", "authorityKeyIdentifier"],
  ["2.5.29.36", "policyConstraints"],
  ["2.5.29.37", "extendedKeyUsage"],
  ["2.5.29.46", "freshestCRL"],
  ["2.5.29.54", "inhibitAnyPolicy"],
  ["1.3.6.1.5.5.7.1.1", "authorityInfoAccess"],
  ["1.3.6.1.5.5.7.1.11", "subjectInfoAccess"],
  ["1.3.6.1.5.5.7.1.24", "tlsFeature"],
  ["1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestamps"],
  ["1.3.6.1.4.1.11129.2.4.3", "certificateTransparencyPoison"],
  ["2.16.840.1.113730.1.1", "netscapeCertType"],
  ["2.16.840.1.113730.1.13", "netscapeComment"],
]);

const ACCESS_METHODS: ReadonlyMap<string, string> = new Map([
  ["1.3.6.1.5.5.7.48.1", "ocsp"],
  ["1.3.6.1.5.5.7.48.2", "ca-issuers"],
]);

/** x509-limbo's largest lists have some two thousand names; a certificate of MAX_CERTIFICATE_BYTES has room for more. */
const MAX_PARTS = 20_000;
