// Comments at the end of a line, in requirements files and in the INI files of projects.

/** A line without its comment and blanks around: a `#` begins one after white space only, since elsewhere it belongs to a URL. */
export function withoutComment(line: string): string {
  for (let at = line.indexOf("#"); at !== -1; at = line.indexOf("#", at + 1)) {
    if (at === 0 || /\s/.test(line.charAt(at - 1))) return line.slice(0, at).trim();
  }
  return line.trim();
}
