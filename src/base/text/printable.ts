// Strings of others in messages.

/**
 * With an escape in place of each character that takes no room, turns the direction of reading or looks like a space
 * without being one: `tiny\u200b`, which people copy from web pages.
 */
export function showInvisible(text: string): string {
  return text.replace(INVISIBLE, (found) => `\\u${found.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

/** With a replacement character for everything that a terminal would not print: control and format characters. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\u{FFFD}");
}

/** As one line: a space for each control character and each separator of lines or paragraphs. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}

const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u1680\u2000-\u200a\u202f\u205f\u3000\u3164]/gu;
