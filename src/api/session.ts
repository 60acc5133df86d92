// What one run opens: the store, and once the network is needed, trust, client and registry.

import { createClient, type Client } from "../net/client.ts";
import type { ClientSettings, NetEvent } from "../net/client-settings.ts";
import { createCredentialSource, type IndexCredentialSource } from "../net/credential-source.ts";
import { proxySettingsFromEnv } from "../net/proxy.ts";
import type { Metadata } from "../pep/metadata.ts";
import type { Target } from "../pep/tags.ts";
import type { Version } from "../pep/version.ts";
import { locateIndexes, type Locations, type LocationSettings } from "../registry/locations.ts";
import { createRegistry, type Registry, type RegistryPolicy } from "../registry/registry.ts";
import type { FetchEvent } from "../sources/wheel-fetcher.ts";
import type { Store } from "../store/store.ts";
import { readClientIdentity } from "../trust/client-certificate.ts";
import { loadTrust, type TrustStore } from "../trust/store.ts";
import { VERSION } from "../version.ts";
import type { OnEvent } from "./events.ts";
import { hostTrustFile } from "./host-trust-file.ts";
import type { InstallerOptions } from "./options.ts";

export interface Session {
  readonly client: Client;
  readonly registry: Registry;
  readonly trust: TrustStore;
  readonly locations: Locations["locations"];
  close(): void;
}

export interface SessionRequest {
  readonly store: Store;
  readonly target: Target;
  /** The installer's, with what requirements files add. */
  readonly indexes: Omit<LocationSettings, "directory">;
  readonly policy: RegistryPolicy;
  readonly installed: (name: string, version: Version) => Metadata | undefined;
  /** Normalised names of projects about which the indexes are asked again, whatever is cached. */
  readonly refresh: "all" | readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Opens what asks indexes. No connection is made before the first question. */
export function openSession(options: InstallerOptions, request: SessionRequest): Session {
  const { directory, onEvent = ignore, network = {} } = options;
  const { locations, credentials } = locateIndexes({ ...request.indexes, directory });
  const trust = openTrust(options);
  const source = credentialSource(options, { credentials, locations });
  const client = createClient(clientSettings(options, trust, source));
  const registry = createRegistry({
    client,
    store: request.store,
    locations,
    target: request.target,
    policy: request.policy,
    isOffline: network.isOffline === true,
    ...(network.concurrentDownloads === undefined ? {} : { concurrency: network.concurrentDownloads }),
    refresh:
      request.refresh === "all" ? { kind: "all" } : { kind: "projects", names: new Set(request.refresh) },
    directory,
    installed: request.installed,
    onEvent: (event) => onEvent(fromFetchEvent(event)),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const close = (): void => {
    client.close();
    for (const message of [...trust.warnings, ...source.warnings]) onEvent({ kind: "warning", message });
    for (const message of trust.notes) onEvent({ kind: "detail", message });
  };
  return { client, registry, trust, locations, close };
}

/** A client for one address that no index has to do with, such as a remote requirements file. */
export function openClient(options: InstallerOptions): Client {
  const source = credentialSource(options, { credentials: [], locations: [] });
  return createClient(clientSettings(options, openTrust(options), source));
}

/** The trust of an installer. Sources are read when the first connection asks for them. */
export function openTrust({ env = {}, home, trust = {} }: InstallerOptions): TrustStore {
  return loadTrust({
    ...(home === undefined ? {} : { hostTrustFile: hostTrustFile(home) }),
    ...trust,
    env,
    home: home ?? "",
  });
}

function credentialSource(
  { env = {}, home, network = {} }: InstallerOptions,
  { credentials, locations }: Locations,
): IndexCredentialSource {
  return createCredentialSource({
    env,
    home,
    indexes: locations.map(({ name, url, authenticate }) => ({
      name,
      url,
      ...(authenticate === undefined ? {} : { authenticate }),
    })),
    known: credentials,
    keyring: network.keyring ?? "disabled",
    ...(network.keyringCommand === undefined ? {} : { keyringCommand: network.keyringCommand }),
  });
}

function clientSettings(
  { env = {}, network = {}, onEvent = ignore }: InstallerOptions,
  trust: TrustStore,
  credentials: IndexCredentialSource,
): ClientSettings {
  const {
    clientCertificate,
    clientCertificates = [],
    insecureHosts,
    allowInsecureCredentials,
    connectTimeoutMs,
    silenceTimeoutMs,
    retries,
  } = network;
  return {
    trust,
    proxy: network.proxy ?? proxySettingsFromEnv(env),
    credentials,
    ...(insecureHosts === undefined ? {} : { insecureHosts }),
    ...(allowInsecureCredentials === undefined ? {} : { allowInsecureCredentials }),
    ...(network.fetchesIntermediates === undefined
      ? {}
      : { fetchesIntermediates: network.fetchesIntermediates }),
    ...(clientCertificate === undefined ? {} : { clientCertificate: readClientIdentity(clientCertificate) }),
    clientCertificates: clientCertificates.map(({ url, files }) => ({
      url,
      certificate: readClientIdentity(files),
    })),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(silenceTimeoutMs === undefined ? {} : { silenceTimeoutMs }),
    ...(retries === undefined ? {} : { retries }),
    isOffline: network.isOffline === true,
    userAgent: `pinion/${VERSION}`,
    onEvent: (event) => fromNetEvent(event, onEvent),
  };
}

function fromFetchEvent(event: FetchEvent): Parameters<OnEvent>[0] {
  switch (event.kind) {
    case "download-started":
      return { kind: "download-started", filename: event.filename, bytes: event.size };
    case "download-progress":
      return { kind: "download-progress", filename: event.filename, bytes: event.received };
    case "download-finished":
      return { kind: "download-finished", filename: event.filename };
  }
}

function fromNetEvent(event: NetEvent, onEvent: OnEvent): void {
  switch (event.kind) {
    case "insecure-host":
      onEvent({
        kind: "warning",
        message: `\`${event.host}:${event.port}\` is not verified, because \`${event.origin}\` says so (certificate sha256:${event.fingerprint}): \`pinion trust add https://${event.host}:${event.port}/\` would make that unnecessary`,
      });
      return;
    case "credentials-withheld":
      onEvent({
        kind: "warning",
        message: `No credentials are sent to \`${event.host}:${event.port}\`, which is not verified (\`--allow-insecure-credentials\` sends them)`,
      });
      return;
    case "downgrade":
      onEvent({
        kind: "warning",
        message: `\`${event.from}\` redirects to \`${event.to}\` without TLS: what comes from there is not verified and not kept in the cache`,
      });
      return;
    case "connected":
    case "request":
    case "response":
    case "redirect":
    case "retry":
      onEvent({ kind: "detail", message: describe(event) });
  }
}

function describe(
  event: Exclude<NetEvent, { kind: "insecure-host" | "credentials-withheld" | "downgrade" }>,
): string {
  switch (event.kind) {
    case "connected":
      return `Connected to ${event.url}${event.proxy === undefined ? "" : ` through ${event.proxy}`}${event.protocol === undefined ? "" : ` by ${event.protocol}`} in ${Math.round(event.durationMs)}ms`;
    case "request":
      return `${event.method} ${event.url}${event.credentials === undefined ? "" : ` with credentials from ${event.credentials}`}`;
    case "response":
      return `${event.status} ${event.url} in ${Math.round(event.durationMs)}ms`;
    case "redirect":
      return `${event.status} ${event.url} leads to ${event.target}`;
    case "retry":
      return `Trying ${event.url} again in ${event.delayMs}ms (attempt ${event.attempt}): ${event.reason}`;
  }
}

function ignore(): void {
  // An installer without a listener tells nobody.
}
