// Strings of others in messages.

/** With a replacement character for everything that a terminal would not print: control and format characters. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\u{FFFD}");
}
