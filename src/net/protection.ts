// How an answer came over the network, and by whose trust. What is kept of it is only used where it would have come as safely
// (docs/cache.md, "Provenance").

import type { TrustStore } from "../trust/store.ts";
import { findInsecureHost, type InsecureHost } from "./insecure-hosts.ts";
import { endpointOf } from "./url.ts";

/**
 * `verified`: every server on the way proved its name by TLS, to the trust of the machine and its user. `project …`: to a root that a
 * project's file brought, with the name of that trust: as good as verified for a run with the same trust, and for no other.
 * `unverified`: plain HTTP, or a host that is not verified.
 */
export type Protection = "verified" | "unverified" | `project ${string}`;

/** What decides about the protection of a URL. */
export interface ProtectionSettings {
  readonly trust: Pick<TrustStore, "projectTrustFor">;
  readonly insecureHosts?: readonly InsecureHost[] | undefined;
}

/**
 * How an answer of a URL comes if nothing redirects.
 *
 * @throws tls/trust-source-unusable for the certificate of a project
 */
export function protectionOf(url: URL, { trust, insecureHosts = [] }: ProtectionSettings): Protection {
  if (url.protocol !== "https:" || findInsecureHost(insecureHosts, url) !== undefined) return "unverified";
  const own = trust.projectTrustFor(endpointOf(url));
  return own === undefined ? "verified" : `${PROJECT}${own}`;
}

/** The protection of the weakest of several steps; of several projects' trusts, all of them. */
export function weakestOf(steps: readonly Protection[]): Protection {
  if (steps.includes("unverified")) return "unverified";
  const trusts = steps.filter(isByProject).flatMap((step) => step.slice(PROJECT.length).split(" "));
  return trusts.length === 0 ? "verified" : `${PROJECT}${[...new Set(trusts)].toSorted().join(" ")}`;
}

/** Whether a project's own root is part of what vouches. */
export function isByProject(protection: Protection): protection is `project ${string}` {
  return protection !== "verified" && protection !== "unverified";
}

const PROJECT = "project ";
