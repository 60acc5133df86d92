// Files that hold certificates in a form that Pinion does not read as trust: which form it is, and how to convert it.

export interface OtherFormat {
  /** What the file is, as the end of a sentence about it. */
  readonly words: string;
  /** What to do, without a full stop. */
  readonly hint: string;
}

/** Recognises PKCS#7 (RFC 2315), PKCS#12 (RFC 7292), UTF-16, and PEM whose line ends are the two characters `\n`. */
export function recognizeOtherFormat(bytes: Uint8Array): OtherFormat | undefined {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  if (isUtf16(head)) {
    return {
      words: "is text in UTF-16, as PowerShell's `>` writes it",
      hint: "convert it to UTF-8: `iconv -f UTF-16 -t UTF-8 OLD -o ca.pem`",
    };
  }
  const text = head.toString("latin1");
  if (/-----BEGIN PKCS ?#?7-----/.test(text)) return pkcs7("PEM");
  if (text.includes("-----BEGIN ") && text.includes("-----\\n")) {
    return {
      words: "holds the two characters `\\n` where lines should end, as from a variable of a CI system",
      hint: "write real line ends: `printf '%b' \"$CERTIFICATE\" > ca.pem`",
    };
  }
  if (head[0] !== SEQUENCE) return undefined;
  if (head.subarray(0, 32).includes(SIGNED_DATA)) return pkcs7("DER");
  // PFX: version 3, then the content, which is `data` or `signedData`.
  if (head.subarray(0, 16).includes(VERSION_3) && head.subarray(0, 48).includes(DATA)) {
    return {
      words: "is PKCS#12",
      hint: "take the certificates out of it: `openssl pkcs12 -in OLD -nokeys -cacerts -out ca.pem`",
    };
  }
  return undefined;
}

function pkcs7(form: "PEM" | "DER"): OtherFormat {
  return {
    words: "is PKCS#7",
    hint: `take the certificates out of it: \`openssl pkcs7 -inform ${form} -in OLD -print_certs -out ca.pem\``,
  };
}

function isUtf16(head: Buffer): boolean {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return head.includes(Buffer.from("-----BEGIN", "utf16le"));
}

const SEQUENCE = 0x30;
const VERSION_3 = Buffer.from("020103", "hex");
/** 1.2.840.113549.1.7.1 and .2 (RFC 5652). */
const DATA = Buffer.from("06092a864886f70d010701", "hex");
const SIGNED_DATA = Buffer.from("06092a864886f70d010702", "hex");
const HEAD_BYTES = 4096;
