// Asks a server over HTTP as a command would: status, redirects, authentication, the clock, and whether the answer is a
// page of a package index (PEP 503, 629, 691). Reads the beginning of one or two pages, never all of them.

import type { IncomingHttpHeaders } from "node:http";

import { isPinionError, PinionError } from "../../errors.ts";
import { createClient, type ClientResponse } from "../../net/client.ts";
import type { ClientSettings } from "../../net/client-settings.ts";
import { schemesOf } from "../../net/proxies/proxy-challenges.ts";
import { excerpt, redactUrl } from "../../net/url.ts";
import { recognizeIndex } from "../../registry/pages/index-recognition.ts";
import { PAGE_ACCEPT } from "../../registry/pages/simple.ts";
import type { HttpReport } from "./examination.ts";
import type { Target } from "./subject.ts";

export interface Answered {
  readonly http: HttpReport | undefined;
  /** Why a command could not go on with this answer. */
  readonly failure: PinionError | undefined;
  readonly durationMs: number;
}

/** Asks for the target's page; a bare host is only asked whether it speaks HTTP. */
export async function askServer(
  target: Target,
  settings: Omit<ClientSettings, "onEvent" | "retries">,
  signal: AbortSignal | undefined,
): Promise<Answered> {
  const started = performance.now();
  const redirects: { status: number; to: string }[] = [];
  let credentials: string | undefined;
  const seen = (): Seen => ({ redirects, ...(credentials === undefined ? {} : { credentials }) });
  const client = createClient({
    ...settings,
    retries: 0,
    onEvent: (event) => {
      if (event.kind === "redirect") redirects.push({ status: event.status, to: event.target });
      if (event.kind === "request" && event.credentials !== undefined) credentials = event.credentials;
    },
  });
  const ask = async (address: URL): Promise<Page> => {
    const response = await client.request(address, {
      headers: { accept: PAGE_ACCEPT },
      body: "stream",
      accept: ACCEPTED_STATUSES,
      signal,
    });
    return { response, beginning: await readBeginning(response) };
  };
  try {
    const page = await askForIndex(target, ask);
    const http = describeAnswer(page, seen());
    return { http, failure: problemOf(target, http), durationMs: performance.now() - started };
  } catch (error) {
    if (!isPinionError(error) || error.code === "net/cancelled") throw error;
    const http = describeRefusal(error, seen());
    return {
      http,
      failure: target.kind === "host" && http !== undefined ? undefined : error,
      durationMs: performance.now() - started,
    };
  } finally {
    client.close();
  }
}

interface Page {
  readonly response: ClientResponse;
  /** Decoded, as far as it was read. */
  readonly beginning: string;
}

type Seen = Pick<HttpReport, "redirects" | "credentials">;

/** Many indexes list no projects at their root; then a page of a project that nearly every index has shows more. */
async function askForIndex(target: Target, ask: (address: URL) => Promise<Page>): Promise<Page> {
  const root = await ask(target.address);
  if (target.kind !== "index" || root.response.status !== 404) return root;
  const project = await ask(new URL(PROBE_PROJECT, target.address));
  return project.response.status === 404 ? root : project;
}

async function readBeginning(response: ClientResponse): Promise<string> {
  let text = "";
  for await (const chunk of response.body) {
    text += chunk.toString("utf8");
    if (text.length >= MAX_BEGINNING) break;
  }
  return text.slice(0, MAX_BEGINNING);
}

function describeAnswer({ response, beginning }: Page, seen: Seen): HttpReport {
  const { status, url, headers, demandsLateCertificate } = response;
  const recognized = status < 300 ? recognizeIndex(beginning, headers["content-type"]) : undefined;
  const index = recognized === undefined ? undefined : { ...recognized, url: redactUrl(url) };
  const title = index === undefined ? /<title[^>]{0,100}>([^<]{1,200})/i.exec(beginning)?.[1] : undefined;
  return {
    ...describeHead(redactUrl(url), status, headers),
    ...seen,
    ...(demandsLateCertificate === undefined ? {} : { demandsLateCertificate }),
    ...(index === undefined ? {} : { index }),
    ...(title === undefined ? {} : { title: excerpt(title) }),
  };
}

function describeHead(
  url: string,
  status: number,
  headers: IncomingHttpHeaders,
): Omit<HttpReport, "redirects" | "credentials"> {
  const contentType = headers["content-type"];
  const server: unknown = headers["server"];
  const told = Date.parse(headers.date ?? "");
  const offset = Math.round((told - Date.now()) / 1000);
  return {
    url,
    status,
    ...(contentType === undefined ? {} : { contentType: excerpt(contentType) }),
    ...(typeof server === "string" ? { server: excerpt(server) } : {}),
    authentication: schemesOf(headers["www-authenticate"]),
    ...(Number.isNaN(told) ? {} : { clockOffsetSeconds: offset }),
  };
}

/** A status that the client takes for a failure still says what the server is. */
function describeRefusal(error: PinionError, seen: Seen): HttpReport | undefined {
  const { status, url, challenge } = error.details;
  if (typeof status !== "number" || typeof url !== "string" || error.code.startsWith("net/proxy"))
    return undefined;
  return {
    url,
    status,
    ...seen,
    authentication: schemesOf(typeof challenge === "string" ? challenge : ""),
  };
}

function problemOf(target: Target, http: HttpReport): PinionError | undefined {
  if (target.kind === "host") return undefined;
  const { status, url } = http;
  if (status === 404 && target.kind === "index") {
    return new PinionError("index/not-an-index", `There is no index at \`${url}\`: it answers 404`, {
      details: { url, status },
      hints: [CHECK_PATH],
    });
  }
  if (status >= 400) {
    const hints = status === 404 && !IN_INDEX.test(new URL(url).pathname) ? [CHECK_PATH] : [];
    return new PinionError("net/http-status", `\`${url}\` answered: ${status}`, {
      details: { url, status },
      hints,
    });
  }
  if (target.kind === "address" || http.index !== undefined) return undefined;
  const from = target.address.host;
  const isElsewhere = http.redirects.length > 0 && URL.canParse(url) && new URL(url).host !== from;
  const what =
    http.title === undefined
      ? (http.contentType ?? "something without a type")
      : `the page \`${http.title}\``;
  return new PinionError(
    "index/not-an-index",
    `\`${target.url}\` is not a package index: it answers with ${what}`,
    {
      details: { url, status, contentType: http.contentType },
      hints: isElsewhere
        ? [`it leads to \`${url}\`, as the login page of a network does: open it in a browser and log in`]
        : [CHECK_PATH],
    },
  );
}

/** 401 is left to the client, which then looks for credentials. */
const ACCEPTED_STATUSES: readonly number[] = Array.from({ length: 200 }, (_, at) => 400 + at).filter(
  (status) => status !== 401 && status !== 403 && status !== 407,
);
const CHECK_PATH = "check the path of the URL: most indexes end in `/simple/`";
/** A page inside an index: what is not there is a project or a file. */
const IN_INDEX = /\/simple\/./;
const PROBE_PROJECT = "pip/";
/** Index and login pages say what they are in their first lines; pypi.org's list has 40 MB. */
const MAX_BEGINNING = 64 * 1024;
