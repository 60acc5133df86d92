// Addresses: parsed once, compared by origin, and shown without their secrets.
// What is shown may come from a server: it is scanned forwards, once, and loses its control characters first.

import { hideSecretParameters } from "../base/text/secret-parameters.ts";
import { PinionError } from "../errors.ts";
import { readWrittenUrl } from "./written-url.ts";

/** Where a connection goes: a host without brackets, a port, and whether TLS is spoken there. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/**
 * Reads an `http:` or `https:` address.
 *
 * @throws `net/invalid-url` for anything else; the message shows the URL redacted.
 */
export function parseHttpUrl(text: string | URL, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(typeof text === "string" && base === undefined ? readWrittenUrl(text) : text, base);
  } catch (cause) {
    if (cause instanceof PinionError) throw cause;
    // The cause's own `input` would carry the secrets of the URL into a report.
    const reason = cause instanceof Error ? cause.message : "invalid";
    throw new PinionError("net/invalid-url", `Cannot use \`${redactUrl(text)}\` as a URL: ${reason}`);
  }
  if (url.protocol === "https:" || url.protocol === "http:") return url;
  throw new PinionError(
    "net/invalid-url",
    `Cannot use \`${redactUrl(url)}\` as a URL: only \`https\` and \`http\` are supported, not \`${url.protocol.slice(0, -1)}\``,
  );
}

/** The same URL without user name, password and fragment. */
export function bareUrl(url: URL): URL {
  if (url.username === "" && url.password === "" && url.hash === "") return url;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  bare.hash = "";
  return bare;
}

/** Where an `http:` or `https:` address is served. */
export function endpointOf(url: URL): Endpoint {
  const isTls = url.protocol === "https:";
  return { host: bareHost(url.hostname), port: portOf(url), isTls };
}

/** The port of a URL, its scheme's own where none is written; 0 for a scheme without one. */
export function portOf(url: URL): number {
  return url.port === "" ? (DEFAULT_PORTS.get(url.protocol) ?? 0) : Number(url.port);
}

/** A host as sockets want it: without the brackets of an IPv6 address and the dot of the DNS root. */
export function bareHost(host: string): string {
  if (host.startsWith("[") && host.endsWith("]")) return host.slice(1, -1);
  return host.length > 1 && host.endsWith(".") ? host.slice(0, -1) : host;
}

/** Tells whether two URLs share scheme, host and port (RFC 6454). */
export function isSameOrigin(a: URL, b: URL): boolean {
  return (
    a.protocol === b.protocol && bareHost(a.hostname) === bareHost(b.hostname) && portOf(a) === portOf(b)
  );
}

/** Whether a URL leads to this very machine, whatever its resolver says. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port && a.isTls === b.isTls;
}

/**
 * Shows one URL without its secrets: `https://user:****@host/path`.
 *
 * A lone user name is often a token, so it is hidden too, but for the `git` of `git+ssh`.
 * Text that is not a URL loses everything before its last `@`.
 */
export function redactUrl(url: string | URL): string {
  const text = stripControlCharacters(String(url));
  const mark = text.indexOf("://");
  if (mark === -1) return text.includes("@") ? MASK + text.slice(text.lastIndexOf("@")) : text;
  const start = mark + 3;
  const at = text.lastIndexOf("@");
  // A backslash ends no authority: `DOMAIN\user` is a user name, as for curl (see written-url.ts).
  const authorityEnd = endOfRun(text, start, "/?#");
  const authority = text.slice(start, authorityEnd);
  if (at > authorityEnd && !isSound(text, mark, authority)) {
    // Most likely a password with characters that must be encoded: nothing before its end is shown.
    return `${text.slice(0, start)}${MASK}${hideSecretParameters(text.slice(at))}`;
  }
  return text.slice(0, start) + redactAuthority(authority) + hideSecretParameters(text.slice(authorityEnd));
}

/** {@link hideSecrets} of a string that may come from elsewhere: control characters are removed first. */
export function redactText(text: string): string {
  return hideSecrets(stripControlCharacters(text));
}

/**
 * Hides the secrets in a string: user names and passwords of every URL, query parameters that sign or authorise, and
 * private keys. One forward scan, because the text may be an attacker's and a regular expression may run for ever on it.
 * Every writer applies it to all that leaves the process.
 */
export function hideSecrets(text: string): string {
  const clean = hidePrivateKeys(text);
  let shown = "";
  let from = 0;
  for (let mark = clean.indexOf("://"); mark !== -1; mark = clean.indexOf("://", from)) {
    const start = mark + 3;
    const end = endOfRun(clean, start, AUTHORITY_ENDS);
    shown += clean.slice(from, start) + redactAuthority(clean.slice(start, end));
    const rest = endOfRun(clean, end, ADDRESS_ENDS);
    shown += hideSecretParameters(clean.slice(end, rest));
    from = rest;
  }
  return shown + clean.slice(from);
}

/**
 * A value that a person set, fit for a message that refuses it: without passwords, also where it is not a URL
 * (`user:secret@host`), without PEM, and short.
 */
export function shownValue(value: string): string {
  if (value.includes(PEM_BEGIN)) return "[PEM text]";
  const text = value.includes("://") ? redactUrl(value) : hideUserInfo(stripControlCharacters(value));
  return text.length <= MAX_EXCERPT_LENGTH ? text : `[${value.length} characters]`;
}

/** Every word with an `@` loses what is before it, where that has a colon: `user:secret@host`, `http:/user:secret@host`. */
function hideUserInfo(text: string): string {
  return text
    .split(" ")
    .map((word) => {
      const at = word.lastIndexOf("@");
      return at !== -1 && word.lastIndexOf(":", at) !== -1 ? `${MASK}${word.slice(at)}` : word;
    })
    .join(" ");
}

function hidePrivateKeys(text: string): string {
  let shown = "";
  let from = 0;
  for (let begin = text.indexOf(PEM_BEGIN); begin !== -1; begin = text.indexOf(PEM_BEGIN, from)) {
    const label = text.slice(begin + PEM_BEGIN.length, begin + PEM_BEGIN.length + MAX_PEM_LABEL_LENGTH);
    const end = text.indexOf(PEM_END, begin);
    const until = end === -1 ? text.length : endOfRun(text, end + PEM_END.length, "\n\"'");
    const isKey = label.slice(0, label.indexOf("-----") + 1).endsWith("PRIVATE KEY-");
    shown += text.slice(from, begin) + (isKey ? "[private key]" : text.slice(begin, until));
    from = until;
  }
  return shown + text.slice(from);
}

/** Removes what can move a cursor, recolour or reorder a terminal; line ends and tabs become a space. */
export function stripControlCharacters(text: string): string {
  return text.replace(/[\t\n\r\u2028\u2029]+/g, " ").replace(UNPRINTABLE, "");
}

/** One line of untrusted input, fit for a message: cleaned, redacted, at most 200 characters. */
export function excerpt(text: string): string {
  // Cut before cleaning: the text may be as long as its sender likes.
  const clean = redactText(text.slice(0, 4 * MAX_EXCERPT_LENGTH)).trim();
  return clean.length <= MAX_EXCERPT_LENGTH ? clean : `${clean.slice(0, MAX_EXCERPT_LENGTH - 1)}…`;
}

/** Whether the part after `://` is a host with at most a port, so that an `@` further on belongs to a path. */
function isSound(text: string, mark: number, authority: string): boolean {
  const scheme =
    /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, mark - MAX_SCHEME_LENGTH), mark))?.[0] ?? "";
  return !authority.endsWith(":") && !authority.includes("\\") && URL.canParse(scheme + text.slice(mark));
}

function redactAuthority(authority: string): string {
  const at = authority.lastIndexOf("@");
  if (at === -1) return authority;
  const user = authority.slice(0, at);
  const colon = user.indexOf(":");
  if (colon !== -1) return `${user.slice(0, colon)}:${MASK}${authority.slice(at)}`;
  return user === "git" ? authority : MASK + authority.slice(at);
}

function endOfRun(text: string, from: number, ends: string): number {
  for (let index = from; index < text.length; index++) {
    if (ends.includes(text.charAt(index))) return index;
  }
  return text.length;
}

const MAX_SCHEME_LENGTH = 32;
const MASK = "****";

/** As long as a line of a terminal message may sensibly be. */
const MAX_EXCERPT_LENGTH = 200;

const ADDRESS_ENDS = " \"'`<>";
// Quotes may be a part of a password: `'` ends no authority.
const AUTHORITY_ENDS = ` "\`<>/?#`;

const PEM_BEGIN = "-----BEGIN ";
const PEM_END = "-----END ";
// `RSA PRIVATE KEY-----`, `ENCRYPTED PRIVATE KEY-----` and shorter.
const MAX_PEM_LABEL_LENGTH = 64;

// C0, DEL and C1 drive terminals; the bidirectional marks reorder what is read (CVE-2021-42574).
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["https:", 443],
  ["socks:", 1080],
  ["socks4:", 1080],
  ["socks4a:", 1080],
  ["socks5:", 1080],
  ["socks5h:", 1080],
]);
