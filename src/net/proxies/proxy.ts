// Which way a request goes: straight, or through a proxy, and which rule decided (docs/network.md, "Proxies").

import { isPinionError, PinionError } from "../../errors.ts";
import { matchNoProxy, parseNoProxy, type NoProxyRule } from "./no-proxy.ts";
import { bareHost, excerpt, isSameOrigin, portOf, shownValue } from "../url.ts";
import { readWrittenUrl } from "../written-url.ts";

/** `rule` is a sentence part for people: "`NO_PROXY` entry `.corp.example`", "`HTTPS_PROXY`". */
export type ProxyDecision =
  | { readonly kind: "direct"; readonly rule?: string }
  | {
      readonly kind: "proxy";
      readonly url: URL;
      readonly rule: string;
      /** See {@link ProxySetting.isOfProject}. */
      readonly isOfProject?: true;
    };

export type ProxyRoute = Extract<ProxyDecision, { kind: "proxy" }>;

/** A proxy's address, as written, with the flag, variable or setting that named it. An empty address means none. */
export interface ProxySetting {
  readonly value: string;
  readonly origin: string;
  /** The file of a project names it, which may be the work of others: the user's own logins are not for it. */
  readonly isOfProject?: true | undefined;
}

/** What decides about proxies; the settings have put each value in its place already. */
export interface ProxySettings {
  /** For every address: `--proxy`, settings, pip's `proxy`. */
  readonly all?: ProxySetting | undefined;
  readonly https?: ProxySetting | undefined;
  readonly http?: ProxySetting | undefined;
  /** Where neither of the two above is set: `ALL_PROXY`. */
  readonly fallback?: ProxySetting | undefined;
  /** Counts against every proxy, wherever that was set. */
  readonly noProxy?: ProxySetting | undefined;
  /** Per index, by the index's origin; comes before all others. */
  readonly perOrigin?: readonly { readonly url: string; readonly proxy: ProxySetting }[] | undefined;
}

/**
 * Decides the way to a URL.
 *
 * @throws `settings/invalid` where the proxy's own URL is not usable
 */
export function chooseProxy(url: URL, settings: ProxySettings): ProxyDecision {
  const setting = proxySettingFor(url, settings);
  if (setting === undefined || setting.value.trim() === "") return { kind: "direct" };
  const exception = findException(url, settings);
  if (exception !== undefined) return { kind: "direct", rule: exception };
  const whose = setting.isOfProject === true ? ({ isOfProject: true } as const) : {};
  return { kind: "proxy", url: parseProxyUrl(setting), rule: `\`${setting.origin}\``, ...whose };
}

/** The proxy of a project's file by which a URL is asked; undefined where it is asked another way. It is not read as a URL. */
export function projectProxyFor(url: URL, settings: ProxySettings): ProxySetting | undefined {
  const setting = proxySettingFor(url, settings);
  if (setting?.isOfProject !== true || setting.value.trim() === "") return undefined;
  return findException(url, settings) === undefined ? setting : undefined;
}

/**
 * Reads the usual variables: the lower case first, as curl and pip do; an empty one means no proxy.
 * `HTTP_PROXY` in capitals is not read where `REQUEST_METHOD` is set: a web server's client could set it (httpoxy).
 */
export function proxySettingsFromEnv(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (...names: readonly string[]): ProxySetting | undefined => {
    for (const origin of names) {
      const value = env[origin];
      if (value !== undefined) return { value, origin };
    }
    return undefined;
  };
  const isCgi = env["REQUEST_METHOD"] !== undefined;
  const settings = {
    https: read("https_proxy", "HTTPS_PROXY"),
    http: isCgi ? read("http_proxy") : read("http_proxy", "HTTP_PROXY"),
    fallback: read("all_proxy", "ALL_PROXY"),
    noProxy: read("no_proxy", "NO_PROXY"),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting !== undefined));
}

/**
 * Reads a proxy's address; without a scheme it is an HTTP proxy, as for curl.
 *
 * @throws `settings/invalid`
 */
function parseProxyUrl(setting: ProxySetting): URL {
  const value = setting.value.trim();
  const refuse = (why: string): PinionError =>
    new PinionError("settings/invalid", `\`${setting.origin}\` is not a usable proxy: ${why}`, {
      details: { origin: setting.origin },
      hints: ["a proxy looks like `http://proxy.corp.example:3128` or `socks5h://127.0.0.1:1080`"],
    });
  const text = readProxyUrl(value, setting.origin);
  // Without a scheme, what is before the first colon may be a user and what follows a password.
  if (!URL.canParse(text)) throw refuse(`\`${shownProxy(value)}\` is not a URL`);
  const url = new URL(text);
  if (!PROXY_SCHEMES.has(url.protocol)) {
    throw refuse(`the scheme \`${excerpt(url.protocol.slice(0, -1))}\` is none of ${SCHEME_LIST}`);
  }
  if (url.hostname === "" && url.protocol !== "pac+file:")
    throw refuse(`\`${shownProxy(value)}\` names no host`);
  return url;
}

function readProxyUrl(value: string, origin: string): string {
  try {
    return readWrittenUrl(value.includes("://") ? value : `http://${value}`);
  } catch (error) {
    if (!isPinionError(error)) throw error;
    throw new PinionError("settings/invalid", `\`${origin}\` is not a usable proxy`, {
      details: { origin },
      hints: error.hints,
      cause: error,
    });
  }
}

function shownProxy(value: string): string {
  const colon = value.indexOf(":");
  return value.includes("://") || value.includes("@") || colon === -1
    ? shownValue(value)
    : `${shownValue(value.slice(0, colon))}:****`;
}

function proxySettingFor(url: URL, settings: ProxySettings): ProxySetting | undefined {
  const own = settings.perOrigin?.find(
    (entry) => URL.canParse(entry.url) && isSameOrigin(new URL(entry.url), url),
  );
  if (own !== undefined) return own.proxy;
  const byScheme = url.protocol === "https:" ? settings.https : settings.http;
  return settings.all ?? byScheme ?? settings.fallback;
}

function findException(url: URL, settings: ProxySettings): string | undefined {
  const { noProxy } = settings;
  if (noProxy === undefined) return undefined;
  const rules: readonly NoProxyRule[] = parseNoProxy(noProxy.value);
  const rule = matchNoProxy(rules, { host: bareHost(url.hostname), port: portOf(url) });
  return rule === undefined ? undefined : `\`${noProxy.origin}\` entry \`${excerpt(rule.text)}\``;
}

const PROXY_SCHEMES: ReadonlySet<string> = new Set([
  "http:",
  "https:",
  "socks:",
  "socks4:",
  "socks4a:",
  "socks5:",
  "socks5h:",
  "pac+http:",
  "pac+https:",
  "pac+file:",
]);
const SCHEME_LIST =
  "`http`, `https`, `socks4`, `socks4a`, `socks5`, `socks5h`, `pac+http`, `pac+https`, `pac+file`";
