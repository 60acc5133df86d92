// Strict, bounded DER (X.690 sections 8, 10 and 11) over one buffer. An element is a tag and offsets; nothing is
// copied, nothing recurses, and the only error is `tls/malformed-certificate`.

import { PinionError } from "../../errors.ts";

/** One DER element inside a buffer: `[start, contentStart)` is its header, `[contentStart, end)` its content. */
export interface DerElement {
  readonly bytes: Uint8Array;
  /** The identifier octet, class and constructed bit included: 0x30 is a SEQUENCE. */
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of a context-specific tag: `[3]` EXPLICIT or constructed is 0xa3, primitive 0x83. */
export function contextTag(number: number, form: "primitive" | "constructed"): number {
  return (form === "constructed" ? 0xa0 : 0x80) | number;
}

/** Reads the only element of a buffer. @throws `tls/malformed-certificate` also for bytes after it */
export function parseDer(bytes: Uint8Array, what: string): DerElement {
  const element = readElement(bytes, 0, bytes.length, what);
  if (element.end !== bytes.length) throw malformed(what, "has bytes after its end", element.end);
  return element;
}

/** The bytes of an element's content, not copied. */
export function contentOf(element: DerElement): Uint8Array {
  return element.bytes.subarray(element.contentStart, element.end);
}

/** The bytes of a whole element with its header, not copied. */
export function rawOf(element: DerElement): Uint8Array {
  return element.bytes.subarray(element.start, element.end);
}

/** Walks the elements inside a constructed element, in order. */
export class DerCursor {
  readonly #element: DerElement;
  readonly #what: string;
  #offset: number;

  /** `what` names the value in messages: "basicConstraints". */
  constructor(element: DerElement, what: string) {
    this.#element = element;
    this.#what = what;
    this.#offset = element.contentStart;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#element.end;
  }

  /** The next element, whatever it is. */
  next(): DerElement {
    if (this.isAtEnd) throw malformed(this.#what, "ends too early", this.#offset);
    const element = readElement(this.#element.bytes, this.#offset, this.#element.end, this.#what);
    this.#offset = element.end;
    return element;
  }

  /** The next element, which must have the tag. */
  take(tag: number): DerElement {
    const element = this.next();
    if (element.tag !== tag)
      throw malformed(
        this.#what,
        `has tag ${hexByte(element.tag)} where ${hexByte(tag)} belongs`,
        element.start,
      );
    return element;
  }

  /** The next element where it has the tag; else nothing is consumed. */
  optional(tag: number): DerElement | undefined {
    return !this.isAtEnd && this.#element.bytes[this.#offset] === tag ? this.next() : undefined;
  }

  /** All elements that are left, at most `limit` of them. */
  rest(limit: number): DerElement[] {
    const elements: DerElement[] = [];
    while (!this.isAtEnd) {
      if (elements.length >= limit) throw malformed(this.#what, `has more than ${limit} parts`, this.#offset);
      elements.push(this.next());
    }
    return elements;
  }

  /** Refuses anything that is left. */
  finish(): void {
    if (!this.isAtEnd) throw malformed(this.#what, "has unexpected parts at its end", this.#offset);
  }
}

/** Opens a constructed element of the given tag. */
export function open(element: DerElement, tag: number, what: string): DerCursor {
  if (element.tag !== tag)
    throw malformed(what, `has tag ${hexByte(element.tag)} where ${hexByte(tag)} belongs`, element.start);
  return new DerCursor(element, what);
}

/** The content octets of an INTEGER, two's complement. @throws `tls/malformed-certificate` when padded */
export function readInteger(element: DerElement, what: string): Uint8Array {
  requireTag(element, TAG.integer, what);
  const content = contentOf(element);
  const [first, second] = content;
  if (first === undefined) throw malformed(what, "is an empty integer", element.start);
  const isPadded =
    second !== undefined && ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw malformed(what, "is an integer with needless padding", element.start);
  return content;
}

/** A small INTEGER that is not negative. */
export function readSmallInteger(element: DerElement, what: string): number {
  const content = readInteger(element, what);
  if ((content[0] ?? 0) >= 0x80) throw malformed(what, "is a negative integer", element.start);
  if (content.length > MAX_SMALL_INTEGER_BYTES) return Number.MAX_SAFE_INTEGER;
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

/** A BOOLEAN: 0x00 or 0xff and nothing else (X.690 section 11.1). */
export function readBoolean(element: DerElement, what: string): boolean {
  requireTag(element, TAG.boolean, what);
  const value = element.bytes[element.contentStart];
  if (element.end - element.contentStart !== 1 || (value !== 0x00 && value !== 0xff)) {
    throw malformed(what, "is not a DER boolean", element.start);
  }
  return value === 0xff;
}

/** A BIT STRING's octets and how many bits of the last one do not count. */
export function readBitString(
  element: DerElement,
  what: string,
): { readonly octets: Uint8Array; readonly unusedBits: number } {
  requireTag(element, TAG.bitString, what);
  const unusedBits = element.bytes[element.contentStart] ?? 8;
  const octets = element.bytes.subarray(element.contentStart + 1, element.end);
  const last = octets.at(-1) ?? 0;
  const isValid =
    element.end > element.contentStart && unusedBits < 8 && (octets.length > 0 || unusedBits === 0);
  if (!isValid || (last & ((1 << unusedBits) - 1)) !== 0)
    throw malformed(what, "is not a DER bit string", element.start);
  return { octets, unusedBits };
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readObjectIdentifier(element: DerElement, what: string): string {
  requireTag(element, TAG.objectIdentifier, what);
  const content = contentOf(element);
  if (content.length === 0 || content.length > MAX_OBJECT_IDENTIFIER_BYTES || (content.at(-1) ?? 0) >= 0x80) {
    throw malformed(what, "is not an object identifier", element.start);
  }
  const arcs: (number | bigint)[] = [];
  let arc: number | bigint = 0;
  let isFirstOctet = true;
  for (const octet of content) {
    if (isFirstOctet && octet === 0x80)
      throw malformed(what, "is an object identifier with needless padding", element.start);
    arc =
      typeof arc === "number" && arc < MAX_EXACT_ARC
        ? arc * 128 + (octet & 0x7f)
        : BigInt(arc) * 128n + BigInt(octet & 0x7f);
    isFirstOctet = octet < 0x80;
    if (!isFirstOctet) continue;
    arcs.push(arc);
    arc = 0;
  }
  // The first two arcs share one number (X.690 section 8.19.4).
  const first = arcs[0] ?? 0;
  const root = first < 40 ? 0 : first < 80 ? 1 : 2;
  const second = typeof first === "bigint" ? first - BigInt(root * 40) : first - root * 40;
  return [root, second, ...arcs.slice(1)].join(".");
}

/** UTCTime or GeneralizedTime in the only forms of RFC 5280 section 4.1.2.5: whole seconds, in UTC. */
export function readTime(element: DerElement, what: string): Date {
  const text = latin1(contentOf(element));
  const match = TIME_FORMS.get(element.tag)?.exec(text);
  if (match === undefined || match === null) throw malformed(what, "is not a time in UTC", element.start);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const fullYear = element.tag === TAG.generalizedTime ? year : year < 50 ? 2000 + year : 1900 + year;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw malformed(what, "is a day or hour that does not exist", element.start);
  return date;
}

/** Bytes as ISO 8859-1, one character for each. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Bytes in lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** The error of this room: what could not be read, why, and at which byte. */
export function malformed(what: string, why: string, offset: number): PinionError {
  return new PinionError(
    "tls/malformed-certificate",
    `Cannot read the certificate: its ${what} ${why} (byte ${offset})`,
    {
      details: { what, why, offset },
    },
  );
}

function requireTag(element: DerElement, tag: number, what: string): void {
  if (element.tag === tag) return;
  throw malformed(what, `has tag ${hexByte(element.tag)} where ${hexByte(tag)} belongs`, element.start);
}

function readElement(bytes: Uint8Array, start: number, limit: number, what: string): DerElement {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || start + 2 > limit)
    throw malformed(what, "ends too early", start);
  if ((tag & 0x1f) === 0x1f) throw malformed(what, "has a tag number above 30", start);
  if (first < 0x80)
    return checkEnd({ bytes, tag, start, contentStart: start + 2, end: start + 2 + first }, limit, what);
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0) throw malformed(what, "has an indefinite length", start);
  if (lengthBytes > MAX_LENGTH_BYTES) throw malformed(what, "has a length beyond its end", start);
  const contentStart = start + 2 + lengthBytes;
  if (contentStart > limit) throw malformed(what, "ends too early", start);
  let length = 0;
  for (let at = start + 2; at < contentStart; at += 1) length = length * 256 + bytes[at]!;
  if (length < 0x80 || bytes[start + 2] === 0)
    throw malformed(what, "has a length with needless padding", start);
  return checkEnd({ bytes, tag, start, contentStart, end: contentStart + length }, limit, what);
}

function checkEnd(element: DerElement, limit: number, what: string): DerElement {
  if (element.end > limit) throw malformed(what, "has a length beyond its end", element.start);
  return element;
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

/** Four octets count 4 GB, more than any buffer that gets here. */
const MAX_LENGTH_BYTES = 4;
/** Six octets stay exact in a double; what is larger counts as "very large". */
const MAX_SMALL_INTEGER_BYTES = 6;
/** Room for the longest in use, `2.25.` with a UUID as one arc (19 octets), several times over. */
const MAX_OBJECT_IDENTIFIER_BYTES = 128;
/** Below this, `arc * 128 + 127` is still an exact double. */
const MAX_EXACT_ARC = 2 ** 45;
const TIME_FORMS: ReadonlyMap<number, RegExp> = new Map([
  [TAG.utcTime, /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/],
  [TAG.generalizedTime, /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/],
]);
