// Words of a command that a person copies into a shell: a host of a server's choice must not be more than a word there.

/** The text as one word of a POSIX shell: as it is where that is safe, else in quotes. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Brackets surround IPv6 addresses. */
const PLAIN = /^[\w,:./~@%+=[\]-]+$/;
