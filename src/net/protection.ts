// How an answer came over the network. What is kept of it is only used where it would have come as safely
// (docs/cache.md, "Provenance").

import { findInsecureHost, type InsecureHost } from "./insecure-hosts.ts";

/** `verified`: every server on the way proved its name by TLS. `unverified`: plain HTTP, or a host that is not verified. */
export type Protection = "verified" | "unverified";

/** How an answer of a URL comes if nothing redirects. */
export function protectionOf(url: URL, insecureHosts: readonly InsecureHost[]): Protection {
  return url.protocol === "https:" && findInsecureHost(insecureHosts, url) === undefined
    ? "verified"
    : "unverified";
}

/** The protection of the weakest of several steps. */
export function weakestOf(steps: readonly Protection[]): Protection {
  return steps.includes("unverified") ? "unverified" : "verified";
}
