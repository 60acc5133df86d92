// URLs as people write them, read one way for requests, credentials and messages: as curl does. The URL standard takes
// a backslash for a slash, so that `http://DOMAIN\\user:secret@proxy` would go to the host `DOMAIN` with the password in
// its path; curl, and its author, mean a user name.

import { PinionError } from "../errors.ts";

/**
 * The URL in a form in which every reader finds the same host and user: backslashes of its user name and password are
 * percent-encoded. Text without `://` comes back as it is.
 *
 * @throws net/invalid-url for what readers understand differently; the message shows nothing of the text
 *
 * @example
 * readWrittenUrl("http://CORP\\\\ada:secret@proxy:8080") // "http://CORP%5Cada:secret@proxy:8080"
 */
export function readWrittenUrl(written: string): string {
  const text = written.trim();
  const mark = text.indexOf("://");
  if (mark === -1) {
    if (/^(?:https?|socks[45]?[ah]?):/i.test(text)) throw refuse("`//` is missing after its scheme");
    return text;
  }
  const start = mark + 3;
  const end = endOfAuthority(text, start);
  const authority = text.slice(start, end);
  if (CONTROL.test(text.slice(0, end))) throw refuse("it contains a space or a control character");
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (host.includes("\\")) throw refuse("its host contains a backslash");
  if (at === -1 && text.includes("@", end) && !/^[^:]*(?::\d*)?$|^\[/.test(authority))
    throw refuse("a `/`, `?` or `#` stands before the `@` that ends its password");
  const user = authority.slice(0, at + 1).replaceAll("\\", "%5C");
  return `${text.slice(0, start)}${user}${host}${text.slice(end)}`;
}

function endOfAuthority(text: string, start: number): number {
  for (let index = start; index < text.length; index += 1)
    if ("/?#".includes(text.charAt(index))) return index;
  return text.length;
}

function refuse(why: string): PinionError {
  return new PinionError("net/invalid-url", `A URL cannot be used: ${why}`, {
    hints: [
      "percent-encode special characters of a user name or password: `%5C` for a backslash, `%23` for `#`, `%2F` for `/`, `%3F` for `?`, `%40` for `@`",
    ],
  });
}

const CONTROL = /[\u0000-\u0020\u007f]/;
