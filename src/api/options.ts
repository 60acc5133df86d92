// What an embedding program passes to an installer. Nothing is read from the process: environment, home and folders are given.

import type { ClientCertificateFiles } from "../trust/client-certificate.ts";
import type { BuildGuard } from "../build/tools.ts";
import type { InsecureHost } from "../net/connections/insecure-hosts.ts";
import type { ProxySettings } from "../net/proxies/proxy.ts";
import type { ProxyLoginSettings } from "../net/proxies/proxy-login.ts";
import type { IndexStrategy, LocationSettings } from "../registry/indexes/locations.ts";
import type { TrustSettings } from "../trust/sources.ts";
import type { OnEvent } from "./events.ts";

export type { ClientCertificateFiles };

export interface InstallerOptions {
  /** The folder of the cache, made at the first write. One that other users can change is refused: cache/unusable. */
  readonly cacheDirectory: string;
  /** What relative paths are relative to, that of `cacheDirectory` too. A relative one: to where the process is. */
  readonly directory: string;
  /** Variables that count: proxies, trust, credentials. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** For `~/.netrc` and the file of `pinion trust add`; without one neither is read. */
  readonly home?: string | undefined;
  readonly indexes?: Omit<LocationSettings, "directory"> | undefined;
  /** Default: `first-index`. */
  readonly indexStrategy?: IndexStrategy | undefined;
  readonly trust?: Omit<TrustSettings, "env" | "home"> | undefined;
  readonly network?: NetworkOptions | undefined;
  /** A store that a company's machines share, asked for files before the indexes: `s3://…` or `oci://…`. */
  readonly sharedCache?: SharedCacheOptions | undefined;
  /** Asks the indexes again, whatever is cached: about all projects, or about these. */
  readonly refresh?: "all" | readonly string[] | undefined;
  /** The compiled second thread for unpacking; without it everything stays on one. */
  readonly unpackWorker?: string | undefined;
  /** The compiled second thread for linking; without it everything stays on one. */
  readonly linkWorker?: string | undefined;
  readonly onEvent?: OnEvent | undefined;
  readonly builds?: BuildOptions | undefined;
}

/** What an embedding program decides about builds of sources. */
export interface BuildOptions {
  /** Maximum number of builds at the same time (default: one per processor). */
  readonly concurrency?: number | undefined;
  /** After which a single hook of a backend is ended; by default none. */
  readonly timeoutMs?: number | undefined;
  /** Variables of the builds of single projects, in any spelling of their names. No plan holds them. */
  readonly variables?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /**
   * Called before each process of a build: forbids it by throwing, or gives back another command, such as one in a
   * sandbox.
   */
  readonly guard?: BuildGuard | undefined;
}

export interface SharedCacheOptions {
  /** `s3://bucket/prefix?endpoint=URL&region=NAME` or `oci://host/repository`. */
  readonly url: string;
  /** Whether what an index gave is written there. Default: `read-write`. */
  readonly mode?: "read-write" | "read" | undefined;
}

export interface NetworkOptions {
  /** Default: what the variables of `env` say. */
  readonly proxy?: ProxySettings | undefined;
  /** How to log in to proxies: the only scheme to use, and credentials for those whose URL has none. */
  readonly proxyLogin?: Pick<ProxyLoginSettings, "scheme" | "credentials"> | undefined;
  readonly insecureHosts?: readonly InsecureHost[] | undefined;
  readonly allowInsecureCredentials?: boolean | undefined;
  /** Gets certificates that a server forgot to send from where its chain says they are (AIA); http only, bounded. */
  readonly fetchesIntermediates?: boolean | undefined;
  readonly clientCertificate?: ClientCertificateFiles | undefined;
  /** Shown instead to the server of one URL: an index's own. */
  readonly clientCertificates?:
    | readonly { readonly url: string; readonly files: ClientCertificateFiles }[]
    | undefined;
  /** A program named `keyring` is called for credentials. */
  readonly keyring?: "disabled" | "subprocess" | undefined;
  /** Its name or path, where it is another one. */
  readonly keyringCommand?: string | undefined;
  readonly connectTimeoutMs?: number | undefined;
  readonly silenceTimeoutMs?: number | undefined;
  readonly retries?: number | undefined;
  /** Downloads at once. */
  readonly concurrentDownloads?: number | undefined;
  readonly isOffline?: boolean | undefined;
}
