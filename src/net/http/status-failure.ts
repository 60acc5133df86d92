// A status that is not a success, as an error: which URL, what the server adds, what to do.

import type { Hint } from "../../advice.ts";
import { PinionError, type ErrorCode } from "../../errors.ts";
import type { CredentialNotes } from "../credentials/auth.ts";
import type { RawResponse } from "./exchange.ts";
import { proxyName } from "../proxies/proxy-connection.ts";
import { excerpt, redactUrl } from "../url.ts";

/**
 * Explains an answer whose status is not a success; reads the beginning of its body and ends it.
 *
 * @param notes what the search for credentials found out
 */
export async function statusFailure(
  response: RawResponse,
  notes: CredentialNotes = NO_NOTES,
): Promise<PinionError> {
  const { status, credentials } = response;
  const url = redactUrl(response.url);
  const line = excerpt(`${status} ${response.reason}`).trim();
  const text = await readBeginning(response);
  const clientCertificate = status === 400 ? clientCertificateProblem(text) : undefined;
  const said = clientCertificate?.words ?? serverMessage(response, text);
  const code = clientCertificate?.code ?? CODES.get(status) ?? "net/http-status";
  const words = said === "" ? line : `${line} (${said})`;
  return new PinionError(code, `\`${url}\` answered: ${words}`, {
    details: {
      url,
      status,
      serverMessage: said,
      credentials: credentials?.source,
      challenge: excerpt(response.headers["www-authenticate"] ?? ""),
    },
    hints: [
      ...(response.lateCertificate === "not-shown" ? [LATE_HINT] : []),
      ...(clientCertificate?.hints ?? hintsFor(response, notes)),
      ...forwardingHints(response),
    ],
  });
}

/** Proxies answer 403 and 5xx themselves, and few say so. */
function forwardingHints({ status, forwardedBy }: RawResponse): readonly string[] {
  if (forwardedBy === undefined || (status !== 403 && status < 500)) return [];
  return [
    `the request went through the proxy \`${proxyName(forwardedBy)}\` (from ${forwardedBy.rule}), which may have answered itself`,
  ];
}

function hintsFor({ status, credentials, url }: RawResponse, notes: CredentialNotes): readonly string[] {
  if (status !== 401 && status !== 403) return [];
  const reading =
    status === 403 ? ["some indexes answer 403 for a project that they do not have: check its name"] : [];
  return [...credentialHints(credentials, url, notes), ...reading];
}

function credentialHints(
  credentials: RawResponse["credentials"],
  url: URL,
  { statements: notes, withheld }: CredentialNotes,
): readonly string[] {
  const where = `\`${url.host}\``;
  const because = withheld === undefined ? "" : `, because ${withheld.because}: ${withheld.remedy}`;
  if (credentials === undefined && withheld !== undefined)
    return [...notes, `no credentials are sent to ${where}${because}`];
  if (credentials === undefined) {
    return [
      ...notes,
      `no credentials were sent to ${where}: put them into the index's URL, into \`PINION_INDEX_<NAME>_USERNAME\` and \`PINION_INDEX_<NAME>_PASSWORD\`, or into \`~/.netrc\``,
    ];
  }
  if (credentials.lacksPassword) {
    return [
      ...notes,
      withheld === undefined
        ? `only a user name, without a password, was sent to ${where}, from ${credentials.source}: add the password there, or put both into \`~/.netrc\``
        : `only a user name, without a password, was sent to ${where}, from ${credentials.source}; no other credentials are sent there${because}`,
    ];
  }
  return [
    `the credentials from ${credentials.source} (user \`${excerpt(credentials.username)}\`) were sent to ${where} and refused`,
    ...notes,
  ];
}

const NO_NOTES: CredentialNotes = { statements: [] };

/** What the server says about the problem: RFC 9457's title and detail, or the first line of a short plain text. */
function serverMessage(response: RawResponse, text: string): string {
  const type = response.headers["content-type"] ?? "";
  if (JSON_TYPE.test(type)) return problemText(text);
  return PLAIN_TYPE.test(type) ? excerpt(text.split("\n")[0] ?? "") : "";
}

interface ClientCertificateProblem {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hints: readonly Hint[];
}

/** nginx asks for a certificate in the handshake, and says only in a page what it thinks of the answer. */
function clientCertificateProblem(text: string): ClientCertificateProblem | undefined {
  if (text.includes("<title>400 No required SSL certificate was sent</title>")) {
    return {
      code: "tls/client-certificate-required",
      words: "the server demands a client certificate, and none was shown",
      hints: [{ kind: "set-client-certificate" }],
    };
  }
  // nginx and Apache, for plain HTTP to their TLS ports.
  if (PLAIN_TO_TLS.test(text)) {
    return {
      code: "net/http-status",
      words: "the port speaks TLS",
      hints: ["write `https://` instead of `http://`"],
    };
  }
  if (!text.includes("<title>400 The SSL certificate error</title>")) return undefined;
  return {
    code: "tls/client-certificate-rejected",
    words: "the server rejects the client certificate",
    hints: [{ kind: "check-client-certificate" }],
  };
}

/** The beginning of a string that may explain a status; nothing of what is not a string. */
async function readBeginning(response: RawResponse): Promise<string> {
  const type = response.headers["content-type"] ?? "";
  if (!JSON_TYPE.test(type) && !PLAIN_TYPE.test(type) && !(response.status === 400 && HTML_TYPE.test(type))) {
    await response.discard();
    return "";
  }
  let text = "";
  try {
    for await (const chunk of response.body) {
      text += chunk.toString("utf8");
      if (text.length > MAX_MESSAGE_BYTES) break;
    }
  } catch {
    // The status is the failure; that its body is truncated adds nothing.
  }
  return text;
}

function problemText(text: string): string {
  let problem: unknown;
  try {
    problem = JSON.parse(text);
  } catch {
    return "";
  }
  if (typeof problem !== "object" || problem === null) return "";
  const fields = new Map<string, unknown>(Object.entries(problem));
  const parts = ["title", "detail", "message"].map((name) => fields.get(name));
  return excerpt(parts.filter((part): part is string => typeof part === "string" && part !== "").join(", "));
}

const LATE_HINT =
  "if the server demands the client certificate for this path only: under TLS 1.3 that needs post-handshake authentication, which Node lacks; the server has to accept TLS 1.2 too, or to ask in the first handshake";
const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, "index/auth-required"],
  [403, "index/forbidden"],
  [407, "net/proxy-auth-required"],
]);
const PLAIN_TO_TLS = /plain HTTP request was sent to HTTPS port|plain HTTP to an SSL-enabled server port/;
const JSON_TYPE = /^application\/(?:[a-z.+-]+\+)?json\b/i;
const PLAIN_TYPE = /^text\/plain\b/i;
const HTML_TYPE = /^text\/html\b/i;
const MAX_MESSAGE_BYTES = 16 * 1024;
