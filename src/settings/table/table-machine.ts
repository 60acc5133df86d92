// The settings that decide how Pinion works on this machine: trust, network, cache, output, configuration.

import type { InsecureHost } from "../../net/connections/insecure-hosts.ts";
import {
  choice,
  choiceOr,
  count,
  duration,
  flag,
  inGroup,
  list,
  parsedList,
  path,
  text,
  wholeNumber,
  type SettingTable,
} from "./setting.ts";
import { insecureHosts, projectNames } from "../values/parsers.ts";

/** The types of the values. */
export interface MachineSettings {
  readonly trust: string | undefined;
  readonly cert: string | undefined;
  readonly ca: readonly string[];
  readonly "system-certs": boolean;
  readonly "fetch-intermediates": boolean;
  readonly "client-cert": string | undefined;
  readonly "client-key": string | undefined;
  readonly "client-key-passphrase": string | undefined;
  readonly "trust-file": string | undefined;
  readonly "allow-insecure-host": readonly InsecureHost[];
  readonly "allow-insecure-credentials": boolean;
  readonly "pip-cert": string | undefined;
  readonly proxy: string | undefined;
  readonly "https-proxy": string | undefined;
  readonly "http-proxy": string | undefined;
  readonly "no-proxy": readonly string[];
  readonly "no-proxy-env": boolean;
  readonly "proxy-auth": "any" | "basic" | "ntlm" | "negotiate" | undefined;
  readonly "proxy-username": string | undefined;
  readonly "proxy-password": string | undefined;
  readonly "http-timeout": number | undefined;
  readonly "http-connect-timeout": number | undefined;
  readonly retries: number | undefined;
  readonly "concurrent-downloads": number | undefined;
  readonly offline: boolean;
  readonly "cache-dir": string | undefined;
  readonly "shared-cache": string | undefined;
  readonly "shared-cache-mode": "read-write" | "read" | undefined;
  readonly "no-cache": boolean;
  readonly refresh: boolean;
  readonly "refresh-package": readonly string[];
  readonly quiet: number;
  readonly verbose: number;
  readonly color: "auto" | "always" | "never";
  readonly "no-progress": boolean;
  readonly strict: boolean;
  readonly json: boolean;
  readonly directory: string | undefined;
  readonly "config-file": string | undefined;
  readonly "no-config": boolean;
}

export const MACHINE_SETTINGS: SettingTable<MachineSettings> = {
  ...inGroup("trust", {
    trust: text({
      isUserOnly: true,
      flag: "--trust <SOURCES>",
      summary: "Trust only these certificates: `system`, `mozilla`, `env`, `file:PATH`, separated by commas",
    }),
    cert: path({
      isUserOnly: true,
      flag: "--cert <FILE>",
      summary: "Trust only the certificates in this file",
    }),
    ca: list({
      isUserOnly: true,
      flag: "--ca <FILE>",
      summary: "Also trust the certificates in this file; may be given several times",
    }),
    "system-certs": flag({
      flag: "--system-certs",
      aliases: ["--native-tls"],
      counters: ["--no-system-certs", "--no-native-tls"],
      summary: "Trust the operating system's certificates, but not the bundled Mozilla ones",
      uvVariables: ["UV_SYSTEM_CERTS", "UV_NATIVE_TLS"],
      uvKey: "system-certs",
      isOnlySwitchedOn: true,
      isUvTomlOnly: true,
    }),
    "fetch-intermediates": flag({
      flag: "--fetch-intermediates",
      summary: "Download missing intermediate certificates from the URLs given in the chain (AIA)",
    }),
    "client-cert": path({
      isUserOnly: true,
      flag: "--client-cert <FILE>",
      summary: "The certificate, and perhaps key, to show to servers that ask for one",
      commonVariables: ["SSL_CLIENT_CERT"],
      pipNames: ["client-cert"],
    }),
    "client-key": path({
      isUserOnly: true,
      flag: "--client-key <FILE>",
      summary: "The key of the client certificate, where it is in a file of its own",
    }),
    "client-key-passphrase": text({
      isFileless: true,
      isSecret: true,
      summary: "The passphrase of the client certificate's key",
    }),
    "trust-file": path({
      isUserOnly: true,
      summary: "The file in which `pinion trust add` keeps certificates, instead of the user's own",
    }),
    "allow-insecure-host": parsedList(insecureHosts, {
      flag: "--allow-insecure-host <ALLOW_INSECURE_HOST>",
      aliases: ["--trusted-host"],
      summary: "Connect to this host (`HOST` or `HOST:PORT`) without verification",
      uvVariables: ["UV_INSECURE_HOST"],
      pipNames: ["trusted-host"],
      uvKey: "allow-insecure-host",
      uvSeparator: " ",
    }),
    "allow-insecure-credentials": flag({
      isUserOnly: true,
      flag: "--allow-insecure-credentials",
      summary: "Send credentials even to hosts that are not verified",
    }),
    "pip-cert": path({
      isUserOnly: true,
      summary: "Also trust the certificates in this file, as pip does",
      pipKey: "cert",
    }),
  }),
  ...inGroup("network", {
    proxy: text({
      flag: "--proxy <URL>",
      summary:
        "The proxy to go through: http, https, socks4, socks4a, socks5, socks5h, pac+https or pac+file",
      pipNames: ["proxy"],
    }),
    "https-proxy": text({
      summary: "The proxy for https URLs only",
      uvKey: "https-proxy",
      isUvTomlOnly: true,
    }),
    "http-proxy": text({
      summary: "The proxy for http URLs only",
      uvKey: "http-proxy",
      isUvTomlOnly: true,
    }),
    "no-proxy": list({
      summary: "Hosts that are reached without a proxy, in addition to those of `NO_PROXY`",
      uvKey: "no-proxy",
      isUvTomlOnly: true,
    }),
    "no-proxy-env": flag({
      flag: "--no-proxy-env",
      summary: "Ignore proxies set by environment variables",
      pipNames: ["no-proxy-env"],
    }),
    "proxy-auth": choice(["any", "basic", "ntlm", "negotiate"], {
      flag: "--proxy-auth <SCHEME>",
      isUserOnly: true,
      summary:
        "The only authentication scheme to use with proxies (default: the best one that a proxy offers)",
    }),
    "proxy-username": text({
      summary: "The user name for proxies whose URL has none; `DOMAIN\\user` for a Windows domain",
    }),
    "proxy-password": text({
      isSecret: true,
      summary: "The password of `proxy-username`",
    }),
    "http-timeout": duration({
      flag: "--timeout <SECONDS>",
      summary: "How long to wait for data from a server",
      uvVariables: ["UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"],
      pipNames: ["timeout", "default-timeout"],
    }),
    "http-connect-timeout": duration({
      summary: "How long to wait for a connection",
      uvVariables: ["UV_HTTP_CONNECT_TIMEOUT"],
    }),
    retries: wholeNumber({
      flag: "--retries <COUNT>",
      summary: "How many times a request is retried after a temporary failure",
      uvVariables: ["UV_HTTP_RETRIES"],
      pipNames: ["retries"],
    }),
    "concurrent-downloads": wholeNumber({
      minimum: 1,
      summary: "Maximum number of simultaneous downloads",
      uvVariables: ["UV_CONCURRENT_DOWNLOADS"],
      uvKey: "concurrent-downloads",
    }),
    offline: flag({
      flag: "--offline",
      counters: ["--no-offline"],
      summary: "Use only the cache, not the network",
      uvVariables: ["UV_OFFLINE"],
      uvKey: "offline",
    }),
  }),
  ...inGroup("cache", {
    "cache-dir": path({
      isUserOnly: true,
      flag: "--cache-dir <CACHE_DIR>",
      summary: "The folder for Pinion's cache",
    }),
    "shared-cache": text({
      isUserOnly: true,
      flag: "--shared-cache <URL>",
      summary:
        "A store shared by several machines, checked for wheels before the indexes: `s3://BUCKET` or `oci://HOST/NAME`",
    }),
    "shared-cache-mode": choice(["read-write", "read"], {
      isUserOnly: true,
      flag: "--shared-cache-mode <MODE>",
      summary: "Whether wheels from an index are written to the shared cache (default: `read-write`)",
    }),
    "no-cache": flag({
      flag: "-n, --no-cache",
      aliases: ["--no-cache-dir"],
      summary: "Use a temporary cache for this run",
      uvVariables: ["UV_NO_CACHE"],
      pipNames: ["no-cache-dir"],
      isPipPresence: true,
      uvKey: "no-cache",
    }),
    refresh: flag({
      flag: "--refresh",
      counters: ["--no-refresh"],
      summary: "Refresh everything that is cached",
    }),
    "refresh-package": parsedList(projectNames, {
      flag: "--refresh-package <REFRESH_PACKAGE>",
      summary: "Refresh the cached data of this package",
    }),
  }),
  ...inGroup("output", {
    quiet: count({
      flag: "-q, --quiet",
      summary: "Print only results and errors; twice, print nothing",
      pipNames: ["quiet"],
    }),
    verbose: count({
      flag: "-v, --verbose",
      summary: "Show what is done and why; may be given several times",
      pipNames: ["verbose"],
    }),
    color: choiceOr("auto", ["auto", "always", "never"], {
      presets: [{ flag: "--no-color", value: "never" }],
      flag: "--color <COLOR_CHOICE>",
      summary: "When to use colours",
    }),
    "no-progress": flag({
      flag: "--no-progress",
      summary: "Show no progress bars",
      uvVariables: ["UV_NO_PROGRESS"],
    }),
    strict: flag({
      flag: "--strict",
      counters: ["--no-strict"],
      summary: "Warn about packages whose requirements are not met",
      uvPipKey: "strict",
    }),
    json: flag({
      flag: "--json",
      summary: "Print one JSON document instead of text",
    }),
  }),
  ...inGroup("configuration", {
    directory: path({
      isFileless: true,
      flag: "--directory <DIRECTORY>",
      uvVariables: ["UV_WORKING_DIR"],
      summary: "Run as if started in this folder",
    }),
    "config-file": path({
      isFileless: true,
      flag: "--config-file <CONFIG_FILE>",
      summary: "Read this settings file instead of the project's and the user's",
      uvVariables: ["UV_CONFIG_FILE"],
    }),
    "no-config": flag({
      isFileless: true,
      flag: "--no-config",
      aliases: ["--isolated"],
      summary: "Read no settings files",
      uvVariables: ["UV_NO_CONFIG", "UV_ISOLATED"],
      pipNames: ["isolated"],
    }),
  }),
};
