// `fetch` whose connections are verified as Pinion's own. Requests and answers are the runtime's; what is between them is
// `node:https` with our agent. https://fetch.spec.whatwg.org/#http-network-or-cache-fetch

import { request as httpRequest, type Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";

import { isPinionError, PinionError } from "../errors.ts";
import { ACCEPT_ENCODING, areKnownCodings, decodeBody, parseContentEncoding } from "../net/http/body.ts";
import { isRedirect, isSecretHeader } from "../net/http/redirect.ts";
import { isSameOrigin, redactUrl } from "../net/url.ts";
import { createAgent, createPlainAgent, type AgentOptions } from "./agent.ts";
import { readRequestBody, type RequestBody } from "./request-body.ts";

/** A `fetch`, and the end of its connections. */
export interface VerifyingFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  close(): void;
}

/**
 * Makes a `fetch`. A refused certificate rejects with a `TypeError` whose `cause` is the `PinionError`, as the runtime's
 * own `fetch` does with its causes. `data:` and `blob:` URLs, which need no connection, are the runtime's.
 *
 * @example
 * const fetch = createFetch({ trust: loadTrust({ env: process.env, home: homedir() }) });
 * const page = await (await fetch("https://pypi.corp.example/simple/flask/")).text();
 */
export function createFetch(options: AgentOptions): VerifyingFetch {
  const agent = createAgent(options);
  // A redirect must not choose who sees the client certificate.
  const { clientCertificate, ...others } = options;
  const elsewhere = clientCertificate === undefined ? agent : createAgent(others);
  const plain = createPlainAgent(others);
  const verifying = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { protocol } = new URL(request.url);
    if (WITHOUT_CONNECTION.has(protocol)) return await runtimeFetch(request);
    try {
      if (protocol !== "https:" && protocol !== "http:") throw unknownScheme(protocol);
      return await follow(request, init?.body, { agent, elsewhere, plain });
    } catch (cause) {
      request.signal.throwIfAborted();
      throw new TypeError("fetch failed", { cause });
    }
  };
  const close = (): void => {
    agent.destroy();
    elsewhere.destroy();
    plain.destroy();
  };
  return Object.assign(verifying, { close });
}

/** For the origin that was asked, and for those to which redirects lead. */
interface Agents {
  readonly agent: ReturnType<typeof createAgent>;
  readonly elsewhere: ReturnType<typeof createAgent>;
  /** Without TLS. */
  readonly plain: ReturnType<typeof createPlainAgent>;
}

async function follow(
  request: Request,
  given: RequestInit["body"],
  { agent, elsewhere, plain }: Agents,
): Promise<Response> {
  const { origin } = new URL(request.url);
  let hop = {
    url: new URL(request.url),
    method: request.method,
    headers: new Headers(request.headers),
    body: await readRequestBody(request, given),
  };
  for (let redirects = 0; ; redirects++) {
    const verifying = hop.url.origin === origin ? agent : elsewhere;
    const chosen = hop.url.protocol === "https:" ? verifying : plain;
    const answer = await send(hop, { agent: chosen, signal: request.signal });
    const status = answer.statusCode ?? 0;
    const { location } = answer.headers;
    if (!isRedirect(status) || location === undefined || request.redirect === "manual")
      return responseOf(answer, hop, { isRedirected: redirects > 0, signal: request.signal });
    discard(answer);
    if (request.redirect === "error" || redirects === MAX_REDIRECTS) throw redirectRefused(hop.url);
    const url = new URL(location, hop.url);
    if (url.protocol !== "https:" && url.protocol !== hop.url.protocol) throw redirectRefused(hop.url);
    const headers = new Headers(hop.headers);
    if (!isSameOrigin(url, hop.url))
      for (const name of [...headers.keys()].filter(isSecretHeader)) headers.delete(name);
    const becomesGet = (status === 303 && hop.method !== "HEAD") || (status <= 302 && hop.method === "POST");
    if (becomesGet) for (const name of BODY_HEADERS) headers.delete(name);
    if (!becomesGet && hop.body?.isOneTime === true) throw bodyIsGone(hop.url);
    hop = { url, method: becomesGet ? "GET" : hop.method, headers, body: becomesGet ? undefined : hop.body };
  }
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestBody | undefined;
}

function send(
  { url, method, headers, body }: Hop,
  { agent, signal }: { readonly agent: HttpAgent; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const defaults = { accept: "*/*", "accept-encoding": ACCEPT_ENCODING };
    const sent = { ...defaults, ...Object.fromEntries(headers), ...framingOf(body, headers) };
    const outgoing = start(url, { method, headers: sent, signal, agent });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    if (body === undefined) outgoing.end();
    else {
      const source = body.open();
      source.on("error", (error) => outgoing.destroy(error));
      outgoing.once("close", () => source.destroy());
      source.pipe(outgoing);
    }
  });
}

/** Stated for every method: the runtime adds none to some, and what follows would be read as another request. */
function framingOf(body: RequestBody | undefined, headers: Headers): Readonly<Record<string, string>> {
  if (body?.length !== undefined) return { "content-length": String(body.length) };
  if (body === undefined || headers.has("content-length")) return {};
  return { "transfer-encoding": "chunked" };
}

function responseOf(
  answer: IncomingMessage,
  hop: Hop,
  { isRedirected, signal }: { readonly isRedirected: boolean; readonly signal: AbortSignal },
): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headersDistinct))
    for (const entry of value ?? []) headers.append(name, entry);
  const status = answer.statusCode ?? 0;
  const hasBody = hop.method !== "HEAD" && !BODILESS.has(status);
  if (!hasBody && status === RESET_CONTENT) discard(answer);
  else if (!hasBody) answer.resume();
  const body = hasBody ? Readable.toWeb(ended(decoded(answer, headers, redactUrl(hop.url)), signal)) : null;
  const response = orEnd(answer, () => {
    const { statusMessage: statusText = "" } = answer;
    return new Response(body, { status, statusText, headers });
  });
  Object.defineProperty(response, "url", { value: hop.url.href });
  Object.defineProperty(response, "redirected", { value: isRedirected });
  return response;
}

/** Leaves a body unread. One that is long, or could be, ends its connection: it would be received for as long as the server likes. */
function discard(answer: IncomingMessage): void {
  const length = answer.headers["content-length"];
  if (length !== undefined && Number(length) <= MAX_DISCARDED_BYTES) answer.resume();
  else answer.destroy();
}

/** Ends the connection where an answer cannot be made into a value, such as one with a status that no `Response` has. */
function orEnd<T>(answer: IncomingMessage, make: () => T): T {
  try {
    return make();
  } catch (error) {
    answer.destroy();
    throw error;
  }
}

/** A body that is cut off fails as that of the runtime's own `fetch`: by the signal's reason, or by a `TypeError`. */
function ended(body: Readable, signal: AbortSignal): Readable {
  async function* pieces(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      signal.throwIfAborted();
      if (isPinionError(cause)) throw cause;
      throw new TypeError("terminated", { cause });
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}

/** A body whose coding is not known stays as it is, as in the runtime's own `fetch`. */
function decoded(answer: IncomingMessage, headers: Headers, url: string): Readable {
  const header = headers.get("content-encoding") ?? undefined;
  if (header === undefined || !areKnownCodings(header)) return answer;
  // Each coding has a bound by what came of it.
  const limits = { url, maxBytes: Infinity };
  const codings = orEnd(answer, () => parseContentEncoding(header, limits));
  if (codings.length === 0) return answer;
  const encoded: AsyncIterable<Buffer> = answer;
  const body = codings.reduceRight((source, coding) => decodeBody(source, coding, limits), encoded);
  return Readable.from(body, { objectMode: false });
}

function bodyIsGone(url: URL): PinionError {
  const shown = redactUrl(url);
  return new PinionError(
    "net/redirect-loop",
    `The redirect from ${shown} is not followed: the request's body is a stream, which can be sent once`,
    { details: { url: shown } },
  );
}

function unknownScheme(protocol: string): PinionError {
  return new PinionError("net/invalid-url", `Cannot fetch a URL that begins with \`${protocol}\``, {
    hints: ["`https:`, `http:`, `data:` and `blob:` are possible"],
  });
}

function redirectRefused(url: URL): PinionError {
  const shown = redactUrl(url);
  return new PinionError("net/redirect-loop", `The redirect from ${shown} is not followed`, {
    details: { url: shown },
  });
}

/** Taken here because a program may put a verifying `fetch` in its place. */
const runtimeFetch = globalThis.fetch;
const WITHOUT_CONNECTION: ReadonlySet<string> = new Set(["data:", "blob:"]);
/** The only one of these statuses with which a server can send a body. */
const RESET_CONTENT = 205;
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);
const BODY_HEADERS = ["content-encoding", "content-language", "content-location", "content-type"] as const;

/** https://fetch.spec.whatwg.org/#http-redirect-fetch, step 6. */
const MAX_REDIRECTS = 20;

/** The page of a redirect has some hundred bytes; reading them spares a connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;
