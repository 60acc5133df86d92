// Redirects: how far, where to, and what goes along (docs/network.md, "HTTP"; RFC 9110 section 15.4).

import { PinionError } from "../../errors.ts";
import { credentialsInUrl, type Credentials } from "../credentials/auth.ts";
import { bareUrl, isSameOrigin, redactUrl, excerpt } from "../url.ts";

/** One step of a request: a URL without credentials, and what is sent there. */
export interface Hop {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Those of the URL itself; they come before all others. */
  readonly credentials: Credentials | undefined;
  /** Whether a redirect has left the origin of the first step: what is known for an origin is not sent from then on. */
  readonly hasLeft: boolean;
  /** How many redirects led here. */
  readonly redirects: number;
}

/** What a redirect answers to. */
export interface RedirectingResponse {
  readonly status: number;
  readonly location: string | undefined;
  /** Whether the request that it answers carried credentials. */
  readonly hadCredentials: boolean;
}

/** The first step to a URL. */
export function firstHop(url: URL, headers: Readonly<Record<string, string>>): Hop {
  return { url: bareUrl(url), headers, credentials: credentialsInUrl(url), hasLeft: false, redirects: 0 };
}

/**
 * The step that a response asks for; undefined where it is an answer.
 *
 * @throws `net/redirect-loop` for the eleventh redirect, for a scheme other than `http` and `https`, and for a way from
 * `https` to `http` that a request with credentials must not take
 */
export function nextHop(hop: Hop, response: RedirectingResponse): Hop | undefined {
  if (!isRedirect(response.status) || response.location === undefined) return undefined;
  const refuse = (why: string): PinionError =>
    new PinionError("net/redirect-loop", `\`${redactUrl(hop.url)}\` redirects ${why}`, {
      details: { url: redactUrl(hop.url), status: response.status, target: excerpt(response.location ?? "") },
    });
  if (hop.redirects >= MAX_REDIRECTS) throw refuse(`for the ${MAX_REDIRECTS + 1}th time`);
  if (!URL.canParse(response.location, hop.url.href))
    throw refuse(`to \`${excerpt(response.location)}\`, which is not a URL`);
  const target = new URL(response.location, hop.url);
  if (target.protocol !== "https:" && target.protocol !== "http:") {
    throw refuse(`to \`${redactUrl(target)}\`: only \`https\` and \`http\` are followed`);
  }
  const isDowngrade = hop.url.protocol === "https:" && target.protocol === "http:";
  if (isDowngrade && (response.hadCredentials || credentialsInUrl(target) !== undefined)) {
    throw refuse(
      `to \`${redactUrl(target)}\`: a request with credentials does not go from \`https\` to \`http\``,
    );
  }
  const staysThere = isSameOrigin(hop.url, target);
  return {
    url: bareUrl(target),
    headers: staysThere ? hop.headers : withoutSecrets(hop.headers),
    credentials: credentialsInUrl(target) ?? (staysThere ? hop.credentials : undefined),
    hasLeft: hop.hasLeft || !staysThere,
    redirects: hop.redirects + 1,
  };
}

/** Whether a status asks for another request, where a `Location` comes with it. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/** The headers that may be sent to any server: no credentials, no cookies, nothing meant for a proxy. */
export function withoutSecrets(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isSecretHeader(name)));
}

/** Whether a header is meant for one server only. */
export function isSecretHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return SECRET_HEADERS.has(lower) || lower.startsWith("proxy-");
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "cookie2",
  "www-authenticate",
]);

// docs/network.md, "HTTP": as uv and curl's own advice.
const MAX_REDIRECTS = 10;
