// What a client is made of, and what it reports while it works.

import type { ClientIdentity } from "../trust/client-identity.ts";
import type { TrustStore } from "../trust/store.ts";
import type { CredentialSource } from "./credentials/auth.ts";
import type { Lookup } from "./connections/dial.ts";
import type { InsecureHost } from "./connections/insecure-hosts.ts";
import type { ProxySettings } from "./proxies/proxy.ts";
import type { ProxyLogins } from "./proxies/proxy-login.ts";

export interface ClientSettings {
  readonly trust: TrustStore;
  readonly proxy: ProxySettings;
  readonly credentials?: CredentialSource | undefined;
  readonly insecureHosts?: readonly InsecureHost[] | undefined;
  /** Logins at proxies, which remember what each accepts; by default one that knows only the proxies' URLs. */
  readonly logins?: ProxyLogins | undefined;
  /** Sends credentials to insecure hosts too, where they can be intercepted. */
  readonly allowInsecureCredentials?: boolean | undefined;
  /** Shown to every server that asks for one. */
  readonly clientCertificate?: ClientIdentity | undefined;
  /** The origins that it is shown to, which may grow; every one where this is left out. */
  readonly clientCertificateOrigins?: ReadonlySet<string> | undefined;
  /** Instead, for the URLs of one origin. */
  readonly clientCertificates?:
    | readonly { readonly url: string; readonly certificate: ClientIdentity }[]
    | undefined;
  /** Fetches intermediates that a server forgot from where its chain says they are, over plain HTTP; off by default. */
  readonly fetchesIntermediates?: boolean | undefined;
  /** Lookup, TCP, tunnel and TLS together; 10 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** The longest silence, and the time over which 1 KB/s must come; 30 s. */
  readonly silenceTimeoutMs?: number | undefined;
  /** Further attempts after the first; 3. */
  readonly retries?: number | undefined;
  /** Connections per host; 16. */
  readonly concurrencyPerHost?: number | undefined;
  readonly isOffline?: boolean | undefined;
  readonly userAgent: string;
  readonly onEvent?: ((event: NetEvent) => void) | undefined;
  /** Name lookup, for embedders and tests; the system's by default. */
  readonly lookup?: Lookup | undefined;
  readonly clock?: Clock | undefined;
}

/** Time and chance, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, not including, 1. */
  random(): number;
}

/** What happened, for `-v` and progress. Addresses are redacted. */
export type NetEvent =
  | {
      readonly kind: "connected";
      readonly url: string;
      readonly proxy?: string;
      /** By which scheme the proxy was logged in to: "NTLM". */
      readonly proxyLogin?: string;
      readonly protocol?: string;
      /** Who vouched for the server: "`CN=Corp Root` (SSL_CERT_FILE=/etc/corp.pem)". */
      readonly anchor?: string;
      readonly durationMs: number;
    }
  | { readonly kind: "request"; readonly method: string; readonly url: string; readonly credentials?: string }
  | { readonly kind: "response"; readonly url: string; readonly status: number; readonly durationMs: number }
  | { readonly kind: "redirect"; readonly url: string; readonly target: string; readonly status: number }
  /** A redirect leaves TLS: what comes from there is not verified. */
  | { readonly kind: "downgrade"; readonly from: string; readonly to: string }
  | {
      readonly kind: "retry";
      readonly url: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  | {
      readonly kind: "insecure-host";
      readonly host: string;
      readonly port: number;
      readonly fingerprint: string;
      readonly origin: string;
      /** Whether trusting its certificate for this host would make a verified connection. */
      readonly isHelpedByTrust: boolean;
    }
  | {
      readonly kind: "credentials-withheld";
      readonly host: string;
      readonly port: number;
      /** Where not the host is the reason: the proxy, named by a project's file, that could read them without TLS. */
      readonly proxy?: string;
    };
