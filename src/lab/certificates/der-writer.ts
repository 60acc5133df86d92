// Writes DER (X.690), also wrong DER: nothing here checks what it writes.
// Every function gives one whole TLV, so that they nest as the ASN.1 module does.

/** A whole TLV. */
export type Der = Buffer;

/** Any tag with any content; the length is the shortest form. */
function tlv(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body]);
}

export function sequence(...members: readonly Uint8Array[]): Der {
  return tlv(0x30, ...members);
}

export function set(...members: readonly Uint8Array[]): Der {
  return tlv(0x31, ...members);
}

export function boolean(value: boolean): Der {
  return tlv(0x01, Buffer.from([value ? 0xff : 0x00]));
}

/** An INTEGER from its value, or from its content octets as they are (also a wrong, padded or empty one). */
export function integer(value: bigint | number | Uint8Array): Der {
  return tlv(0x02, value instanceof Uint8Array ? value : encodeInteger(BigInt(value)));
}

export function nullValue(): Der {
  return tlv(0x05);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  return tlv(0x06, ...[first * 40n + second, ...rest].map(encodeBase128));
}

export function octetString(content: Uint8Array): Der {
  return tlv(0x04, content);
}

/** A BIT STRING of whole octets. */
export function bitString(content: Uint8Array): Der {
  return tlv(0x03, Buffer.from([0]), content);
}

/** A named-bit list: bit 0 is the highest of the first octet, trailing zero bits are left out (X.690 11.2.2). */
export function namedBits(bits: readonly number[]): Der {
  if (bits.length === 0) return tlv(0x03, Buffer.from([0]));
  const highest = Math.max(...bits);
  const content = Buffer.alloc((highest >> 3) + 1);
  for (const bit of bits) content[bit >> 3] = content[bit >> 3]! | (0x80 >> (bit & 7));
  return tlv(0x03, Buffer.from([7 - (highest & 7)]), content);
}

export type StringKind = "utf8" | "printable" | "ia5" | "teletex" | "bmp";

export function text(kind: StringKind, value: string): Der {
  switch (kind) {
    case "utf8":
      return tlv(0x0c, Buffer.from(value, "utf8"));
    case "printable":
      return tlv(0x13, Buffer.from(value, "latin1"));
    case "ia5":
      return tlv(0x16, Buffer.from(value, "latin1"));
    case "teletex":
      return tlv(0x14, Buffer.from(value, "latin1"));
    case "bmp":
      return tlv(0x1e, Buffer.from(value, "utf16le").swap16());
  }
}

/** UTCTime through 2049, GeneralizedTime before 1950 and from 2050 on (RFC 5280 4.1.2.5); milliseconds are cut. */
export function time(moment: Date): Der {
  const digits = moment
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
  const year = moment.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2), "latin1"))
    : tlv(0x18, Buffer.from(digits, "latin1"));
}

/** `[number] EXPLICIT`, or `[number] IMPLICIT` of something constructed. */
export function constructed(number: number, ...members: readonly Uint8Array[]): Der {
  return tlv(0xa0 | number, ...members);
}

/** `[number] IMPLICIT` of something primitive: its content octets. */
export function primitive(number: number, content: Uint8Array): Der {
  return tlv(0x80 | number, content);
}

/** PEM (RFC 7468) around DER. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const octets = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets]);
}

function encodeInteger(value: bigint): Buffer {
  let octets = 1;
  while (BigInt.asIntN(octets * 8, value) !== value) octets += 1;
  return Buffer.from(
    BigInt.asUintN(octets * 8, value)
      .toString(16)
      .padStart(octets * 2, "0"),
    "hex",
  );
}

function encodeBase128(value: bigint): Buffer {
  const octets = [Number(value & 0x7fn)];
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(octets);
}
