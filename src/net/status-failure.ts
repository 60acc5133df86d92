// A status that is no success, as an error: which address, what the server says besides, what to do.

import { PinionError, type ErrorCode } from "../errors.ts";
import type { Credentials } from "./auth.ts";
import type { RawResponse } from "./raw-response.ts";
import { excerpt, redactUrl } from "./url.ts";

/** Explains an answer whose status is no success; reads the beginning of its body and ends it. */
export async function statusFailure(response: RawResponse): Promise<PinionError> {
  const { status, credentials } = response;
  const url = redactUrl(response.url);
  const line = excerpt(`${status} ${response.reason}`).trim();
  const said = await serverMessage(response);
  const code = CODES.get(status) ?? "net/http-status";
  const words = said === "" ? line : `${line} (${said})`;
  return new PinionError(code, `\`${url}\` answered: ${words}`, {
    details: {
      url,
      status,
      serverMessage: said,
      credentials: credentials?.source,
      challenge: excerpt(response.headers["www-authenticate"] ?? ""),
    },
    hints: hintsFor(status, credentials, response.url),
  });
}

function hintsFor(status: number, credentials: Credentials | undefined, url: URL): readonly string[] {
  if (status !== 401 && status !== 403) return [];
  const where = `\`${url.host}\``;
  if (credentials === undefined) {
    return [
      `no credentials were sent to ${where}: put them into the index's URL, into \`PINION_INDEX_<NAME>_USERNAME\` and \`PINION_INDEX_<NAME>_PASSWORD\`, or into \`~/.netrc\``,
    ];
  }
  return [
    `the credentials from ${credentials.source} (user \`${excerpt(credentials.username)}\`) were sent to ${where} and refused`,
  ];
}

/** What the server says about the problem: RFC 9457's title and detail, or the first line of a short plain text. */
async function serverMessage(response: RawResponse): Promise<string> {
  const type = response.headers["content-type"] ?? "";
  const isJson = /^application\/(?:[a-z.+-]+\+)?json\b/i.test(type);
  const isPlain = /^text\/plain\b/i.test(type);
  if (!isJson && !isPlain) {
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
    // The status is the failure; a body that is cut besides adds nothing.
  }
  return isJson ? problemText(text) : excerpt(text.split("\n")[0] ?? "");
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

const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, "index/auth-required"],
  [403, "index/forbidden"],
  [407, "net/proxy-auth-required"],
]);
const MAX_MESSAGE_BYTES = 16 * 1024;
