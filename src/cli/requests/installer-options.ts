// The settings of a run as the options of an installer.

import { join, resolve } from "node:path";
import type { OnEvent } from "../../api/events.ts";
import type { InstallerOptions, NetworkOptions, SharedCacheOptions } from "../../api/options.ts";
import type { HostTrust } from "../../trust/host-trust.ts";
import type { InsecureHost } from "../../net/connections/insecure-hosts.ts";
import { endpointOf } from "../../net/url.ts";
import { proxySettingsFromEnv, type ProxySetting, type ProxySettings } from "../../net/proxies/proxy.ts";
import { refuseTooManyIndexes } from "../../registry/indexes/index-count.ts";
import type { IndexCutoff, IndexSetting } from "../../registry/indexes/locations.ts";
import type { IndexTable } from "../../settings/values/index-table.ts";
import { parseInstant } from "../../settings/values/instant.ts";
import { formatOrigin, isOfProject, type Origin, type Sourced } from "../../settings/origin.ts";
import type { Settings } from "../../settings/settings.ts";
import type { CommandContext } from "../grammar/command.ts";
import { claimOf, splitName } from "./name-claims.ts";

/** What of a command decides its installer. */
export type SettingsContext = Pick<CommandContext, "settings" | "env" | "cwd" | "home">;

/** @throws settings/invalid where a value cannot be used */
export function installerOptions(context: SettingsContext, onEvent: OnEvent): InstallerOptions {
  const { settings, env, cwd, home } = context;
  return {
    cacheDirectory: cacheDirectory(context),
    directory: cwd,
    env,
    home,
    indexes: indexesOf(context),
    indexStrategy: settings.get("index-strategy"),
    trust: trustOf(context),
    network: networkOf(context),
    sharedCache: sharedCacheOf(settings),
    refresh: settings.get("refresh") ? "all" : settings.get("refresh-package"),
    unpackWorker: join(import.meta.dirname, "unpack-worker.cjs"),
    linkWorker: join(import.meta.dirname, "link-worker.cjs"),
    onEvent,
    builds: {
      concurrency: settings.get("concurrent-builds"),
      variables: settings.get("extra-build-variables"),
    },
  };
}

function sharedCacheOf(settings: Settings): SharedCacheOptions | undefined {
  const url = settings.get("shared-cache");
  return url === undefined || url === "" ? undefined : { url, mode: settings.get("shared-cache-mode") };
}

/** `--cache-dir`, else the platform's folder for caches. */
export function cacheDirectory({ settings, env, cwd, home }: SettingsContext): string {
  const named = settings.get("cache-dir");
  if (named !== undefined) return resolve(cwd, named);
  if (process.platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "pinion", "cache");
  if (process.platform === "darwin") return join(home, "Library", "Caches", "pinion");
  const caches = env["XDG_CACHE_HOME"];
  return join(caches === undefined || caches === "" ? join(home, ".cache") : caches, "pinion");
}

function indexesOf({ settings, home }: SettingsContext): NonNullable<InstallerOptions["indexes"]> {
  const lists = (["index", "extra-index-url", "find-links"] as const).flatMap((name) =>
    settings.entries(name),
  );
  refuseTooManyIndexes(settings.indexTables.length + lists.length);
  const single = (entry: Sourced<string>): IndexSetting => ({
    value: entry.value,
    origin: formatOrigin(entry.origin),
    // Asked only where it can matter, because most runs do without the module.
    claim: isOfProject(entry.origin)
      ? claimOf({ ...splitName(entry.value), origin: entry.origin }, settings)
      : undefined,
  });
  const listed = (name: "index" | "extra-index-url" | "find-links"): readonly IndexSetting[] =>
    settings.entries(name).map(single);
  // uv: of one file, `[[index]]` with `default` beats `index-url`; a flag or a variable beats both.
  const named = [settings.sourced("default-index"), settings.sourced("index-url")].filter(
    (value) => value !== undefined,
  );
  const near = named.find(({ origin }) => origin.kind !== "file");
  const tables = settings.indexTables.map((table) => ({
    ...tableSetting(table),
    claim: isOfProject(table.origin) ? claimOf(table, settings) : undefined,
  }));
  const chosen = near ?? (tables.some(({ isDefault }) => isDefault === true) ? undefined : named[0]);
  return {
    indexes: [...listed("index"), ...tables],
    extraIndexUrls: listed("extra-index-url"),
    findLinks: listed("find-links").map((setting) => ({ ...setting, value: withHome(setting.value, home) })),
    isIndexOff: settings.get("no-index"),
    defaultIndex: chosen && single(chosen),
  };
}

/** No shell stands between a settings file and its folder: `~` is the home, as for pip. */
function withHome(path: string, home: string): string {
  return /^~[/\\]/.test(path) ? join(home, path.slice(2)) : path;
}

function tableSetting(table: IndexTable): IndexSetting {
  const { name, url, format, isDefault, isExplicit, authenticate, ignoreErrorCodes, cacheControl } = table;
  const origin = formatOrigin(table.origin);
  return {
    name,
    value: url,
    origin,
    format,
    isDefault,
    isExplicit,
    authenticate,
    ignoreErrorCodes,
    cacheControl,
    excludeNewer: table.excludeNewer === undefined ? undefined : cutoffOf(table.excludeNewer, table.origin),
  };
}

function cutoffOf(written: string | false, origin: Origin): IndexCutoff {
  if (written === false) return "never";
  const place = origin.kind === "file" ? { ...origin, key: "exclude-newer" } : origin;
  return parseInstant({ value: written, origin: place }, "exclude-newer");
}

function trustOf(context: SettingsContext): NonNullable<InstallerOptions["trust"]> {
  const { settings } = context;
  const file = ({ value, origin }: Sourced<string>): { readonly path: string; readonly origin: string } => ({
    path: filePath(value, context),
    origin: formatOrigin(origin),
  });
  const trust = settings.sourced("trust");
  const cert = settings.sourced("cert");
  const pipCert = settings.sourced("pip-cert");
  const trustFile = settings.get("trust-file");
  return {
    platform: process.platform,
    systemCerts: settings.get("system-certs"),
    trust: trust && { value: trust.value, origin: formatOrigin(trust.origin) },
    cert: cert && { value: filePath(cert.value, context), origin: formatOrigin(cert.origin) },
    extraCerts: pipCert === undefined ? [] : [file(pipCert)],
    addedCas: settings.entries("ca").map(file),
    hosts: settings.indexTables.flatMap(hostTrust),
    exceptions: settings.tlsExceptions,
    hostTrustFile: trustFile && filePath(trustFile, context),
  };
}

/** Relative to the working folder; `~` is the home folder, as pip's options of this kind have it in files and variables. */
function filePath(path: string, { cwd, home }: Pick<SettingsContext, "cwd" | "home">): string {
  return resolve(cwd, path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path);
}

/** What an index's table says about its server. */
function hostTrust({ url, cert, pins, origin }: IndexTable): readonly HostTrust[] {
  if ((cert === undefined && pins.length === 0) || !URL.canParse(url)) return [];
  const { host, port } = endpointOf(new URL(url));
  const place = formatOrigin(origin);
  return [
    {
      host,
      port,
      pins,
      origin: place,
      cert: cert === undefined ? undefined : { value: cert, origin: place },
      isOfProject: isOfProject(origin) ? true : undefined,
    },
  ];
}

/** Verification is off for an index by its table: for its host and port, and no other. */
function insecureHost({ url, isInsecure, origin }: IndexTable): readonly InsecureHost[] {
  if (!isInsecure || !URL.canParse(url)) return [];
  const { host, port } = endpointOf(new URL(url));
  return [{ host, port, scheme: "https", origin: formatOrigin(origin) }];
}

function networkOf(context: SettingsContext): NetworkOptions {
  const { settings } = context;
  const clientCert = settings.get("client-cert");
  const clientKey = settings.get("client-key");
  const passphrase = settings.get("client-key-passphrase");
  const keyring = settings.get("keyring-provider");
  return {
    proxy: proxiesOf(context),
    proxyLogin: proxyLoginOf(settings),
    insecureHosts: [...settings.get("allow-insecure-host"), ...settings.indexTables.flatMap(insecureHost)],
    allowInsecureCredentials: settings.get("allow-insecure-credentials"),
    fetchesIntermediates: settings.get("fetch-intermediates"),
    clientCertificate:
      clientCert === undefined
        ? undefined
        : {
            cert: filePath(clientCert, context),
            key: clientKey === undefined ? undefined : filePath(clientKey, context),
            passphrase,
          },
    clientCertificates: settings.indexTables.flatMap(({ url, clientCert: cert, clientKey: key, origin }) =>
      cert === undefined
        ? []
        : [{ url, files: { cert, key, passphrase, isOfProject: isOfProject(origin) ? true : undefined } }],
    ),
    keyring: keyring === undefined || keyring === "disabled" ? "disabled" : "subprocess",
    keyringCommand: settings.get("keyring-command"),
    connectTimeoutMs: settings.get("http-connect-timeout"),
    silenceTimeoutMs: settings.get("http-timeout"),
    retries: settings.get("retries"),
    concurrentDownloads: settings.get("concurrent-downloads"),
    isOffline: settings.get("offline"),
  };
}

function proxyLoginOf(settings: Settings): NetworkOptions["proxyLogin"] {
  const scheme = settings.get("proxy-auth");
  const user = settings.sourced("proxy-username");
  return {
    scheme: scheme === "any" ? undefined : scheme,
    credentials:
      user === undefined
        ? undefined
        : {
            username: user.value,
            password: settings.get("proxy-password") ?? "",
            source: `\`${formatOrigin(user.origin)}\``,
          },
  };
}

/** `--proxy` and pip's `proxy` are for every address; uv's two keys for one scheme each; then the usual variables. */
function proxiesOf({ settings, env }: SettingsContext): ProxySettings {
  const usual: ProxySettings = settings.get("no-proxy-env") ? {} : proxySettingsFromEnv(env);
  const setting = (name: "proxy" | "https-proxy" | "http-proxy"): ProxySetting | undefined => {
    const found = settings.sourced(name);
    return found && proxySetting(found);
  };
  const exceptions = settings.entries("no-proxy");
  return {
    all: setting("proxy"),
    https: setting("https-proxy") ?? usual.https,
    http: setting("http-proxy") ?? usual.http,
    fallback: usual.fallback,
    noProxy:
      exceptions[0] === undefined
        ? usual.noProxy
        : {
            value: [...settings.get("no-proxy"), usual.noProxy?.value ?? ""].join(","),
            origin: formatOrigin(exceptions[0].origin),
          },
    perOrigin: settings.indexTables.flatMap(({ url, proxy, origin }) =>
      proxy === undefined ? [] : [{ url, proxy: proxySetting({ value: proxy, origin }) }],
    ),
  };
}

function proxySetting({ value, origin }: Sourced<string>): ProxySetting {
  return { value, origin: formatOrigin(origin), isOfProject: isOfProject(origin) ? true : undefined };
}
