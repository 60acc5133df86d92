// Everything that was seen on the way of a request, before it is reported.

import type { ProxyLogins } from "../../net/proxies/proxy-login.ts";
import type { PinionError } from "../../errors.ts";
import type { InsecureHost } from "../../net/connections/insecure-hosts.ts";
import type { ProxyDecision } from "../../net/proxies/proxy.ts";
import type { Endpoint } from "../../net/url.ts";
import type { Answered } from "./ask.ts";
import type { JudgedChain } from "./judge-chain.ts";
import type { Looked } from "./look.ts";
import type { Target } from "./subject.ts";

/** Everything that was seen on the way, before it is reported. */
export interface Walk {
  /** What was learned about logging in to proxies on the way. */
  readonly logins: ProxyLogins | undefined;
  readonly target: Target;
  readonly endpoint: Endpoint;
  readonly route: Attempt<ProxyDecision>;
  readonly addresses: readonly string[] | undefined;
  readonly looked: Looked | undefined;
  /** Why the trust of this machine cannot be used. */
  readonly trustFailure: PinionError | undefined;
  readonly insecureHost: InsecureHost | undefined;
  readonly judged: JudgedChain | undefined;
  readonly answered: Answered | undefined;
}

export type Attempt<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: PinionError };
