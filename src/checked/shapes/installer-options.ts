// The shape of what an installer is made from.

import type {
  InstallerOptions,
  NetworkOptions,
  SharedCacheOptions,
  BuildOptions,
} from "../../api/options.ts";
import type { ProxyLoginSettings } from "../../net/proxies/proxy-login.ts";
import type { ProxyCredentials } from "../../net/proxies/proxy-login.ts";
import type { IndexRules, IndexSetting, LocationSettings } from "../../registry/indexes/locations.ts";
import {
  amount,
  byName,
  callable,
  choice,
  count,
  either,
  flag,
  instant,
  list,
  options,
  optional,
  path,
  text,
  known,
  whole,
  without,
  type Fields,
  type Shape,
} from "./shape.ts";
import { certificateFiles, insecureHosts, proxySettings, trustFields } from "./connections.ts";
import { allOrTexts, variables } from "./values.ts";

const indexSetting: Shape<IndexSetting> = options<IndexSetting>({
  value: text,
  origin: text,
  name: optional(text),
  withVariables: optional(text),
  format: optional(choice("simple", "flat")),
  isDefault: flag,
  isExplicit: flag,
  authenticate: optional(choice("always", "auto", "never")),
  ignoreErrorCodes: optional(list(whole)),
  cacheControl: optional(
    options<NonNullable<IndexRules["cacheControl"]>>({ api: optional(text), files: optional(text) }),
  ),
  excludeNewer: optional(either(instant, choice("never"))),
  claim: optional(known<NonNullable<IndexRules["claim"]>>("a claim", {})),
});

const network: Shape<NetworkOptions> = options<NetworkOptions>({
  proxy: optional(proxySettings),
  proxyLogin: optional(
    options<Pick<ProxyLoginSettings, "scheme" | "credentials">>({
      scheme: optional(choice("basic", "ntlm", "negotiate")),
      credentials: optional(options<ProxyCredentials>({ username: text, password: text, source: text })),
    }),
  ),
  insecureHosts: optional(insecureHosts),
  allowInsecureCredentials: flag,
  fetchesIntermediates: flag,
  clientCertificate: optional(certificateFiles),
  clientCertificates: optional(
    list(
      options<NonNullable<NetworkOptions["clientCertificates"]>[number]>({
        url: text,
        files: certificateFiles,
      }),
    ),
  ),
  keyring: optional(choice("disabled", "subprocess")),
  keyringCommand: optional(path),
  connectTimeoutMs: optional(amount),
  silenceTimeoutMs: optional(amount),
  retries: optional(whole),
  concurrentDownloads: optional(count),
  isOffline: flag,
});

const trust = without(without(trustFields, "env"), "home");

const indexes: Fields<Omit<LocationSettings, "directory">> = {
  indexes: optional(list(indexSetting)),
  extraIndexUrls: optional(list(indexSetting)),
  defaultIndex: optional(indexSetting),
  findLinks: optional(list(indexSetting)),
  isIndexOff: flag,
};

export const installerOptions: Shape<InstallerOptions> = options<InstallerOptions>({
  cacheDirectory: path,
  directory: path,
  env: optional(variables),
  home: optional(text),
  indexes: optional(options<Omit<LocationSettings, "directory">>(indexes)),
  indexStrategy: optional(choice("first-index", "unsafe-first-match", "unsafe-best-match")),
  trust: optional(options<NonNullable<InstallerOptions["trust"]>>(trust)),
  network: optional(network),
  sharedCache: optional(
    options<SharedCacheOptions>({ url: text, mode: optional(choice("read-write", "read")) }),
  ),
  refresh: optional(allOrTexts),
  unpackWorker: optional(path),
  linkWorker: optional(path),
  onEvent: optional(callable()),
  builds: optional(
    options<BuildOptions>({
      concurrency: optional(count),
      timeoutMs: optional(amount),
      variables: optional(byName(byName(text))),
      guard: optional(callable()),
    }),
  ),
});
