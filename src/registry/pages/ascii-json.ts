// JSON in ASCII: what is kept of a page is read as bytes, without decoding it.

/** JSON of a value in which everything above `~` is escaped. One pass, without an object for each character. */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!NOT_ASCII.test(json)) return json;
  const pieces: string[] = [];
  const bytes = Buffer.allocUnsafe(Math.min(json.length, PIECE_LENGTH) * ESCAPE_LENGTH);
  for (let start = 0; start < json.length; start += PIECE_LENGTH)
    pieces.push(escapePiece(json, start, Math.min(start + PIECE_LENGTH, json.length), bytes));
  return pieces.join("");
}

function escapePiece(json: string, start: number, end: number, bytes: Buffer): string {
  let length = 0;
  for (let at = start; at < end; at += 1) {
    const code = json.charCodeAt(at);
    if (code < FIRST_ESCAPED) {
      bytes[length++] = code;
      continue;
    }
    bytes[length++] = BACKSLASH;
    bytes[length++] = LETTER_U;
    for (let shift = 12; shift >= 0; shift -= 4) bytes[length++] = DIGITS.charCodeAt((code >> shift) & 0xf);
  }
  return bytes.toString("latin1", 0, length);
}

const NOT_ASCII = /[\u007F-\uFFFF]/;
const FIRST_ESCAPED = 0x7f;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGITS = "0123456789abcdef";
/** Of `\u00e9`. */
const ESCAPE_LENGTH = 6;
const PIECE_LENGTH = 64 * 1024;
