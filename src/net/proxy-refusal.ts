// What a proxy says when it does not open a tunnel, kept whole: status, offered authentication, first line of the body.

import { PinionError } from "../errors.ts";
import type { Http1Connection, Http1Response } from "./http1.ts";
import type { ProxyRoute } from "./proxy.ts";
import { excerpt, formatHostPort, endpointOf, redactUrl } from "./url.ts";

export interface RefusedTunnel {
  readonly route: ProxyRoute;
  /** What the tunnel was to reach. */
  readonly target: string;
  readonly connection: Http1Connection;
}

/** Reads a proxy's refusal into `net/proxy-auth-required` or `net/proxy-refused`, and ends its connection. */
export async function proxyRefusal(response: Http1Response, context: RefusedTunnel): Promise<PinionError> {
  const line = await firstLine(response);
  context.connection.close();
  return explainProxyStatus(response, { ...context, line });
}

/** The same for an answer whose body was read, or is not wanted. */
export function explainProxyStatus(
  response: Pick<Http1Response, "status" | "reason" | "headers">,
  context: { readonly route: ProxyRoute; readonly target: string; readonly line: string },
): PinionError {
  const { route, target, line } = context;
  const { host, port } = endpointOf(route.url);
  const status = excerpt(`${response.status} ${response.reason}`).trim();
  const offered = schemesOf(response.headers["proxy-authenticate"]);
  const details = {
    proxy: redactUrl(route.url),
    rule: route.rule,
    target,
    status: response.status,
    offered,
    body: line,
  };
  const said = line === "" ? "" : ` (\`${line}\`)`;
  if (DEMANDS.has(response.status)) {
    const hints = authenticationHints(offered, route);
    const message = `The proxy \`${formatHostPort(host, port)}\` demands credentials: ${status}${said}`;
    return new PinionError("net/proxy-auth-required", message, { details, hints });
  }
  const message = `The proxy \`${formatHostPort(host, port)}\` refused a tunnel to \`${target}\`: ${status}${said}`;
  return new PinionError("net/proxy-refused", message, {
    details,
    hints: [`the proxy comes from ${route.rule}`],
  });
}

function authenticationHints(offered: readonly string[], route: ProxyRoute): readonly string[] {
  const hasCredentials = route.url.username !== "" || route.url.password !== "";
  const basic = offered.includes("basic") || offered.length === 0;
  const hints: string[] = [];
  if (basic && !hasCredentials)
    hints.push("put them into the proxy's address: `http://USER:PASSWORD@proxy:PORT`");
  if (basic && hasCredentials)
    hints.push("it does not take the ones in the proxy's address; encode special characters as `%40`");
  if (!basic) {
    const names = offered.map((scheme) => SCHEME_NAMES.get(scheme) ?? scheme).join(" or ");
    hints.push(
      `it offers only ${names}, which Pinion does not speak: run a local helper such as \`px\` or \`cntlm\` and use it as the proxy`,
    );
  }
  hints.push(`the proxy comes from ${route.rule}`);
  return hints;
}

/** The authentication schemes of a challenge header, lower case, in order, each once (RFC 9110 section 11.3). */
export function schemesOf(header: string | undefined): readonly string[] {
  const parameters = (header ?? "").slice(0, MAX_CHALLENGE_LENGTH).replace(/"(?:[^"\\]|\\.)*"?/g, '""');
  // A scheme is a token that is followed by a blank, the end, or a comma, and never by "=": those are parameters.
  const found = parameters.matchAll(/(?:^|,)\s*([a-z][a-z0-9-]*)(?=\s+[^=\s,]|\s*(?:,|$))/gi);
  return [...new Set(Array.from(found, (match) => (match[1] ?? "").toLowerCase()))];
}

async function firstLine(response: Http1Response): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.body) {
      text += chunk.toString("latin1");
      if (text.length > MAX_BODY_BYTES || /\S[^\n]*\n/.test(text)) break;
    }
  } catch {
    // The refusal is reported; that its body was also cut off adds nothing.
  }
  const line = text.split("\n").find((candidate) => candidate.trim() !== "");
  return excerpt(line ?? "");
}

const SCHEME_NAMES: ReadonlyMap<string, string> = new Map([
  ["ntlm", "NTLM"],
  ["negotiate", "Negotiate (Kerberos)"],
  ["kerberos", "Kerberos"],
  ["digest", "Digest"],
  ["bearer", "Bearer"],
]);
const MAX_CHALLENGE_LENGTH = 4096;
const MAX_BODY_BYTES = 4096;

// tinyproxy answers 407 to no credentials and 401 to wrong ones.
const DEMANDS: ReadonlySet<number> = new Set([401, 407]);
