// Sends one request over the right connection and hands out its answer, decoded and bounded: no redirects, no retries.

import { hash } from "node:crypto";

import { madeOnce } from "../../base/work/once.ts";
import { isPinionError } from "../../errors.ts";
import { isHelpedByTrust } from "../../trust/policy.ts";
import { formatAnchorSource } from "../../trust/sources.ts";
import type { Anchor } from "../../trust/store.ts";
import type { ClientIdentity } from "../../trust/client-identity.ts";
import { formatName, tryParseCertificate } from "../../x509/certificates/certificate.ts";
import { credentialsInUrl, type Credentials } from "../credentials/auth.ts";
import { ACCEPT_ENCODING } from "./body.ts";
import { AcceptedChains } from "../connections/accepted-chains.ts";
import { connectOptionsFor } from "../connections/connect-options.ts";
import type { ClientSettings } from "../client-settings.ts";
import {
  explainEarlyEnd,
  explainFailure,
  openConnection,
  openForwardingConnection,
  type Connection,
  type ConnectOptions,
} from "../connections/connect.ts";
import { cancelled } from "../../base/work/cancelled.ts";
import type { Lookup } from "../connections/dial.ts";
import { Http1Connection } from "./http1.ts";
import { isRetryable } from "../failures.ts";
import { findInsecureHost, type InsecureHost } from "../connections/insecure-hosts.ts";
import type { FetchIssuer } from "../connections/intermediates.ts";
import { isPerhapsLate } from "../connections/late-certificate.ts";
import { PacScripts } from "../proxies/pac.ts";
import { ConnectionPool } from "../connections/pool.ts";
import { protectionOf } from "../protection.ts";
import { chooseProxy, type ProxyDecision, type ProxyRoute } from "../proxies/proxy.ts";
import { ProxyLogins, type LoginAttempt } from "../proxies/proxy-login.ts";
import { nameOfScheme, proxyRefusal } from "../proxies/proxy-refusal.ts";
import { readableResponse, wholeOf } from "./raw-response.ts";
import type { OutgoingRequest, RawResponse } from "./exchange.ts";
import { explainForwarding, explainPlainEnd } from "./explain-end.ts";
import { withoutSecrets } from "./redirect.ts";
import { HandshakeError } from "../connections/tls.ts";
import { bareUrl, endpointOf, redactUrl, type Endpoint } from "../url.ts";

export interface Sender {
  send(request: OutgoingRequest): Promise<RawResponse>;
  close(): void;
}

export type SenderSettings = ClientSettings & { readonly lookup: Lookup };

/** Makes a sender with a pool of its own. */
export function createSender(settings: SenderSettings): Sender {
  return new PooledSender(settings);
}

class PooledSender implements Sender {
  readonly #settings: SenderSettings;
  readonly #logins: ProxyLogins;
  readonly #pool: ConnectionPool;
  readonly #scripts: PacScripts;
  /** What the engine had to be shown for a way; it saves the next connection two handshakes. */
  readonly #helpers = new Map<string, readonly string[]>();
  readonly #failedWays = new Set<string>();
  readonly #looked = new Set<string>();
  readonly #chains = new AcceptedChains();
  /** Whether trust would help at an insecure host, by what it shows. */
  readonly #helped = new Map<string, boolean>();
  /** Origins that are spoken to over TLS 1.2, since they demand client certificates after the first handshake. */
  readonly #olderTls = new Set<string>();

  constructor(settings: SenderSettings) {
    this.#logins = settings.logins ?? new ProxyLogins();
    this.#settings = { ...settings, logins: this.#logins };
    this.#pool = new ConnectionPool(settings.concurrencyPerHost ?? DEFAULT_CONNECTIONS_PER_HOST);
    this.#scripts = new PacScripts((url, maxBytes) => fetchDirectly(url, maxBytes, settings));
  }

  close(): void {
    this.#scripts.close();
    this.#pool.close();
  }

  async send(request: OutgoingRequest): Promise<RawResponse> {
    const response = await this.#sendOnce(request);
    const { origin } = request.url;
    if (response.status !== 403 || this.#olderTls.has(origin)) return response;
    const [way] = await this.#waysTo(request);
    if (
      way === undefined ||
      !(await isPerhapsLate(response, way.endpoint, this.#connectOptions(way, request.signal)))
    )
      return response;
    this.#olderTls.add(origin);
    try {
      const again = await this.#sendOnce(request);
      await response.discard();
      return again.status === 403 ? again : { ...again, lateCertificate: "shown" };
    } catch (error) {
      if (!isPinionError(error) || error.code === "net/cancelled") throw error;
      this.#olderTls.delete(origin);
      return { ...response, lateCertificate: "not-shown" };
    }
  }

  async #waysTo(request: OutgoingRequest): Promise<readonly Way[]> {
    const decision = chooseProxy(request.url, this.#settings.proxy);
    const routes = await this.#scripts.waysFor(request.url, decision, request.signal);
    return routes.map((route) => this.#wayBy(request.url, route));
  }

  async #sendOnce(request: OutgoingRequest): Promise<RawResponse> {
    const ways = await this.#waysTo(request);
    // A script may name several ways; one that failed in this run is tried last.
    const ordered = ways.toSorted(
      (a, b) => Number(this.#failedWays.has(a.key)) - Number(this.#failedWays.has(b.key)),
    );
    let failure: unknown;
    const started = performance.now();
    for (const way of ordered) {
      // A script may name very many; proxies that say nothing must not hold a request for that many timeouts.
      if (performance.now() - started > SILENT_WAYS * way.connecting.timeoutMs) break;
      try {
        return await this.#sendBy(way, request);
      } catch (error) {
        if (ways.length === 1 || !isRetryable(error)) throw error;
        this.#failedWays.add(way.key);
        failure ??= error;
      }
    }
    throw failure;
  }

  async #sendBy(way: Way, request: OutgoingRequest): Promise<RawResponse> {
    const attempt = way.forwarder === undefined ? undefined : this.#logins.begin(way.forwarder);
    for (;;) {
      const connection = await this.#pool.acquire(
        way.key,
        (signal) => this.#open(way, signal),
        request.signal,
      );
      const { isNew } = connection;
      try {
        const response = await this.#exchange(connection, request, { ...way, attempt });
        if (response !== "reconnect") return response;
      } catch (error) {
        // The next connection may be just as stale; the pool holds few, and a new one never is, also where a proxy ends it in
        // the middle of a login.
        if (isNew || !connection.wasStale || !isPinionError(error, "net/reset")) throw error;
      }
    }
  }

  #wayBy(url: URL, route: ProxyDecision): Way {
    const { trust, insecureHosts = [] } = this.#settings;
    const endpoint = endpointOf(url);
    const insecure = endpoint.isTls ? findInsecureHost(insecureHosts, url) : undefined;
    const isOlder = this.#olderTls.has(url.origin);
    const connecting = {
      ...connectOptionsFor(url, this.#settings),
      ...(isOlder ? ({ maxVersion: "TLSv1.2" } as const) : {}),
    };
    const certificate = connecting.clientCertificate;
    const forwarder = route.kind === "proxy" && !endpoint.isTls && speaksHttp(route.url) ? route : undefined;
    const trustId = endpoint.isTls
      ? trust.idFor(endpoint.host, endpoint.port, contextOptions(certificate))
      : "";
    const place = forwarder === undefined ? url.origin : "forwarded";
    const proxy = route.kind === "proxy" ? route.url.href : "";
    const verification = insecure === undefined ? "on" : "off";
    const key = JSON.stringify([place, proxy, trustId, certificate?.id ?? "", verification, isOlder]);
    return { key, url, endpoint, route, forwarder, connecting, insecure };
  }

  async #open(way: Way, signal: AbortSignal): Promise<Http1Connection> {
    const silenceTimeoutMs = this.#settings.silenceTimeoutMs ?? DEFAULT_SILENCE_TIMEOUT_MS;
    const started = performance.now();
    const helpers = this.#helpers.get(way.key);
    const options = { ...this.#connectOptions(way, signal), helpers };
    if (way.forwarder !== undefined) {
      const socket = await openForwardingConnection(way.forwarder, options);
      return new Http1Connection(socket, endpointOf(way.forwarder.url), { silenceTimeoutMs });
    }
    const connection = await openConnection(way.endpoint, { ...options, reading: "landing" });
    if (connection.helpers.length > 0) this.#helpers.set(way.key, connection.helpers);
    this.#tellConnected(way, connection, performance.now() - started);
    const { socket, landing } = connection;
    return new Http1Connection(socket, way.endpoint, { silenceTimeoutMs, landing });
  }

  #connectOptions(way: Way, signal: AbortSignal | undefined): ConnectOptions {
    return {
      ...way.connecting,
      route: way.route,
      chains: this.#chains,
      ...(this.#settings.fetchesIntermediates === true ? { fetchIssuer: this.#fetchIssuer } : {}),
      signal,
    };
  }

  readonly #fetchIssuer: FetchIssuer = (url, maxBytes) => fetchPlainly(url, maxBytes, this);

  #tellConnected(way: Way, connection: Connection, durationMs: number): void {
    const { onEvent } = this.#settings;
    const scheme = way.route.kind === "proxy" ? this.#logins.acceptedBy(way.route) : undefined;
    onEvent?.({
      kind: "connected",
      url: way.url.origin,
      ...(scheme === undefined ? {} : { proxyLogin: nameOfScheme(scheme) }),
      ...(way.route.kind === "proxy" ? { proxy: redactUrl(way.route.url) } : {}),
      ...(connection.protocol === undefined ? {} : { protocol: connection.protocol }),
      ...(connection.anchor === undefined ? {} : { anchor: describeAnchor(connection.anchor) }),
      durationMs,
    });
    const [leaf] = connection.sent;
    if (way.insecure === undefined || leaf === undefined) return;
    const { host, port } = way.endpoint;
    const fingerprint = hash("sha256", leaf, "hex");
    const { origin } = way.insecure;
    const peer = { sent: connection.sent, host, port, store: this.#settings.trust };
    const shown = `${host} ${port} ${fingerprint}`;
    const isHelped = madeOnce(this.#helped, shown, () => tryIsHelped(peer));
    onEvent?.({
      kind: "insecure-host",
      host,
      port,
      fingerprint,
      origin,
      isHelpedByTrust: isHelped,
    });
  }

  /** The answer; or the forwarding proxy wants a login and has closed the connection. */
  async #exchange(
    connection: Http1Connection,
    request: OutgoingRequest,
    way: Way & { readonly attempt: LoginAttempt | undefined },
  ): Promise<RawResponse | "reconnect"> {
    const { attempt } = way;
    const { signal, url, method } = request;
    const { onEvent } = this.#settings;
    const credentials = this.#credentialsFor(request, way);
    const onAbort = (): void => signal && connection.close(cancelled(signal));
    const settle = (): void => signal?.removeEventListener("abort", onAbort);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const started = performance.now();
    const shownUrl = redactUrl(url);
    onEvent?.({
      kind: "request",
      method,
      url: shownUrl,
      ...(credentials === undefined ? {} : { credentials: credentials.source }),
    });
    try {
      const sent = {
        method,
        target: way.forwarder === undefined ? `${url.pathname}${url.search}` : url.href,
        headers: this.#headersFor(request, way, credentials),
      };
      const response =
        attempt === undefined
          ? await connection.exchange(sent)
          : await this.#logins.exchange(connection, sent, attempt);
      if (response === "reconnect") {
        settle();
        connection.close();
        return response;
      }
      const durationMs = performance.now() - started;
      onEvent?.({ kind: "response", url: shownUrl, status: response.status, durationMs });
      if (attempt !== undefined && response.status === 407)
        throw await proxyRefusal(response, { route: attempt.route, target: url.host, connection, attempt });
      const protection = protectionOf(url, this.#settings);
      const forwardedBy = way.forwarder;
      return readableResponse(response, { request, credentials, protection, forwardedBy, settle });
    } catch (error) {
      settle();
      connection.close();
      throw await this.#explain(error, connection, way, signal);
    }
  }

  #explain(error: unknown, connection: Http1Connection, way: Way, signal: AbortSignal | undefined): unknown {
    const options = this.#connectOptions(way, signal);
    if (error instanceof HandshakeError) return explainFailure(error, options);
    if (!isPinionError(error)) return error;
    if (way.forwarder !== undefined) return explainForwarding(error, way.forwarder, way.url.host);
    if (!connection.isUnheard || error.code !== "net/reset" || signal?.aborted === true) return error;
    if (way.endpoint.isTls) return explainEarlyEnd(error, way.endpoint, options);
    return explainPlainEnd(error, way.endpoint, { ...options, looked: this.#looked });
  }

  /** Nothing secret goes to a host that is not verified, or past a project's proxy in clear, unless the user said that it may. */
  #credentialsFor(request: OutgoingRequest, way: Way): Credentials | undefined {
    if (!this.#withholds(way) || request.credentials === undefined) return request.credentials;
    const { host, port } = way.endpoint;
    const reader = way.insecure === undefined && way.route.kind === "proxy" ? way.route.url : undefined;
    this.#settings.onEvent?.({
      kind: "credentials-withheld",
      host,
      port,
      ...(reader === undefined ? {} : { proxy: redactUrl(reader) }),
    });
    return undefined;
  }

  #withholds({ insecure, endpoint, route }: Way): boolean {
    if (this.#settings.allowInsecureCredentials === true) return false;
    // Without TLS a proxy reads all that passes through it.
    const isReadByProject = !endpoint.isTls && route.kind === "proxy" && route.isOfProject === true;
    return insecure !== undefined || isReadByProject;
  }

  #headersFor(
    request: OutgoingRequest,
    way: Way,
    credentials: Credentials | undefined,
  ): Readonly<Record<string, string>> {
    const own = this.#withholds(way) ? withoutSecrets(request.headers) : request.headers;
    return {
      host: request.url.host,
      "user-agent": this.#settings.userAgent,
      accept: "*/*",
      "accept-encoding": request.encoding === "any" ? ACCEPT_ENCODING : "identity",
      ...own,
      ...(credentials === undefined ? {} : { authorization: credentials.authorization() }),
    };
  }
}

/** Everything that decides which connection a request may use. */
interface Way {
  readonly key: string;
  readonly url: URL;
  readonly endpoint: Endpoint;
  readonly route: ProxyDecision;
  /** The proxy that takes the request itself, for `http:` addresses. */
  readonly forwarder: ProxyRoute | undefined;
  readonly connecting: ReturnType<typeof connectOptionsFor> & Pick<ConnectOptions, "maxVersion">;
  readonly insecure: InsecureHost | undefined;
}

/** Fetches the certificates of issuers: without redirects, retries, or anything that a stranger should see. */
export function createIssuerFetcher(settings: SenderSettings): {
  readonly fetch: FetchIssuer;
  close(): void;
} {
  const sender = createSender(settings);
  return {
    fetch: (url, maxBytes, signal) => fetchPlainly(url, maxBytes, sender, signal),
    close: () => sender.close(),
  };
}

/** The first of the ways to a URL that a request would try, after the proxy script where there is one. */
export async function firstWayTo(url: URL, settings: SenderSettings): Promise<ProxyDecision> {
  const decision = chooseProxy(url, settings.proxy);
  const scripts = new PacScripts((script, maxBytes) => fetchDirectly(script, maxBytes, settings));
  const [first = decision] = await scripts.waysFor(url, decision);
  return first;
}

async function fetchPlainly(
  url: URL,
  maxBytes: number,
  sender: Sender,
  signal?: AbortSignal,
): Promise<Buffer> {
  const request = { url: bareUrl(url), method: "GET", headers: {}, encoding: "any", maxBytes } as const;
  return wholeOf(await sender.send({ ...request, credentials: undefined, signal }));
}

/** A proxy script's way is always direct: it says what the ways are. */
async function fetchDirectly(url: URL, maxBytes: number, settings: SenderSettings): Promise<Buffer> {
  const sender = createSender({ ...settings, proxy: {} });
  try {
    const request = { url: bareUrl(url), method: "GET", headers: {}, encoding: "any", maxBytes } as const;
    return await wholeOf(
      await sender.send({ ...request, credentials: credentialsInUrl(url), signal: undefined }),
    );
  } finally {
    sender.close();
  }
}

/** Trust that cannot be used is reported by what needs it; here nothing does. */
function tryIsHelped(peer: Parameters<typeof isHelpedByTrust>[0]): boolean {
  try {
    return isHelpedByTrust(peer);
  } catch (error) {
    if (isPinionError(error)) return false;
    throw error;
  }
}

function describeAnchor(anchor: Anchor): string {
  const subject = tryParseCertificate(anchor.der)?.subject;
  const name = subject === undefined ? "an anchor" : `\`${formatName(subject)}\``;
  return `${name} (${anchor.sources.map(formatAnchorSource).join(", ")})`;
}

function speaksHttp(proxy: URL): boolean {
  return proxy.protocol === "http:" || proxy.protocol === "https:";
}

function contextOptions(certificate: ClientIdentity | undefined): {
  readonly clientCertificate?: ClientIdentity;
} {
  return certificate === undefined ? {} : { clientCertificate: certificate };
}

/** So many connect timeouts may pass before no further way of a proxy script is tried. */
const SILENT_WAYS = 3;
const DEFAULT_SILENCE_TIMEOUT_MS = 30_000;
// Browsers keep to 6; index servers and CDNs take this many from pip and uv without slowing down.
const DEFAULT_CONNECTIONS_PER_HOST = 16;
