// The settings that decide how Pinion works on this machine: trust, network, cache, output, configuration.

import type { SettingDefinition } from "./definition.ts";

export type MachineSettingName =
  | "trust"
  | "cert"
  | "ca"
  | "system-certs"
  | "client-cert"
  | "client-key"
  | "client-key-passphrase"
  | "trust-file"
  | "allow-insecure-host"
  | "allow-insecure-credentials"
  | "pip-cert"
  | "fetch-intermediates"
  | "proxy"
  | "https-proxy"
  | "http-proxy"
  | "no-proxy"
  | "no-proxy-env"
  | "http-timeout"
  | "http-connect-timeout"
  | "retries"
  | "concurrent-downloads"
  | "offline"
  | "cache-dir"
  | "no-cache"
  | "shared-cache"
  | "shared-cache-mode"
  | "refresh"
  | "refresh-package"
  | "quiet"
  | "verbose"
  | "color"
  | "no-progress"
  | "json"
  | "directory"
  | "config-file"
  | "no-config";

export const MACHINE_SETTINGS: Readonly<Record<MachineSettingName, SettingDefinition>> = {
  trust: {
    group: "trust",
    type: "text",
    flag: "--trust <sources>",
    summary:
      "Trust these certificates and no others: `system`, `mozilla`, `env`, `file:PATH`, separated by commas",
  },
  cert: {
    group: "trust",
    type: "path",
    flag: "--cert <file>",
    summary: "Trust the certificates of this file and no others",
  },
  ca: {
    group: "trust",
    type: "list",
    flag: "--ca <file>",
    summary: "Trust the certificates of this file too; may be given several times",
  },
  "system-certs": {
    group: "trust",
    type: "boolean",
    flag: "--system-certs",
    aliases: ["--native-tls"],
    counters: ["--no-system-certs", "--no-native-tls"],
    summary: "Trust the operating system's certificates without the bundled Mozilla ones",
    uvVariables: ["UV_SYSTEM_CERTS", "UV_NATIVE_TLS"],
    uvKey: "system-certs",
    isUvTomlOnly: true,
  },
  "fetch-intermediates": {
    group: "trust",
    type: "boolean",
    flag: "--fetch-intermediates",
    summary: "Get certificates that a server forgot to send from where its chain says they are",
  },
  "client-cert": {
    group: "trust",
    type: "path",
    flag: "--client-cert <file>",
    summary: "The certificate, and perhaps key, to show to servers that ask for one",
    commonVariables: ["SSL_CLIENT_CERT"],
    pipNames: ["client-cert"],
  },
  "client-key": {
    group: "trust",
    type: "path",
    flag: "--client-key <file>",
    summary: "The key of the client certificate, where it is in a file of its own",
  },
  "client-key-passphrase": {
    group: "trust",
    type: "text",
    isFileless: true,
    isSecret: true,
    summary: "The passphrase of the client certificate's key",
  },
  "trust-file": {
    group: "trust",
    type: "path",
    summary: "The file in which `pinion trust add` keeps certificates, instead of the user's own",
  },
  "allow-insecure-host": {
    group: "trust",
    type: "list",
    flag: "--allow-insecure-host <host[:port]>",
    aliases: ["--trusted-host"],
    summary: "Connect to this host without verification",
    uvVariables: ["UV_INSECURE_HOST"],
    pipNames: ["trusted-host"],
    uvKey: "allow-insecure-host",
    uvSeparator: " ",
  },
  "allow-insecure-credentials": {
    group: "trust",
    type: "boolean",
    flag: "--allow-insecure-credentials",
    summary: "Send credentials even to hosts that are not verified",
  },
  "pip-cert": {
    group: "trust",
    type: "path",
    summary: "Trust the certificates of this file besides the others, as pip does",
    pipKey: "cert",
  },

  proxy: {
    group: "network",
    type: "text",
    flag: "--proxy <url>",
    summary: "The proxy to go through: http, https, socks4, socks4a, socks5, socks5h, pac+https or pac+file",
    pipNames: ["proxy"],
  },
  "https-proxy": {
    group: "network",
    type: "text",
    summary: "The proxy for https URLs only",
    uvKey: "https-proxy",
    isUvTomlOnly: true,
  },
  "http-proxy": {
    group: "network",
    type: "text",
    summary: "The proxy for http URLs only",
    uvKey: "http-proxy",
    isUvTomlOnly: true,
  },
  "no-proxy": {
    group: "network",
    type: "list",
    summary: "Hosts that are reached without a proxy, besides those of `NO_PROXY`",
    uvKey: "no-proxy",
    isUvTomlOnly: true,
  },
  "no-proxy-env": {
    group: "network",
    type: "boolean",
    flag: "--no-proxy-env",
    summary: "Ignore the proxies of environment variables",
    pipNames: ["no-proxy-env"],
  },
  "http-timeout": {
    group: "network",
    type: "seconds",
    flag: "--timeout <seconds>",
    summary: "How long a server may be silent",
    uvVariables: ["UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"],
    pipNames: ["timeout", "default-timeout"],
  },
  "http-connect-timeout": {
    group: "network",
    type: "seconds",
    summary: "How long a connection may take to open",
    uvVariables: ["UV_HTTP_CONNECT_TIMEOUT"],
  },
  retries: {
    group: "network",
    type: "whole-number",
    flag: "--retries <count>",
    summary: "How often a request is tried again after a passing failure",
    uvVariables: ["UV_HTTP_RETRIES"],
    pipNames: ["retries"],
  },
  "concurrent-downloads": {
    group: "network",
    type: "whole-number",
    summary: "How many downloads go on at once",
    uvVariables: ["UV_CONCURRENT_DOWNLOADS"],
    uvKey: "concurrent-downloads",
  },
  offline: {
    group: "network",
    type: "boolean",
    flag: "--offline",
    counters: ["--no-offline"],
    summary: "Use only the cache, not the network",
    uvVariables: ["UV_OFFLINE"],
    uvKey: "offline",
  },

  "cache-dir": {
    group: "cache",
    type: "path",
    flag: "--cache-dir <folder>",
    summary: "The folder of Pinion's cache",
  },
  "shared-cache": {
    group: "cache",
    type: "text",
    flag: "--shared-cache <url>",
    summary:
      "A store that several machines share, asked for wheels before the indexes: `s3://BUCKET` or `oci://HOST/NAME`",
  },
  "shared-cache-mode": {
    group: "cache",
    type: "choice",
    flag: "--shared-cache-mode <mode>",
    choices: ["read-write", "read"],
    summary: "Whether wheels from an index are written to the shared cache (default: `read-write`)",
  },
  "no-cache": {
    group: "cache",
    type: "boolean",
    flag: "-n, --no-cache",
    aliases: ["--no-cache-dir"],
    summary: "Use a temporary cache for this run",
    uvVariables: ["UV_NO_CACHE"],
    pipNames: ["no-cache-dir"],
    isPipPresence: true,
    uvKey: "no-cache",
  },
  refresh: {
    group: "cache",
    type: "boolean",
    flag: "--refresh",
    counters: ["--no-refresh"],
    summary: "Ask the indexes again for everything that is cached",
  },
  "refresh-package": {
    group: "cache",
    type: "list",
    flag: "--refresh-package <name>",
    summary: "Ask the indexes again for this package",
  },

  quiet: {
    group: "output",
    type: "count",
    flag: "-q, --quiet",
    summary: "Print only results; twice, print only errors",
    pipNames: ["quiet"],
  },
  verbose: {
    group: "output",
    type: "count",
    flag: "-v, --verbose",
    summary: "Tell what is done and why; may be given several times",
    pipNames: ["verbose"],
  },
  color: {
    group: "output",
    type: "choice",
    choices: ["auto", "always", "never"],
    presets: [{ flag: "--no-color", value: "never" }],
    flag: "--color <when>",
    summary: "When to use colours",
  },
  "no-progress": {
    group: "output",
    type: "boolean",
    flag: "--no-progress",
    summary: "Show no progress bars",
    uvVariables: ["UV_NO_PROGRESS"],
    uvKey: "no-progress",
  },
  json: {
    group: "output",
    type: "boolean",
    flag: "--json",
    summary: "Print one JSON document instead of text",
  },

  directory: {
    group: "configuration",
    isFileless: true,
    type: "path",
    flag: "--directory <folder>",
    uvVariables: ["UV_WORKING_DIR"],
    summary: "Work as if started in this folder",
  },
  "config-file": {
    group: "configuration",
    isFileless: true,
    type: "path",
    flag: "--config-file <file>",
    summary: "Read this settings file instead of the project's and the user's",
    uvVariables: ["UV_CONFIG_FILE"],
  },
  "no-config": {
    group: "configuration",
    isFileless: true,
    type: "boolean",
    flag: "--no-config",
    aliases: ["--isolated"],
    summary: "Read no settings files",
    uvVariables: ["UV_NO_CONFIG", "UV_ISOLATED"],
    pipNames: ["isolated"],
  },
};
