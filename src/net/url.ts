// Addresses: parsed once, compared by origin, and shown without their secrets.
// What is shown may come from a server: it is scanned forwards, once, and loses its control characters first.

import { PinionError } from "../errors.ts";

/** Where a connection goes: a host without brackets, a port, and whether TLS is spoken there. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/**
 * Reads an `http:` or `https:` address.
 *
 * @throws `net/invalid-url` for anything else; the message shows the address redacted.
 */
export function parseHttpUrl(text: string | URL, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (cause) {
    // The cause's own `input` would carry the secrets of the address into a report.
    const reason = cause instanceof Error ? cause.message : "invalid";
    throw new PinionError("net/invalid-url", `Cannot use \`${redactUrl(text)}\` as an address: ${reason}`);
  }
  if (url.protocol === "https:" || url.protocol === "http:") return url;
  throw new PinionError(
    "net/invalid-url",
    `Cannot use \`${redactUrl(url)}\` as an address: only \`https\` and \`http\` are spoken, not \`${url.protocol.slice(0, -1)}\``,
  );
}

/** The same address without user name, password and fragment. */
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

/** The port of an address, its scheme's own where none is written; 0 for a scheme without one. */
export function portOf(url: URL): number {
  return url.port === "" ? (DEFAULT_PORTS.get(url.protocol) ?? 0) : Number(url.port);
}

/** A host as sockets want it: without the brackets of an IPv6 address and the dot of the DNS root. */
export function bareHost(host: string): string {
  if (host.startsWith("[") && host.endsWith("]")) return host.slice(1, -1);
  return host.length > 1 && host.endsWith(".") ? host.slice(0, -1) : host;
}

/** `host:port` as people write it, with brackets around an IPv6 address. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Tells whether two addresses share scheme, host and port (RFC 6454). */
export function isSameOrigin(a: URL, b: URL): boolean {
  return (
    a.protocol === b.protocol && bareHost(a.hostname) === bareHost(b.hostname) && portOf(a) === portOf(b)
  );
}

export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port && a.isTls === b.isTls;
}

/**
 * Shows one address without its secrets: `https://user:****@host/path`.
 *
 * A lone user name is often a token, so it is hidden too, but for the `git` of `git+ssh`.
 * Text that is no address loses everything before its last `@`.
 */
export function redactUrl(url: string | URL): string {
  const text = stripControlCharacters(String(url));
  const mark = text.indexOf("://");
  if (mark === -1) return text.includes("@") ? MASK + text.slice(text.lastIndexOf("@")) : text;
  const start = mark + 3;
  const at = text.lastIndexOf("@");
  const authorityEnd = endOfRun(text, start, "/?#\\");
  const authority = text.slice(start, authorityEnd);
  if (at > authorityEnd && !isSound(text, mark, authority)) {
    // Most likely a password with characters that must be encoded: nothing before its end is shown.
    return `${text.slice(0, start)}${MASK}${redactQuery(text.slice(at))}`;
  }
  return text.slice(0, start) + redactAuthority(authority) + redactQuery(text.slice(authorityEnd));
}

/**
 * Hides the secrets of every address in a text: user names and passwords, and query parameters that sign or
 * authorise. One forward scan, because the text may be an attacker's and a regular expression may run for ever on it.
 */
export function redactText(text: string): string {
  const clean = stripControlCharacters(text);
  let shown = "";
  let from = 0;
  for (let mark = clean.indexOf("://"); mark !== -1; mark = clean.indexOf("://", from)) {
    const start = mark + 3;
    const end = endOfRun(clean, start, AUTHORITY_ENDS);
    shown += clean.slice(from, start) + redactAuthority(clean.slice(start, end));
    const rest = endOfRun(clean, end, ADDRESS_ENDS);
    shown += redactQuery(clean.slice(end, rest));
    from = rest;
  }
  return shown + clean.slice(from);
}

/** Removes what can move a cursor, recolour or reorder a terminal; line ends and tabs become a space. */
export function stripControlCharacters(text: string): string {
  return text.replace(/[\t\n\r\u2028\u2029]+/g, " ").replace(UNPRINTABLE, "");
}

/** One line of what somebody else sent, fit for a message: cleaned, redacted, at most 200 characters. */
export function excerpt(text: string): string {
  // Cut before cleaning: the text may be as long as its sender likes.
  const clean = redactText(text.slice(0, 4 * MAX_EXCERPT_LENGTH)).trim();
  return clean.length <= MAX_EXCERPT_LENGTH ? clean : `${clean.slice(0, MAX_EXCERPT_LENGTH - 1)}…`;
}

/** Whether the part behind `://` is a host with at most a port, so that an `@` further on belongs to a path. */
function isSound(text: string, mark: number, authority: string): boolean {
  const scheme =
    /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, mark - MAX_SCHEME_LENGTH), mark))?.[0] ?? "";
  return !authority.endsWith(":") && URL.canParse(scheme + text.slice(mark));
}

function redactAuthority(authority: string): string {
  const at = authority.lastIndexOf("@");
  if (at === -1) return authority;
  const user = authority.slice(0, at);
  const colon = user.indexOf(":");
  if (colon !== -1) return `${user.slice(0, colon)}:${MASK}${authority.slice(at)}`;
  return user === "git" ? authority : MASK + authority.slice(at);
}

function redactQuery(rest: string): string {
  const start = rest.indexOf("?");
  if (start === -1) return rest;
  const hash = rest.indexOf("#", start);
  const end = hash === -1 ? rest.length : hash;
  const parameters = rest
    .slice(start + 1, end)
    .split("&")
    .map(redactParameter);
  return `${rest.slice(0, start + 1)}${parameters.join("&")}${rest.slice(end)}`;
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals === -1) return parameter;
  const name = parameter.slice(0, equals);
  return SECRET_PARAMETERS.has(name.toLowerCase()) ? `${name}=${MASK}` : parameter;
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
const AUTHORITY_ENDS = `${ADDRESS_ENDS}/?#\\`;

// C0, DEL and C1 drive terminals; the bidirectional marks reorder what is read (CVE-2021-42574).
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

// What object stores and forges put into the addresses that they redirect to: AWS and Google signatures, Azure SAS,
// CloudFront, and tokens by their usual names.
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-security-token",
  "x-amz-credential",
  "x-goog-signature",
  "x-goog-credential",
  "signature",
  "policy",
  "sig",
  "token",
  "access_token",
  "private_token",
  "job_token",
  "auth",
  "api_key",
  "apikey",
  "key",
  "secret",
  "password",
]);

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["https:", 443],
  ["socks:", 1080],
  ["socks4:", 1080],
  ["socks4a:", 1080],
  ["socks5:", 1080],
  ["socks5h:", 1080],
]);
