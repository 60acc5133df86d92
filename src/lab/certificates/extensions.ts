// Certificate extensions (RFC 5280 4.2) as the mint writes them, and the names they hold.

import { isIP } from "node:net";
import {
  boolean,
  constructed,
  integer,
  namedBits,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  set,
  text,
} from "./der-writer.ts";
import type { Der, StringKind } from "./der-writer.ts";

/** A distinguished name: `"Corp Root"` is a common name, `"O=Corp, CN=Corp Root"` several attributes, `""` none. */
export type NameSpec =
  | string
  | readonly (readonly [attribute: NameAttribute, value: string, kind?: StringKind])[];

export type NameAttribute = keyof typeof ATTRIBUTE_OIDS;

/** A host name, an IP address (`10.0.0.1`, `fd00::1`), or one of the other kinds of GeneralName. */
export type GeneralNameSpec =
  | string
  | { readonly kind: "dns" | "email" | "uri"; readonly value: string }
  | { readonly kind: "ip"; readonly octets: Uint8Array }
  | { readonly kind: "directory"; readonly value: NameSpec };

export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  /** The content of extnValue: DER of the extension's own type. */
  readonly value: Uint8Array;
}

export type KeyUsageBit = keyof typeof KEY_USAGE_BITS;

export type Purpose = keyof typeof PURPOSE_OIDS;

/** One Extension of a certificate. */
export function encodeExtension({ oid, isCritical, value }: Extension): Der {
  const members = isCritical ? [objectIdentifier(oid), boolean(true)] : [objectIdentifier(oid)];
  return sequence(...members, octetString(value));
}

/** `pathLength` and `isCa: false` are written only when they are given: DER leaves a default out. */
export function basicConstraints(
  options: { readonly isCa?: boolean; readonly pathLength?: number } = {},
): Extension {
  const members: Der[] = [];
  if (options.isCa === true) members.push(boolean(true));
  if (options.pathLength !== undefined) members.push(integer(options.pathLength));
  return { oid: EXTENSION_OIDS.basicConstraints, isCritical: true, value: sequence(...members) };
}

export function keyUsage(...uses: readonly KeyUsageBit[]): Extension {
  const value = namedBits(uses.map((use) => KEY_USAGE_BITS[use]));
  return { oid: EXTENSION_OIDS.keyUsage, isCritical: true, value };
}

export function extendedKeyUsage(...purposes: readonly (Purpose | `${number}.${string}`)[]): Extension {
  const oids: Readonly<Record<string, string>> = PURPOSE_OIDS;
  const value = sequence(...purposes.map((purpose) => objectIdentifier(oids[purpose] ?? purpose)));
  return { oid: EXTENSION_OIDS.extendedKeyUsage, isCritical: false, value };
}

export function subjectAltName(...names: readonly GeneralNameSpec[]): Extension {
  return {
    oid: EXTENSION_OIDS.subjectAltName,
    isCritical: false,
    value: sequence(...names.map(generalName)),
  };
}

export function subjectKeyIdentifier(identifier: Uint8Array): Extension {
  return { oid: EXTENSION_OIDS.subjectKeyIdentifier, isCritical: false, value: octetString(identifier) };
}

export function authorityKeyIdentifier(identifier: Uint8Array): Extension {
  const value = sequence(primitive(0, identifier));
  return { oid: EXTENSION_OIDS.authorityKeyIdentifier, isCritical: false, value };
}

/** Subtrees are names as in a SAN, and `10.0.0.0/8` for networks (RFC 5280 4.2.1.10). */
export function nameConstraints(subtrees: {
  readonly permitted?: readonly GeneralNameSpec[];
  readonly excluded?: readonly GeneralNameSpec[];
}): Extension {
  const { permitted = [], excluded = [] } = subtrees;
  const members: Der[] = [];
  if (permitted.length > 0) members.push(constructed(0, ...permitted.map(subtree)));
  if (excluded.length > 0) members.push(constructed(1, ...excluded.map(subtree)));
  return { oid: EXTENSION_OIDS.nameConstraints, isCritical: true, value: sequence(...members) };
}

/** The URL of the issuer's certificate, or of an OCSP responder (RFC 5280 4.2.2.1). */
export function authorityInfoAccess(locations: {
  readonly issuers?: readonly string[];
  readonly ocsp?: readonly string[];
}): Extension {
  const describe = (method: string) => (uri: string) =>
    sequence(objectIdentifier(method), generalName({ kind: "uri", value: uri }));
  const value = sequence(
    ...(locations.ocsp ?? []).map(describe("1.3.6.1.5.5.7.48.1")),
    ...(locations.issuers ?? []).map(describe("1.3.6.1.5.5.7.48.2")),
  );
  return { oid: EXTENSION_OIDS.authorityInfoAccess, isCritical: false, value };
}

/** An extension that no program knows, under an OID reserved for examples. */
export function unknownExtension(options: { readonly isCritical: boolean }): Extension {
  return { oid: "2.999.1", isCritical: options.isCritical, value: text("utf8", "unknown to every client") };
}

/** A Name. */
export function encodeName(name: NameSpec): Der {
  const attributes = typeof name === "string" ? parseAttributes(name) : name;
  return sequence(
    ...attributes.map(([attribute, value, kind]) =>
      set(sequence(objectIdentifier(ATTRIBUTE_OIDS[attribute]), text(kind ?? usualKind(attribute), value))),
    ),
  );
}

function usualKind(attribute: NameAttribute): StringKind {
  if (attribute === "C") return "printable";
  return attribute === "DC" || attribute === "emailAddress" ? "ia5" : "utf8";
}

function parseAttributes(written: string): readonly (readonly [NameAttribute, string])[] {
  if (written === "") return [];
  if (!written.includes("=")) return [["CN", written]];
  return written.split(/,\s*(?=[A-Za-z]+=)/).map((part) => {
    const at = part.indexOf("=");
    const attribute = part.slice(0, at);
    if (!isAttribute(attribute)) throw new Error(`No attribute is called ${attribute}`);
    return [attribute, part.slice(at + 1)] as const;
  });
}

function isAttribute(attribute: string): attribute is NameAttribute {
  return attribute in ATTRIBUTE_OIDS;
}

/** The GeneralName of RFC 5280 4.2.1.6. */
function generalName(name: GeneralNameSpec): Der {
  if (typeof name === "string") {
    return isIP(name) === 0
      ? generalName({ kind: "dns", value: name })
      : generalName({ kind: "ip", octets: addressOctets(name) });
  }
  switch (name.kind) {
    case "email":
      return primitive(1, Buffer.from(name.value, "latin1"));
    case "dns":
      return primitive(2, Buffer.from(name.value, "latin1"));
    case "directory":
      return constructed(4, encodeName(name.value));
    case "uri":
      return primitive(6, Buffer.from(name.value, "latin1"));
    case "ip":
      return primitive(7, name.octets);
  }
}

function subtree(name: GeneralNameSpec): Der {
  if (typeof name !== "string" || !/^[\d.:a-f]+\/\d+$/i.test(name)) return sequence(generalName(name));
  const [address = "", prefix = ""] = name.split("/");
  const octets = addressOctets(address);
  const mask = octets.map((_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, Number(prefix) - 8 * at))));
  return sequence(generalName({ kind: "ip", octets: Buffer.concat([octets, mask]) }));
}

/** The 4 or 16 octets of an IP address. */
function addressOctets(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const left = groups(head);
  const right = groups(tail ?? "");
  const missing = tail === undefined ? 0 : 16 - left.length - right.length;
  return Buffer.from([...left, ...Array<number>(missing).fill(0), ...right]);
}

function groups(half: string): readonly number[] {
  if (half === "") return [];
  return half.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

export const EXTENSION_OIDS = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
} as const;

const ATTRIBUTE_OIDS = {
  CN: "2.5.4.3",
  SERIALNUMBER: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  DC: "0.9.2342.19200300.100.1.25",
  emailAddress: "1.2.840.113549.1.9.1",
} as const;

const KEY_USAGE_BITS = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

const PURPOSE_OIDS = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  anyExtendedKeyUsage: "2.5.29.37.0",
} as const;
