// The network of a session: trust, credentials and one client, opened when the first question needs them.

import { createClient, type Client } from "../net/client.ts";
import type { ClientSettings, NetEvent } from "../net/client-settings.ts";
import { connectOptionsFor } from "../net/connections/connect-options.ts";
import { createCredentialSource, type IndexCredentialSource } from "../net/credentials/credential-source.ts";
import { lookupBySystem } from "../net/connections/dial.ts";
import { describeOutcome, type KeyringEvent } from "../net/credentials/keyring.ts";
import { observePeer, type PeerObservation } from "../net/connections/observe-peer.ts";
import { ProxyLogins } from "../net/proxies/proxy-login.ts";
import { proxySettingsFromEnv, type ProxySettings } from "../net/proxies/proxy.ts";
import { firstWayTo } from "../net/http/send.ts";
import { endpointOf, redactUrl } from "../net/url.ts";
import { locateIndexes, type IndexLocation, type LocationSettings } from "../registry/indexes/locations.ts";
import type { RequestUrls } from "../registry/files.ts";
import { createSharedReads, type SharedReads } from "../registry/shared-reads.ts";
import type { RemoteFiles } from "../remote/remote-files.ts";
import type { RemoteStore } from "../remote/remote-store.ts";
import type { RefreshPolicy } from "../sources/fetching/refresh.ts";
import type { FetchEvent } from "../sources/fetching/linked-wheel.ts";
import type { Store } from "../store/store.ts";
import { readClientIdentity } from "../trust/client-certificate.ts";
import { loadTrust, type TrustStore } from "../trust/store.ts";
import { VERSION } from "../version.ts";
import type { InstallerEvent, OnEvent } from "./events.ts";
import { hostTrustFile } from "./host-trust-file.ts";
import type { InstallerOptions } from "./options.ts";
import type { SharedCacheContext } from "./shared-cache.ts";

export interface Network {
  readonly client: Client;
  readonly trust: TrustStore;
  readonly reads: SharedReads;
  /** The company's shared cache, where there is one that can be used. */
  readonly shared: RemoteFiles | undefined;
  /** With which credentials the sources of requirements are requested. */
  readonly requestUrls: RequestUrls;
  /** Orders the indexes of a plan; the credentials in their URLs go to the credential source. @throws net/invalid-url */
  locate(indexes: Omit<LocationSettings, "directory">): readonly IndexLocation[];
  /** See {@link Connections.admit}. */
  readonly admit: (url: string) => void;
  /** The shared cache as a store, for work that must not pass over its failures. @throws as `openSharedStore` */
  openSharedStore(): Promise<RemoteStore>;
  /** Ends the connections, and reports what was noticed about trust and credentials. */
  close(): Promise<void>;
}

/** How a run connects: one for installing, downloading, examining and storing a host's certificate. */
export interface Connections {
  readonly settings: ClientSettings;
  readonly trust: TrustStore;
  readonly credentials: IndexCredentialSource;
  /** The indexes of the options. */
  readonly indexes: readonly IndexLocation[];
  /** See {@link Network.locate}. */
  locate: Network["locate"];
  /** The common client certificate may be shown to the server of a URL that was given outright. */
  readonly admit: (url: string) => void;
  /** Looks at the handshake of the server of a URL, by the way that a request to it would go. Nothing is verified. */
  readonly observe: (url: URL, signal: AbortSignal) => Promise<PeerObservation>;
}

/**
 * Makes the settings of connections from those of a run. Nothing is connected, and sources of trust are read later.
 *
 * @throws net/invalid-url, tls/client-certificate-unusable
 */
export function openConnections(options: InstallerOptions): Connections {
  const { directory, indexes = {} } = options;
  const trust = openTrust(options);
  const credentials = openCredentials(options);
  const origins = new Set<string>();
  const admit = (url: string): void => {
    if (URL.canParse(url)) origins.add(new URL(url).origin);
  };
  const locate: Connections["locate"] = (more) => {
    const { locations, credentials: known } = locateIndexes({ ...more, directory });
    credentials.add(locations, known);
    // Who sees a client certificate is not for a stranger's file to say.
    for (const { url, claim } of locations) if (claim?.isFromNetwork !== true) admit(url);
    return locations;
  };
  // Requirements files may come from an index's own host.
  const own = locate(indexes);
  const settings = {
    ...clientSettings(options, trust, credentials),
    clientCertificateOrigins: origins,
  };
  const observe: Connections["observe"] = async (url, signal) => {
    admit(url.href);
    const route = await firstWayTo(url, { ...settings, lookup: settings.lookup ?? lookupBySystem });
    return await observePeer(endpointOf(url), { ...connectOptionsFor(url, settings), route, signal });
  };
  return { settings, trust, credentials, indexes: own, locate, admit, observe };
}

/** Makes the engine's context for the server of a URL, which takes some 25 ms with a system's anchors. @throws as `TrustStore` */
export function prepareConnection(url: URL, settings: ClientSettings): void {
  const { isTls, host, port } = endpointOf(url);
  if (!isTls) return;
  const { clientCertificate, verification } = connectOptionsFor(url, settings);
  if (verification === "on") settings.trust.secureContextFor(host, port, { clientCertificate });
}

/** Opens the network side of a session. No connection is made before the first request. */
export async function openNetwork(
  options: InstallerOptions,
  { store, connections }: { readonly store: Store; readonly connections: Connections },
): Promise<Network> {
  const { onEvent = ignore, network = {}, refresh = [] } = options;
  const { settings, trust, credentials, locate, admit } = connections;
  const client = createClient(settings);
  const shared =
    options.sharedCache === undefined
      ? undefined
      : await (
          await import("./shared-cache.ts")
        ).openSharedCache(options, sharedContext(options, connections));
  const reads = createSharedReads({
    client,
    store,
    isOffline: network.isOffline === true,
    concurrency: network.concurrentDownloads,
    refresh: refreshPolicy(refresh),
    shared,
    onEvent: (event) => onEvent(fromFetchEvent(event)),
  });
  return {
    client,
    trust,
    reads,
    shared,
    async openSharedStore() {
      const { openSharedStore } = await import("./shared-cache.ts");
      return await openSharedStore(options, sharedContext(options, connections));
    },
    requestUrls: new Map(),
    locate,
    admit,
    async close() {
      await shared?.settle();
      client.close();
      for (const message of [...trust.warnings, ...credentials.warnings])
        onEvent({ kind: "warning", message });
      for (const message of trust.notes) onEvent({ kind: "detail", message });
    },
  };
}

/** The shared cache is the user's own, with keys of the user's: a project does not say whom to trust for it. */
function sharedContext(
  options: InstallerOptions,
  { trust, credentials }: Pick<Connections, "trust" | "credentials">,
): SharedCacheContext {
  const { hosts = [], exceptions = [] } = options.trust ?? {};
  const isUsers = ({ isOfProject }: { readonly isOfProject?: true | undefined }): boolean =>
    isOfProject !== true;
  const proxy = proxyOf(options);
  // Reading the anchors and making the engine's context of them once is enough.
  if (hosts.every(isUsers) && exceptions.every(isUsers)) return { trust, proxy, credentials };
  const own = openTrust({
    ...options,
    trust: { ...options.trust, hosts: hosts.filter(isUsers), exceptions: exceptions.filter(isUsers) },
  });
  return { trust: own, proxy, credentials };
}

/** What is fetched again, as the rooms below understand it. */
export function refreshPolicy(refresh: "all" | readonly string[]): RefreshPolicy {
  return refresh === "all" ? { kind: "all" } : { kind: "projects", names: new Set(refresh) };
}

/** The trust of an installer. Sources are read when the first connection asks for them. */
export function openTrust({ env = {}, home, trust = {} }: InstallerOptions): TrustStore {
  return loadTrust({
    ...trust,
    hostTrustFile: trust.hostTrustFile ?? (home === undefined ? undefined : hostTrustFile(home)),
    env,
    home: home ?? "",
  });
}

function openCredentials({
  env = {},
  home,
  network = {},
  onEvent = ignore,
}: InstallerOptions): IndexCredentialSource {
  return createCredentialSource({
    env,
    home,
    onKeyringEvent: (event) => onEvent(fromKeyringEvent(event)),
    indexes: [],
    allowInsecureCredentials: network.allowInsecureCredentials,
    keyring: network.keyring ?? "disabled",
    keyringCommand: network.keyringCommand,
  });
}

function proxyOf({ env = {}, network = {} }: Pick<InstallerOptions, "env" | "network">): ProxySettings {
  return network.proxy ?? proxySettingsFromEnv(env);
}

function clientSettings(
  { env = {}, network = {}, onEvent = ignore }: InstallerOptions,
  trust: TrustStore,
  credentials: IndexCredentialSource,
): ClientSettings {
  const { clientCertificate, clientCertificates = [] } = network;
  return {
    trust,
    proxy: proxyOf({ env, network }),
    logins: new ProxyLogins(network.proxyLogin),
    credentials,
    insecureHosts: network.insecureHosts,
    allowInsecureCredentials: network.allowInsecureCredentials,
    fetchesIntermediates: network.fetchesIntermediates,
    clientCertificate: clientCertificate && readClientIdentity(clientCertificate),
    clientCertificates: clientCertificates.map(({ url, files }) => ({
      url,
      certificate: readClientIdentity(files),
    })),
    connectTimeoutMs: network.connectTimeoutMs,
    silenceTimeoutMs: network.silenceTimeoutMs,
    retries: network.retries,
    isOffline: network.isOffline === true,
    userAgent: `pinion/${VERSION}`,
    onEvent: (event) => fromNetEvent(event, onEvent),
  };
}

/** The events of downloads, for a listener of the session. */
export function fromFetchEvent(event: FetchEvent): InstallerEvent {
  switch (event.kind) {
    case "download-started":
      return { kind: "download-started", filename: event.filename, bytes: event.size };
    case "download-progress":
      return { kind: "download-progress", filename: event.filename, bytes: event.received };
    case "download-finished":
      return { kind: "download-finished", filename: event.filename };
  }
}

function fromKeyringEvent(event: KeyringEvent): InstallerEvent {
  switch (event.kind) {
    case "output":
      return { kind: "program-output", text: event.text };
    case "waiting":
      return {
        kind: "waiting",
        message: `Waiting for the keyring program \`${event.program}\` to answer for \`${redactUrl(event.service)}\``,
      };
    case "asking":
      return {
        kind: "detail",
        message: `Asking the keyring program \`${event.program}\` for credentials of \`${redactUrl(event.service)}\``,
      };
    case "answered": {
      const { outcome, milliseconds } = event;
      const said = describeOutcome(outcome) ?? `the keyring program \`${outcome.program}\` gave credentials`;
      return { kind: "detail", message: `After ${Math.round(milliseconds)}ms ${said}` };
    }
  }
}

function fromNetEvent(event: NetEvent, onEvent: OnEvent): void {
  switch (event.kind) {
    case "insecure-host":
      onEvent({
        kind: "warning",
        message: `Certificate verification is disabled for \`${event.host}:${event.port}\` by \`${event.origin}\` (certificate sha256:${event.fingerprint})`,
        ...(event.isHelpedByTrust
          ? { advice: { kind: "trust-this-host", host: event.host, port: event.port } }
          : {}),
      });
      return;
    case "credentials-withheld":
      onEvent({
        kind: "warning",
        message:
          event.proxy === undefined
            ? `No credentials are sent to \`${event.host}:${event.port}\`, which is not verified`
            : `No credentials are sent to \`${event.host}:${event.port}\`: without TLS they could be read by the proxy \`${event.proxy}\`, which a project's file names`,
        advice: { kind: "send-credentials-unverified" },
      });
      return;
    case "downgrade":
      onEvent({
        kind: "warning",
        message: `\`${event.from}\` redirects to \`${event.to}\` without TLS: what comes from there is not verified and not kept in the cache`,
      });
      return;
    case "retry":
      if (event.delayMs >= LONG_DELAY_MS) onEvent({ kind: "waiting", message: describe(event) });
      else onEvent({ kind: "detail", message: describe(event) });
      return;
    case "connected":
    case "request":
    case "response":
    case "redirect":
      onEvent({ kind: "detail", message: describe(event) });
  }
}

function describe(
  event: Exclude<NetEvent, { kind: "insecure-host" | "credentials-withheld" | "downgrade" }>,
): string {
  switch (event.kind) {
    case "connected":
      return `Connected to ${event.url}${event.proxy === undefined ? "" : ` through ${event.proxy}`}${event.proxyLogin === undefined ? "" : ` (logged in by ${event.proxyLogin})`}${event.protocol === undefined ? "" : ` by ${event.protocol}`}${event.anchor === undefined ? "" : `, vouched for by ${event.anchor}`} in ${Math.round(event.durationMs)}ms`;
    case "request":
      return `${event.method} ${event.url}${event.credentials === undefined ? "" : ` with credentials from ${event.credentials}`}`;
    case "response":
      return `${event.status} ${event.url} in ${Math.round(event.durationMs)}ms`;
    case "redirect":
      return `${event.status} ${event.url} leads to ${event.target}`;
    case "retry":
      return `Trying ${event.url} again in ${formatDelay(event.delayMs)} (attempt ${event.attempt}): ${event.reason}`;
  }
}

function formatDelay(delayMs: number): string {
  return delayMs < 1000 ? `${delayMs}ms` : `${Math.round(delayMs / 1000)}s`;
}

/** A wait that a person would wonder about; a server may ask for up to a minute by `Retry-After`. */
const LONG_DELAY_MS = 5_000;

function ignore(): void {
  // An installer without a listener drops them.
}
