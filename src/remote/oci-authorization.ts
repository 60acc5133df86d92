// Who we are to an OCI registry: basic credentials, or a token that its challenge says where to get.
// https://distribution.github.io/distribution/spec/auth/token/

import { PinionError } from "../errors.ts";
import { excerpt } from "../net/url.ts";
import type { Exchanger, ExchangeRequest, FetchAnswer, FetchRequest, TextAnswer } from "./exchange.ts";

/** Sends requests with what the registry has asked for so far; after a 401 learns more, once for each request. */
export class OciAuthorization {
  readonly #exchanger: Exchanger;
  /** The value of the `Authorization` header, as a function so that nothing prints it by accident. */
  readonly #basic: (() => string) | undefined;
  readonly #registry: URL;
  #header: string | undefined;
  #learning: Promise<string | undefined> | undefined;

  constructor(options: {
    readonly exchanger: Exchanger;
    /** Undefined for anonymous access. */
    readonly basic: (() => string) | undefined;
    readonly registry: URL;
  }) {
    this.#exchanger = options.exchanger;
    this.#basic = options.basic;
    this.#registry = options.registry;
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const first = await this.#exchanger.fetch(this.#signed(request));
    if (first.status !== 401) return first;
    await first.discard();
    await this.#learn(first, request.signal);
    return await this.#exchanger.fetch(this.#signed(request));
  }

  async sendForText(request: ExchangeRequest): Promise<TextAnswer> {
    const first = await this.#exchanger.sendForText(this.#signed(request));
    if (first.status !== 401) return first;
    await this.#learn(first, request.signal);
    return await this.#exchanger.sendForText(this.#signed(request));
  }

  /** Requests under way at once share one answer to the challenge. @throws cache/remote where there is nothing more to say */
  async #learn({ headers }: Pick<FetchAnswer, "headers">, signal: AbortSignal): Promise<void> {
    const sent = this.#header;
    const challenge = headers["www-authenticate"] ?? "";
    this.#learning ??= this.#answer(challenge, signal).finally(() => (this.#learning = undefined));
    const header = await this.#learning;
    if (header === undefined || header === sent) throw refused(this.#registry);
    this.#header = header;
  }

  #signed<Request extends { readonly headers?: Readonly<Record<string, string>> }>(
    request: Request,
  ): Request {
    if (this.#header === undefined) return request;
    return { ...request, headers: { ...request.headers, authorization: this.#header } };
  }

  async #answer(challenge: string, signal: AbortSignal): Promise<string | undefined> {
    const [scheme = "", ...rest] = challenge.trim().split(/\s+/);
    const basic = this.#basic?.();
    if (scheme.toLowerCase() === "basic") return basic;
    if (scheme.toLowerCase() !== "bearer") return undefined;
    const parameters = readParameters(rest.join(" "));
    const realm = parameters.get("realm") ?? "";
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    // A registry must not send our credentials over an unencrypted connection.
    if (url === undefined || (url.protocol !== "https:" && url.origin !== this.#registry.origin))
      return undefined;
    for (const name of ["service", "scope"]) {
      const value = parameters.get(name);
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers = basic === undefined ? {} : { authorization: basic };
    const { status, text } = await this.#exchanger.sendForText({ method: "GET", url, headers, signal });
    const token = status === 200 ? readToken(text) : undefined;
    return token === undefined ? undefined : `Bearer ${token}`;
  }
}

/** `name="value"` and `name=value`, separated by commas (RFC 9110 section 11.2). */
function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain] of text
    .slice(0, MAX_CHALLENGE)
    .matchAll(/([\w-]+)=(?:"([^"]*)"|([^\s,"]+))/g))
    parameters.set(name.toLowerCase(), quoted ?? plain ?? "");
  return parameters;
}

function readToken(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null) return undefined;
    const { token, access_token: accessToken } = answer as { token?: unknown; access_token?: unknown };
    const value = token ?? accessToken;
    // Nothing that could end the header early.
    return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function refused(registry: URL): PinionError {
  const host = excerpt(registry.host);
  return new PinionError(
    "cache/remote",
    `The registry \`${host}\` refused the credentials for the shared cache`,
    {
      details: { store: host, status: 401 },
    },
  );
}

/** Headers are bounded by the runtime; a challenge takes a few hundred characters. */
const MAX_CHALLENGE = 4096;
