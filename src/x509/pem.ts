// Bundles of certificates: PEM (RFC 7468) with comments and other sections in between, or DER, alone or one after
// another. A section that is damaged is reported, and never keeps the others from being read.

import { DerCursor, TAG, rawOf } from "./der.ts";
import { isPinionError } from "../errors.ts";

export interface PemContents {
  /** Each certificate's DER, in the order of the file. Only its frame is checked. */
  readonly certificates: readonly Uint8Array[];
  /** Labels of the other sections: `RSA PRIVATE KEY`, `X509 CRL`, … */
  readonly otherLabels: readonly string[];
  /** Certificate sections that hold no DER at all, counted from 1, with the reason. */
  readonly damaged: readonly { readonly position: number; readonly reason: string }[];
}

/** Reads every certificate out of the bytes of a file, PEM or DER. Never throws. */
export function readPem(bytes: Uint8Array): PemContents {
  return bytes[0] === TAG.sequence && !startsLikeText(bytes) ? readDer(bytes) : readSections(bytes);
}

/** A certificate as PEM with a final line feed. */
export function formatPem(der: Uint8Array): string {
  const lines = Buffer.from(der.buffer, der.byteOffset, der.byteLength)
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  return `${BEGIN}CERTIFICATE${DASHES}\n${lines}${END}CERTIFICATE${DASHES}\n`;
}

function readSections(bytes: Uint8Array): PemContents {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const certificates: Uint8Array[] = [];
  const otherLabels: string[] = [];
  const damaged: { position: number; reason: string }[] = [];
  let position = 0;
  for (let at = text.indexOf(BEGIN); at !== -1;) {
    const labelEnd = text.indexOf(DASHES, at + BEGIN.length);
    const lineEnd = text.indexOf("\n", at);
    if (labelEnd === -1) break;
    if (lineEnd !== -1 && lineEnd < labelEnd) {
      at = text.indexOf(BEGIN, lineEnd);
      continue;
    }
    const label = text.slice(at + BEGIN.length, labelEnd);
    const bodyStart = labelEnd + DASHES.length;
    const end = text.indexOf(`${END}${label}${DASHES}`, bodyStart);
    const next = text.indexOf(BEGIN, bodyStart);
    const isClosed = end !== -1 && (next === -1 || end < next);
    at = next;
    if (!CERTIFICATE_LABELS.has(label)) {
      otherLabels.push(label);
      continue;
    }
    position += 1;
    const section = isClosed ? decodeBody(text.slice(bodyStart, end), label) : "its END line is missing";
    if (typeof section === "string") damaged.push({ position, reason: section });
    else certificates.push(section);
  }
  return { certificates, otherLabels, damaged };
}

/** The DER of a section, or why there is none. */
function decodeBody(body: string, label: string): Uint8Array | string {
  const base64 = body.replace(/[\r\n\t ]+/g, "");
  if (!BASE64.test(base64)) return "it is not base64";
  const der = Buffer.from(base64, "base64");
  const [first] = splitDer(der);
  if (first === undefined) return "it is not DER";
  // A TRUSTED CERTIFICATE has OpenSSL's trust settings behind the certificate; what they say is not taken over.
  if (first.length !== der.length && label !== TRUSTED_LABEL) return "it has bytes behind its end";
  return first;
}

function readDer(bytes: Uint8Array): PemContents {
  const certificates = splitDer(bytes);
  const read = certificates.reduce((sum, certificate) => sum + certificate.length, 0);
  const damaged =
    read === bytes.length ? [] : [{ position: certificates.length + 1, reason: "it is not DER" }];
  return { certificates, otherLabels: [], damaged };
}

/** The SEQUENCEs that stand one after another at the start of a buffer. */
function splitDer(bytes: Uint8Array): readonly Uint8Array[] {
  const cursor = new DerCursor(
    { bytes, tag: TAG.sequence, start: 0, contentStart: 0, end: bytes.length },
    "bundle",
  );
  const found: Uint8Array[] = [];
  try {
    while (!cursor.isAtEnd) found.push(rawOf(cursor.take(TAG.sequence)));
  } catch (error) {
    if (!isPinionError(error)) throw error;
  }
  return found;
}

/** `0` (0x30) begins both a DER SEQUENCE and a line of text; DER's second octet announces a length above 127. */
function startsLikeText(bytes: Uint8Array): boolean {
  return (bytes[1] ?? 0) < 0x80;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
const TRUSTED_LABEL = "TRUSTED CERTIFICATE";
/** What OpenSSL reads as a certificate. */
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set(["CERTIFICATE", "X509 CERTIFICATE", TRUSTED_LABEL]);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
