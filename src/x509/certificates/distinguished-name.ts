// Distinguished names (RFC 5280 section 4.1.2.4): read, shown to people, and compared as section 7.1 says.

import {
  TAG,
  contentOf,
  hex,
  latin1,
  malformed,
  open,
  rawOf,
  readObjectIdentifier,
  type DerElement,
} from "./der.ts";

/** A distinguished name; equal names have equal keys. */
export interface Name {
  /** The name's SEQUENCE, byte for byte. */
  readonly der: Uint8Array;
  /** Relative names in the order of the certificate, each with its attributes. */
  readonly relativeNames: readonly (readonly NameAttribute[])[];
  /** Compares as RFC 5280 section 7.1 and OpenSSL: string type, letter case and runs of blanks do not count. */
  readonly key: string;
}

export interface NameAttribute {
  readonly oid: string;
  /** `CN`, `O`, …; the dotted identifier where there is no short name. */
  readonly label: string;
  readonly value: string;
}

/** Reads a Name. @throws `tls/malformed-certificate` */
export function readName(element: DerElement, what: string): Name {
  const relativeNames: NameAttribute[][] = [];
  const keys: string[] = [];
  for (const set of open(element, TAG.sequence, what).rest(MAX_RELATIVE_NAMES)) {
    const attributes: NameAttribute[] = [];
    const parts: string[] = [];
    for (const pair of open(set, TAG.set, what).rest(MAX_RELATIVE_NAMES)) {
      const cursor = open(pair, TAG.sequence, what);
      const oid = readObjectIdentifier(cursor.next(), what);
      const valueElement = cursor.next();
      cursor.finish();
      const value = readString(valueElement) ?? `#${hex(rawOf(valueElement))}`;
      attributes.push({ oid, label: ATTRIBUTE_LABELS.get(oid) ?? oid, value });
      parts.push(keyPart(oid, fold(value)));
    }
    if (attributes.length === 0) throw malformed(what, "has an empty relative name", set.start);
    relativeNames.push(attributes);
    keys.push(parts.sort().join("+"));
  }
  return { der: rawOf(element), relativeNames, key: keys.join("/") };
}

/**
 * A name for people: `O=Corp, CN=Corp Root`; `(no name)` where it is empty. Control characters are gone, and blanks that would make a
 * line of a terminal look like another one.
 */
export function formatName(name: Name): string {
  const text = name.relativeNames
    .map((attributes) =>
      attributes
        .map(({ label, value }) => `${label}=${quote(printable(value).replaceAll(/\s{2,}/gu, " "))}`)
        .join(" + "),
    )
    .join(", ");
  if (text.length > MAX_PRINTED_NAME) return `${text.slice(0, MAX_PRINTED_NAME)}…`;
  return text === "" ? "(no name)" : text;
}

/** The last value of an attribute such as `CN`, as written. */
export function attributeOf(name: Name, label: string): string | undefined {
  return name.relativeNames.flat().findLast((attribute) => attribute.label === label)?.value;
}

/** Whether `name` is `base` or lies below it in the directory tree (RFC 5280 section 7.1, for name constraints). */
export function isWithin(name: Name, base: Name): boolean {
  return base.key === "" || name.key === base.key || name.key.startsWith(`${base.key}/`);
}

/** Text of a stranger, safe to print: no control, format or direction-changing characters, and of bounded length. */
export function printable(text: string): string {
  const clean = text.replace(UNPRINTABLE, "\ufffd");
  return clean.length > MAX_PRINTED_CHARACTERS ? `${clean.slice(0, MAX_PRINTED_CHARACTERS)}…` : clean;
}

/** The text of any of ASN.1's string types; undefined for anything else, and for bytes that are not of the type. */
function readString(element: DerElement): string | undefined {
  const bytes = contentOf(element);
  switch (element.tag) {
    case TAG.utf8String:
      return decodeUtf8(bytes);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
    case TAG.visibleString:
    case TAG.teletexString:
      return latin1(bytes);
    case TAG.bmpString:
      return decodeBigEndian(bytes, 2);
    case TAG.universalString:
      return decodeBigEndian(bytes, 4);
  }
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = octets.toString("utf8");
  // What stands for bytes that cannot be read may itself be a character of the name.
  return text.includes("\ufffd") && !Buffer.from(text).equals(octets) ? undefined : text;
}

function decodeBigEndian(bytes: Uint8Array, width: 2 | 4): string | undefined {
  if (bytes.length % width !== 0) return undefined;
  let text = "";
  for (let at = 0; at < bytes.length; at += width) {
    const point = bytes.subarray(at, at + width).reduce((value, byte) => value * 256 + byte, 0);
    if (point > 0x10_ffff) return undefined;
    text += width === 2 ? String.fromCharCode(point) : String.fromCodePoint(point);
  }
  return text;
}

function fold(value: string): string {
  return value
    .trim()
    .replace(/\s+/g, " ")
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Lengths in front keep a value with separators in it from looking like two. */
function keyPart(oid: string, value: string): string {
  return `${oid}=${value.length}:${value}`;
}

function quote(value: string): string {
  return /[,+"\\;]|^\s|\s$/.test(value) ? `"${value.replace(/["\\]/g, String.raw`\$&`)}"` : value;
}

const ATTRIBUTE_LABELS: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.4", "SN"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "street"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.12", "title"],
  ["2.5.4.15", "businessCategory"],
  ["2.5.4.17", "postalCode"],
  ["2.5.4.41", "name"],
  ["2.5.4.42", "GN"],
  ["2.5.4.46", "dnQualifier"],
  ["2.5.4.97", "organizationIdentifier"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "emailAddress"],
  ["1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"],
  ["1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"],
  ["1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"],
]);
/** C0, C1, format characters (zero width, direction overrides), line and paragraph separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Real names have at most a dozen parts; this bounds hostile ones. */
const MAX_RELATIVE_NAMES = 256;
/** RFC 5280 appendix A.1 bounds attributes at 64 to 256 characters. */
const MAX_PRINTED_CHARACTERS = 256;
/** Of all attributes together: longer than any that a CA has issued. */
const MAX_PRINTED_NAME = 1024;
