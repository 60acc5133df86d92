// The settings of a run as the options of an installer.

import { join, resolve } from "node:path";
import type { OnEvent } from "../api/events.ts";
import type { InstallerOptions, NetworkOptions, SharedCacheOptions } from "../api/options.ts";
import type { HostTrust } from "../trust/host-trust.ts";
import { parseInsecureHost, type InsecureHost } from "../net/insecure-hosts.ts";
import { endpointOf } from "../net/url.ts";
import { proxySettingsFromEnv, type ProxySetting, type ProxySettings } from "../net/proxy.ts";
import type { IndexSetting, IndexStrategy } from "../registry/locations.ts";
import type { IndexTable } from "../settings/index-table.ts";
import { formatOrigin, type Sourced } from "../settings/origin.ts";
import type { Settings } from "../settings/settings.ts";
import type { CommandContext } from "./command.ts";

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
    indexStrategy: strategyOf(settings),
    trust: trustOf(context),
    network: networkOf(context),
    sharedCache: sharedCacheOf(settings),
    refresh: settings.flag("refresh") ? "all" : settings.list("refresh-package").map(({ value }) => value),
    unpackWorker: join(import.meta.dirname, "unpack-worker.cjs"),
    linkWorker: join(import.meta.dirname, "link-worker.cjs"),
    onEvent,
    builds: { concurrency: settings.number("concurrent-builds") },
  };
}

function sharedCacheOf(settings: Settings): SharedCacheOptions | undefined {
  const url = settings.text("shared-cache")?.value;
  const mode = settings.text("shared-cache-mode")?.value;
  if (url === undefined || url === "") return undefined;
  return { url, mode: mode === "read" ? "read" : "read-write" };
}

/** `--cache-dir`, else the platform's folder for caches. */
export function cacheDirectory({ settings, env, cwd, home }: SettingsContext): string {
  const named = settings.text("cache-dir")?.value;
  if (named !== undefined) return resolve(cwd, named);
  if (process.platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "pinion", "cache");
  if (process.platform === "darwin") return join(home, "Library", "Caches", "pinion");
  const caches = env["XDG_CACHE_HOME"];
  return join(caches === undefined || caches === "" ? join(home, ".cache") : caches, "pinion");
}

function indexesOf({ settings, home }: SettingsContext): NonNullable<InstallerOptions["indexes"]> {
  const listed = (name: "index" | "extra-index-url" | "find-links"): readonly IndexSetting[] =>
    settings.list(name).map(indexSetting);
  // uv: of one file, `[[index]]` with `default` beats `index-url`; a flag or a variable beats both.
  const named = [settings.text("default-index"), settings.text("index-url")].filter(
    (value) => value !== undefined,
  );
  const near = named.find(({ origin }) => origin.kind !== "file");
  const tables = settings.indexTables.map(tableSetting);
  const chosen = near ?? (tables.some(({ isDefault }) => isDefault === true) ? undefined : named[0]);
  return {
    indexes: [...listed("index"), ...tables],
    extraIndexUrls: listed("extra-index-url"),
    findLinks: listed("find-links").map((setting) => ({ ...setting, value: withHome(setting.value, home) })),
    isIndexOff: settings.flag("no-index"),
    ...(chosen === undefined ? {} : { defaultIndex: indexSetting(chosen) }),
  };
}

/** No shell stands between a settings file and its folder: `~` is the home, as for pip. */
function withHome(path: string, home: string): string {
  return /^~[/\\]/.test(path) ? join(home, path.slice(2)) : path;
}

function indexSetting({ value, origin }: Sourced<string>): IndexSetting {
  return { value, origin: formatOrigin(origin) };
}

function tableSetting(table: IndexTable): IndexSetting {
  const { api, files } = table.cacheControl;
  return {
    value: table.url,
    origin: formatOrigin(table.origin),
    format: table.format,
    isDefault: table.isDefault,
    isExplicit: table.isExplicit,
    authenticate: table.authenticate,
    ...(table.name === undefined ? {} : { name: table.name }),
    ignoreErrorCodes: table.ignoreErrorCodes,
    cacheControl: { ...(api === undefined ? {} : { api }), ...(files === undefined ? {} : { files }) },
  };
}

function strategyOf(settings: Settings): IndexStrategy {
  const value = settings.text("index-strategy")?.value;
  return value === "unsafe-first-match" || value === "unsafe-best-match" ? value : "first-index";
}

function trustOf({ settings, cwd, home }: SettingsContext): NonNullable<InstallerOptions["trust"]> {
  const trust = settings.text("trust");
  const cert = settings.text("cert");
  const pipCert = settings.text("pip-cert");
  const trustFile = settings.text("trust-file")?.value;
  return {
    platform: process.platform,
    systemCerts: settings.flag("system-certs"),
    ...(trust === undefined ? {} : { trust: { value: trust.value, origin: formatOrigin(trust.origin) } }),
    ...(cert === undefined
      ? {}
      : { cert: { value: filePath(cert.value, { cwd, home }), origin: formatOrigin(cert.origin) } }),
    ...(pipCert === undefined
      ? {}
      : {
          extraCerts: [
            { path: filePath(pipCert.value, { cwd, home }), origin: formatOrigin(pipCert.origin) },
          ],
        }),
    addedCas: settings.list("ca").map(({ value, origin }) => ({
      path: filePath(value, { cwd, home }),
      origin: formatOrigin(origin),
    })),
    hosts: settings.indexTables.flatMap(hostTrust),
    exceptions: settings.tlsExceptions,
    ...(trustFile === undefined ? {} : { hostTrustFile: filePath(trustFile, { cwd, home }) }),
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
      ...(cert === undefined ? {} : { cert: { value: cert, origin: place } }),
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
  const clientCert = settings.text("client-cert");
  const clientKey = settings.text("client-key");
  const passphrase = settings.text("client-key-passphrase")?.value;
  const ownCertificates = settings.indexTables.flatMap(({ url, clientCert: cert, clientKey: key }) =>
    cert === undefined
      ? []
      : [{ url, files: { cert, ...(key && { key }), ...(passphrase && { passphrase }) } }],
  );
  const connect = settings.number("http-connect-timeout");
  const silence = settings.number("http-timeout");
  const retries = settings.number("retries");
  const downloads = settings.number("concurrent-downloads");
  const keyring = settings.text("keyring-provider")?.value;
  const keyringCommand = settings.text("keyring-command")?.value;
  return {
    proxy: proxiesOf(context),
    insecureHosts: [
      ...settings
        .list("allow-insecure-host")
        .map(({ value, origin }) => parseInsecureHost(value, formatOrigin(origin))),
      ...settings.indexTables.flatMap(insecureHost),
    ],
    allowInsecureCredentials: settings.flag("allow-insecure-credentials"),
    fetchesIntermediates: settings.flag("fetch-intermediates"),
    ...(clientCert === undefined
      ? {}
      : {
          clientCertificate: {
            cert: filePath(clientCert.value, context),
            ...(clientKey === undefined ? {} : { key: filePath(clientKey.value, context) }),
            ...(passphrase === undefined ? {} : { passphrase }),
          },
        }),
    clientCertificates: ownCertificates,
    keyring: keyring === undefined || keyring === "disabled" ? "disabled" : "subprocess",
    ...(keyringCommand === undefined ? {} : { keyringCommand }),
    ...(connect === undefined ? {} : { connectTimeoutMs: connect * 1000 }),
    ...(silence === undefined ? {} : { silenceTimeoutMs: silence * 1000 }),
    ...(retries === undefined ? {} : { retries }),
    ...(downloads === undefined ? {} : { concurrentDownloads: downloads }),
    isOffline: settings.flag("offline"),
  };
}

/** `--proxy` and pip's `proxy` are for every address; uv's two keys for one scheme each; then the usual variables. */
function proxiesOf({ settings, env }: SettingsContext): ProxySettings {
  const usual: ProxySettings = settings.flag("no-proxy-env") ? {} : proxySettingsFromEnv(env);
  const setting = (name: "proxy" | "https-proxy" | "http-proxy"): ProxySetting | undefined => {
    const found = settings.text(name);
    return found === undefined ? undefined : { value: found.value, origin: formatOrigin(found.origin) };
  };
  const all = setting("proxy");
  const https = setting("https-proxy") ?? usual.https;
  const http = setting("http-proxy") ?? usual.http;
  const exceptions = settings.list("no-proxy");
  const noProxy =
    exceptions[0] === undefined
      ? usual.noProxy
      : {
          value: [...exceptions.map(({ value }) => value), usual.noProxy?.value ?? ""].join(","),
          origin: formatOrigin(exceptions[0].origin),
        };
  return {
    ...(all === undefined ? {} : { all }),
    ...(https === undefined ? {} : { https }),
    ...(http === undefined ? {} : { http }),
    ...(usual.fallback === undefined ? {} : { fallback: usual.fallback }),
    ...(noProxy === undefined ? {} : { noProxy }),
    perOrigin: settings.indexTables.flatMap(({ url, proxy, origin }) =>
      proxy === undefined ? [] : [{ url, proxy: { value: proxy, origin: formatOrigin(origin) } }],
    ),
  };
}
