// Bundles of certificates: PEM (RFC 7468) with comments and other sections in between, or DER, single or one after
// another. A section that is damaged is reported, and never keeps the others from being read.

import { isPinionError } from "../../errors.ts";
import { contextTag, DerCursor, TAG, latin1, parseDer, rawOf } from "./der.ts";
import { whyNotForServers } from "./trust-settings.ts";

export interface PemContents {
  /** Each certificate's DER, in the order of the file. Only its outermost frame is checked. */
  readonly certificates: readonly Uint8Array[];
  /** Certificates whose own trust settings say that they are not anchors for TLS servers; `damaged` has the reasons. */
  readonly rejected: readonly Uint8Array[];
  /** Labels of the other sections: `RSA PRIVATE KEY`, `X509 CRL`, … */
  readonly otherLabels: readonly string[];
  /** Certificate sections that hold no DER at all, or no anchor for servers, counted from 1, with the reason. */
  readonly damaged: readonly DamagedSection[];
}

export interface DamagedSection {
  readonly position: number;
  readonly reason: string;
}

/** The sections of PEM text; certificates are base64 without line breaks, not yet decoded. */
export interface PemSections {
  readonly certificates: readonly string[];
  /** As {@link PemContents.rejected}. */
  readonly rejected: readonly string[];
  readonly otherLabels: readonly string[];
  readonly damaged: readonly DamagedSection[];
}

/** Reads every certificate out of the bytes of a file, PEM or DER. Never throws. */
export function readPem(bytes: Uint8Array): PemContents {
  if (isDer(bytes)) return readDer(bytes);
  const { certificates, rejected, otherLabels, damaged } = readPemSections(latin1(bytes));
  const whole: Uint8Array[] = [];
  const broken: DamagedSection[] = [...damaged];
  for (const [at, base64] of certificates.entries()) {
    const der = Buffer.from(base64, "base64");
    const [first] = splitDer(der);
    if (first?.length === der.length) whole.push(first);
    else
      broken.push({
        position: at + 1,
        reason: first === undefined ? "it is not DER" : "it has bytes after its end",
      });
  }
  const against = rejected.map((base64) => Buffer.from(base64, "base64"));
  return { certificates: whole, rejected: against, otherLabels, damaged: broken };
}

/** Finds the certificates of PEM text as base64: the quick way to read a bundle whose certificates few will ask for. */
export function readPemSections(text: string): PemSections {
  const certificates: string[] = [];
  const rejected: string[] = [];
  const otherLabels: string[] = [];
  const damaged: DamagedSection[] = [];
  for (let at = text.indexOf(BEGIN), position = 0; at !== -1;) {
    const { label, body, next } = readSection(text, at);
    at = next;
    if (label === undefined) continue;
    if (!CERTIFICATE_LABELS.has(label)) {
      otherLabels.push(label);
      continue;
    }
    position += 1;
    if (body === undefined) damaged.push({ position, reason: "its END line is missing" });
    else if (!BASE64.test(body)) damaged.push({ position, reason: "it is not base64" });
    else if (label === TRUSTED_LABEL) {
      const { certificate, reason } = applyTrustSettings(Buffer.from(body, "base64"));
      const base64 = Buffer.from(certificate).toString("base64");
      if (reason === undefined) certificates.push(base64);
      else {
        rejected.push(base64);
        damaged.push({ position, reason });
      }
    } else certificates.push(body.replace(BLANKS, ""));
  }
  // The same certificate may stand there once more without settings: what rejects it counts.
  const against = new Set(rejected);
  const remaining = against.size === 0 ? certificates : certificates.filter((base64) => !against.has(base64));
  return { certificates: remaining, rejected, otherLabels, damaged };
}

/** A certificate as PEM with a final line feed. */
export function formatPem(der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("base64");
  return `${BEGIN}CERTIFICATE${DASHES}\n${base64.replace(/.{1,64}/g, "$&\n")}${END}CERTIFICATE${DASHES}\n`;
}

interface Section {
  /** Undefined where the BEGIN line itself is broken. */
  readonly label: string | undefined;
  /** Undefined where the section has no END line of its own. */
  readonly body: string | undefined;
  /** Where the next section begins, or -1. */
  readonly next: number;
}

function readSection(text: string, start: number): Section {
  const labelStart = start + BEGIN.length;
  const labelEnd = text.indexOf(DASHES, labelStart);
  if (labelEnd === -1) return { label: undefined, body: undefined, next: -1 };
  const label = text.slice(labelStart, Math.min(labelEnd, labelStart + MAX_LABEL_CHARACTERS));
  if (label.includes("\n"))
    return { label: undefined, body: undefined, next: text.indexOf(BEGIN, labelStart) };
  const bodyStart = labelEnd + DASHES.length;
  // The next dashes close the section, or belong to the BEGIN line of another one.
  const end = text.indexOf(DASHES, bodyStart);
  const isClosed = end !== -1 && text.startsWith(`${END}${label}${DASHES}`, end);
  return {
    label,
    body: isClosed ? text.slice(bodyStart, end) : undefined,
    next: text.indexOf(BEGIN, bodyStart),
  };
}

/** A TRUSTED CERTIFICATE has OpenSSL's trust settings after the certificate. */
function applyTrustSettings(der: Uint8Array): {
  readonly certificate: Uint8Array;
  /** Why it is not an anchor for TLS servers. */
  readonly reason: string | undefined;
} {
  const [certificate = der] = splitDer(der);
  const settings = der.subarray(certificate.length);
  return { certificate, reason: settings.length === 0 ? undefined : whyNotForServers(settings) };
}

function readDer(bytes: Uint8Array): PemContents {
  const elements = splitDer(bytes);
  const certificates: Uint8Array[] = [];
  const rejected: Uint8Array[] = [];
  const damaged: DamagedSection[] = [];
  for (const [at, element] of elements.entries()) {
    const last = certificates.at(-1);
    // `openssl x509 -trustout -outform DER` writes the settings after the certificate, without any frame.
    if (isCertificateFrame(element) || last === undefined) certificates.push(element);
    else {
      const reason = whyNotForServers(element);
      if (reason === undefined) continue;
      rejected.push(...certificates.splice(-1));
      damaged.push({ position: at, reason });
    }
  }
  const read = elements.reduce((sum, element) => sum + element.length, 0);
  if (read < bytes.length) damaged.push({ position: elements.length + 1, reason: "it is not DER" });
  return { certificates, rejected, otherLabels: [], damaged };
}

/** A certificate begins with the SEQUENCE of what is signed, and that with a version or a serial number. */
function isCertificateFrame(der: Uint8Array): boolean {
  try {
    const outer = new DerCursor(parseDer(der, "certificate"), "certificate");
    const first = new DerCursor(outer.take(TAG.sequence), "certificate");
    const { tag } = first.next();
    return tag === TAG.integer || tag === contextTag(0, "constructed");
  } catch (error) {
    if (isPinionError(error)) return false;
    throw error;
  }
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

/** `0` (0x30) begins both a SEQUENCE and a line of text; no certificate is so short that its length is below 128. */
function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === TAG.sequence && (bytes[1] ?? 0) >= 0x80;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
/** No label in use has more than thirty. */
const MAX_LABEL_CHARACTERS = 64;
const TRUSTED_LABEL = "TRUSTED CERTIFICATE";
/** What OpenSSL reads as a certificate. */
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set(["CERTIFICATE", "X509 CERTIFICATE", TRUSTED_LABEL]);
const BLANKS = /\s+/g;
const BASE64 = /^[A-Za-z0-9+/\s]*(?:={1,2}\s*)?$/;
