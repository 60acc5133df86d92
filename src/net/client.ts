// The HTTP client of one run: pooled verified connections, redirects, retries, credentials, bounded answers.
// Policy: docs/network.md, "HTTP".

import type { ClientSettings, Clock } from "./client-settings.ts";
import { setMaxListeners } from "node:events";
import type { IncomingHttpHeaders } from "node:http";

import { GatheredBytes } from "../base/streams/gathered-bytes.ts";
import { PinionError } from "../errors.ts";
import type { Credentials, CredentialSource } from "./credentials/auth.ts";
import { sleep } from "./deadline.ts";
import { rememberingLookup } from "./connections/dial.ts";
import { isRetryable } from "./failures.ts";
import { protectionOf, weakestOf, type Protection } from "./protection.ts";
import { firstHop, isSecretHeader, nextHop, type Hop } from "./http/redirect.ts";
import type { Pour } from "./http/http1.ts";
import { delayBeforeRetry, isRetryableStatus } from "./http/retry.ts";
import type { BodyMemory, LargeBodyTurn, OutgoingRequest, RawResponse } from "./http/exchange.ts";
import { createSender, type Sender } from "./http/send.ts";
import { statusFailure } from "./http/status-failure.ts";
import { parseHttpUrl, redactUrl } from "./url.ts";

export interface RequestOptions {
  readonly method?: "GET" | "HEAD" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `identity` for what is checked by its digest, and for ranges; `any` by default. */
  readonly encoding?: "identity" | "any" | undefined;
  /** `whole`, the default: read, and retried as one, before the promise resolves. `stream`: read it to its end. */
  readonly body?: "whole" | "stream" | undefined;
  /** Of the decoded body; 128 MiB for a whole one, without bound for a stream. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Further attempts after the first, where fewer than the client's make sense. */
  readonly retries?: number | undefined;
  /** The URL of the index whose page listed this URL, or whose page it is, without credentials. */
  readonly listedBy?: string | undefined;
  /** Statuses from 400 that are answers and not errors. */
  readonly accept?: readonly number[] | undefined;
  /** For a `whole` body of which many may come at once: the promise resolves with the turn, if the body is large. */
  readonly largeBody?: LargeBodyTurn | undefined;
  /** See {@link OutgoingRequest.memory}. */
  readonly memory?: BodyMemory | undefined;
}

export interface ClientResponse {
  readonly status: number;
  /** The final URL, without credentials. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the weakest step, redirects included. */
  readonly protection: Protection;
  /** The server demanded the client certificate after the handshake, and got it over TLS 1.2. */
  readonly demandsLateCertificate?: true;
  /** Decoded, bounded, and complete or it throws. A stream holds its connection: read it to its end, or `discard` it. */
  readonly body: AsyncIterable<Buffer>;
  /** All of the body, piece by piece, instead of `body`: for large ones, since it costs a fraction. */
  readonly pour: Pour;
  /** Ends a response whose body is not wanted. */
  discard(): Promise<void>;
  bytes(): Promise<Buffer>;
  text(): Promise<string>;
}

export interface Client {
  /**
   * Sends a request and follows redirects.
   *
   * @throws `net/http-status` for a status from 400 that is not in `accept` (401: `index/auth-required`, 403:
   * `index/forbidden`, 407: `net/proxy-auth-required`), `net/offline`, `net/redirect-loop`, `net/too-large`,
   * `net/malformed-response`, `net/invalid-url`, and whatever opening a connection throws
   */
  request(url: string | URL, options?: RequestOptions): Promise<ClientResponse>;
  /** How an answer of this URL has to come to be used for it later: redirects may only weaken it. */
  protectionOf(url: string | URL): Protection;
  /**
   * The weakest protection of everything that was requested, or looked up in the cache by {@link protectionOf}, until now:
   * what a build makes from it is not better than that.
   */
  readonly weakest: Protection;
  /** Closes every connection; what is under way fails with `net/cancelled`. */
  close(): void;
}

/** Makes a client. It opens nothing before the first request. */
export function createClient(settings: ClientSettings): Client {
  return new HttpClient(settings);
}

class HttpClient implements Client {
  readonly #settings: ClientSettings;
  readonly #clock: Clock;
  readonly #sender: Sender;
  #weakest: Protection = "verified";

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#clock = settings.clock ?? SYSTEM_CLOCK;
    this.#sender = createSender({ ...settings, lookup: rememberingLookup(settings.lookup) });
  }

  async request(url: string | URL, options: RequestOptions = {}): Promise<ClientResponse> {
    let hop = firstHop(parseHttpUrl(url), options.headers ?? {});
    if (this.#settings.isOffline === true) throw offline(hop);
    // One signal ends a hundred transfers: the runtime would warn of a leak from the eleventh on.
    if (options.signal !== undefined) setMaxListeners(0, options.signal);
    const steps: Protection[] = [];
    for (;;) {
      const response = await this.#sendUntilAnswered(hop, options);
      steps.push(response.protection);
      this.#weakest = weakestOf([this.#weakest, response.protection]);
      const next = nextHop(hop, response);
      if (next === undefined) return { ...response, protection: weakestOf(steps) };
      const [from, target] = [redactUrl(hop.url), redactUrl(next.url)];
      this.#settings.onEvent?.({ kind: "redirect", url: from, target, status: response.status });
      if (hop.url.protocol === "https:" && next.url.protocol === "http:")
        this.#settings.onEvent?.({ kind: "downgrade", from: hop.url.origin, to: next.url.origin });
      hop = next;
    }
  }

  protectionOf(url: string | URL): Protection {
    const protection = protectionOf(new URL(url), this.#settings);
    this.#weakest = weakestOf([this.#weakest, protection]);
    return protection;
  }

  get weakest(): Protection {
    return this.#weakest;
  }

  close(): void {
    this.#sender.close();
  }

  async #sendUntilAnswered(hop: Hop, options: RequestOptions): Promise<HopResponse> {
    const most = this.#settings.retries ?? DEFAULT_RETRIES;
    const retries = Math.min(options.retries ?? most, most);
    for (let attempt = 1; ; attempt++) {
      let retryAfter: string | undefined;
      let reason: string;
      try {
        const response = await this.#sendWithCredentials(hop, options);
        const isFinal = attempt > retries || !isRetryableStatus(response.status);
        if (isFinal || options.accept?.includes(response.status) === true) {
          const source = this.#settings.credentials;
          const retried = isRetryableStatus(response.status) ? attempt - 1 : 0;
          return await settle(response, { options, source, retries: retried });
        }
        retryAfter = response.headers["retry-after"];
        reason = `status ${response.status}`;
        await response.discard();
      } catch (error) {
        if (!isRetryable(error)) throw error;
        if (attempt > retries) throw afterRetries(error, retries);
        reason = error.message;
      }
      const random = this.#clock.random();
      const delayMs = delayBeforeRetry(attempt, { retryAfter, nowMs: this.#clock.now(), random });
      this.#settings.onEvent?.({ kind: "retry", url: redactUrl(hop.url), attempt, delayMs, reason });
      await this.#clock.sleep(delayMs, options.signal);
    }
  }

  /** Sends with what is known; after a 401 asks for more, once. */
  async #sendWithCredentials(hop: Hop, options: RequestOptions): Promise<RawResponse> {
    const source = this.#settings.credentials;
    const first =
      hop.credentials ?? (hop.hasLeft ? undefined : await source?.known(hop.url, options.listedBy));
    const response = await this.#sender.send(outgoing(hop, options, first));
    if (response.status !== 401 || source === undefined || options.accept?.includes(401) === true)
      return response;
    const second = hop.hasLeft
      ? await source.forHost(hop.url)
      : await source.challenged(hop.url, first, options.listedBy);
    if (second === undefined || second.authorization() === first?.authorization()) return response;
    await response.discard();
    return this.#sender.send(outgoing(hop, options, second));
  }
}

interface HopResponse extends ClientResponse {
  readonly location: string | undefined;
  readonly hadCredentials: boolean;
}

function outgoing(hop: Hop, options: RequestOptions, credentials: Credentials | undefined): OutgoingRequest {
  const isStream = options.body === "stream";
  return {
    url: hop.url,
    method: options.method ?? "GET",
    headers: hop.headers,
    credentials,
    encoding: options.encoding ?? "any",
    maxBytes: options.maxBytes ?? (isStream ? Number.POSITIVE_INFINITY : MAX_WHOLE_BYTES),
    signal: options.signal,
    largeBody: options.largeBody,
    memory: options.memory,
  };
}

async function settle(
  response: RawResponse,
  {
    options,
    source,
    retries,
  }: {
    readonly options: RequestOptions;
    readonly source: CredentialSource | undefined;
    /** How often it was asked again. */
    readonly retries: number;
  },
): Promise<HopResponse> {
  const { status, headers, credentials } = response;
  if (status >= 400 && options.accept?.includes(status) !== true) {
    const notes = await source?.notes?.(response.url, options.listedBy);
    throw afterRetries(await statusFailure(response, notes), retries);
  }
  const isRedirect = status >= 300 && status < 400 && headers.location !== undefined;
  if (isRedirect) await response.discard();
  const whole = options.body === "stream" || isRedirect ? undefined : await response.whole();
  const bytes = whole === undefined ? () => collect(response.body) : () => Promise.resolve(whole);
  return {
    status,
    url: response.url.href,
    headers,
    protection: response.protection,
    ...(response.lateCertificate === "shown" ? { demandsLateCertificate: true } : {}),
    body: whole === undefined ? response.body : one(whole),
    pour: whole === undefined ? response.pour : async (take) => take(whole),
    discard: () => (whole === undefined ? response.discard() : Promise.resolve()),
    bytes,
    text: async () => (await bytes()).toString("utf8"),
    location: headers.location,
    hadCredentials: credentials !== undefined || Object.keys(options.headers ?? {}).some(isSecretHeader),
  };
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const gathered = new GatheredBytes();
  for await (const chunk of body) gathered.add(chunk);
  return gathered.bytes();
}

function afterRetries(error: PinionError, retries: number): PinionError {
  if (retries === 0) return error;
  const { code, details, hints } = error;
  const message = `${error.message} (after ${retries} ${retries === 1 ? "retry" : "retries"})`;
  return new PinionError(code, message, { details: { ...details, retries }, hints, cause: error.cause });
}

function offline(hop: Hop): PinionError {
  const url = redactUrl(hop.url);
  return new PinionError("net/offline", `Cannot fetch \`${url}\`: the network is disabled`, {
    details: { url },
    hints: [{ kind: "go-online" }],
  });
}

const SYSTEM_CLOCK: Clock = { now: () => Date.now(), sleep, random: () => Math.random() };
const DEFAULT_RETRIES = 3;

// pypi.org's list of all projects, the largest page there is, has about 40 MB.
const MAX_WHOLE_BYTES = 128 * 1024 * 1024;
