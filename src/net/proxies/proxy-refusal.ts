// What a proxy says when it does not open a tunnel, kept whole: status, offered authentication, first line of the body.

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import type { Http1Connection, Http1Response } from "../http/http1.ts";
import { isRetryableStatus } from "../http/retry.ts";
import type { ProxyRoute } from "./proxy.ts";
import type { LoginAttempt } from "./proxy-login.ts";
import { schemesOf } from "./proxy-challenges.ts";
import { excerpt, endpointOf, redactUrl } from "../url.ts";

export interface RefusedTunnel {
  readonly route: ProxyRoute;
  /** What the tunnel was to reach. */
  readonly target: string;
  readonly connection: Http1Connection;
  readonly attempt: LoginAttempt;
}

/** Reads a proxy's refusal into `net/proxy-auth-required` or `net/proxy-refused`, and ends its connection. */
export async function proxyRefusal(response: Http1Response, context: RefusedTunnel): Promise<PinionError> {
  const line = await firstLine(response);
  context.connection.close();
  return explainProxyStatus(response, { ...context, line });
}

/** The same for an answer whose body was read, or is not wanted. */
function explainProxyStatus(
  response: Pick<Http1Response, "status" | "reason" | "headers">,
  context: Omit<RefusedTunnel, "connection"> & { readonly line: string },
): PinionError {
  const { route, target, line, attempt } = context;
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
    const hints = authenticationHints(offered, attempt);
    const message = `The proxy \`${formatHostPort(host, port)}\` demands credentials: ${status}${said}`;
    return new PinionError("net/proxy-auth-required", message, { details, hints });
  }
  const message = `The proxy \`${formatHostPort(host, port)}\` refused a tunnel to \`${target}\`: ${status}${said}`;
  return new PinionError("net/proxy-refused", message, {
    details: { ...details, isPassing: isRetryableStatus(response.status) },
    hints: [`the proxy comes from ${route.rule}`],
  });
}

function authenticationHints(offered: readonly string[], attempt: LoginAttempt): readonly string[] {
  const { route, credentials, failed } = attempt;
  const hints = [...failed]
    .filter(([scheme]) => offered.length === 0 || offered.includes(scheme) || scheme !== "basic")
    .map(([scheme, reason]) => `the login by ${nameOfScheme(scheme)} failed: ${reason}`);
  const takesPassword = offered.length === 0 || offered.some((scheme) => PASSWORD_SCHEMES.has(scheme));
  if (takesPassword && credentials === undefined && route.isOfProject === true)
    hints.push(
      "a project's file names the proxy, and the user's own login is not for it: name the proxy in a variable or in the user's file",
    );
  else if (takesPassword && credentials === undefined) {
    const isWindows = offered.includes("ntlm");
    const user = isWindows ? "DOMAIN%5CUSER" : "USER";
    hints.push(`put a name and a password into the proxy's URL: \`http://${user}:PASSWORD@proxy:PORT\``);
  }
  if (takesPassword && credentials !== undefined)
    hints.push(
      `the proxy does not accept the credentials from ${credentials.source}; encode special characters as \`%40\`, and write a Windows domain as \`DOMAIN%5CUSER\``,
    );
  if (offered.length > 0 && !offered.some((scheme) => SPOKEN_SCHEMES.has(scheme))) {
    const names = offered.map(nameOfScheme).join(" or ");
    hints.push(
      `it offers only ${names}, which Pinion does not speak: run a local proxy such as \`px\` or \`cntlm\` that does, and use that`,
    );
  }
  hints.push(`the proxy comes from ${route.rule}`);
  return hints;
}

/** A scheme's name for people. */
export function nameOfScheme(scheme: string): string {
  return SCHEME_NAMES.get(scheme) ?? excerpt(scheme);
}

async function firstLine(response: Http1Response): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.body) {
      text += chunk.toString("latin1");
      const isLineEnded = chunk.includes("\n") && text.slice(0, text.lastIndexOf("\n")).trim() !== "";
      if (text.length > MAX_BODY_BYTES || isLineEnded) break;
    }
  } catch {
    // The refusal is reported; that its body was also cut off adds nothing.
  }
  const line = text.split("\n").find((candidate) => candidate.trim() !== "");
  return excerpt(line ?? "");
}

const PASSWORD_SCHEMES: ReadonlySet<string> = new Set(["basic", "ntlm"]);
const SPOKEN_SCHEMES: ReadonlySet<string> = new Set(["basic", "ntlm", "negotiate"]);
const SCHEME_NAMES: ReadonlyMap<string, string> = new Map([
  ["basic", "Basic"],
  ["ntlm", "NTLM"],
  ["negotiate", "Negotiate (Kerberos)"],
  ["kerberos", "Kerberos"],
  ["digest", "Digest"],
  ["bearer", "Bearer"],
]);
const MAX_BODY_BYTES = 4096;

// tinyproxy answers 407 to no credentials and 401 to wrong ones.
const DEMANDS: ReadonlySet<number> = new Set([401, 407]);
