// A way for bytes to an endpoint, as TCP and every kind of tunnel make it.

import type { Socket } from "node:net";

import type { TrustStore } from "../../trust/store.ts";
import type { Deadline } from "../deadline.ts";
import type { Lookup } from "./dial.ts";
import type { ProxyDecision } from "../proxies/proxy.ts";
import type { ProxyLogins } from "../proxies/proxy-login.ts";

export interface CarrierOptions {
  readonly route: ProxyDecision;
  /** For the proxy's own certificate, where the proxy is spoken to over TLS. */
  readonly trust: TrustStore;
  readonly lookup: Lookup;
  readonly deadline: Deadline;
  /** Logins at proxies; by default those of this carrier only. */
  readonly logins?: ProxyLogins | undefined;
}

export interface Carrier {
  readonly socket: Socket;
  /** Undefined behind a proxy that looks the name up itself. */
  readonly address: string | undefined;
  readonly lookupMs: number | undefined;
  /** To the first byte that can be sent to the endpoint. */
  readonly connectMs: number;
}
