// How an answer came over the network, and by whose trust. What is kept of it is only used where it would have come as safely
// (docs/cache.md, "Provenance").

import { hash } from "node:crypto";

import type { TrustStore } from "../trust/store.ts";
import { findInsecureHost, type InsecureHost } from "./connections/insecure-hosts.ts";
import { projectProxyFor, type ProxySettings } from "./proxies/proxy.ts";
import { endpointOf } from "./url.ts";

/**
 * `verified`: every server on the way proved its name by TLS, to the trust of the machine and its user. `project …`: to a root that a
 * project's file brought, with the name of that trust: as good as verified for a run with the same trust, and for no other.
 * `unverified`: plain HTTP, or a host that is not verified. `unverified …`: that, where something that a project's file brought could
 * have changed it, with the name of that: what one project's proxy says is not used by any other run.
 */
export type Protection = "verified" | "unverified" | `project ${string}` | `unverified ${string}`;

/** What decides about the protection of a URL. */
export interface ProtectionSettings {
  readonly trust: Pick<TrustStore, "projectTrustFor">;
  readonly insecureHosts?: readonly InsecureHost[] | undefined;
  readonly proxy?: ProxySettings | undefined;
}

/**
 * How an answer of a URL comes if nothing redirects.
 *
 * @throws tls/trust-source-unusable for the certificate of a project
 */
export function protectionOf(
  url: URL,
  { trust, insecureHosts = [], proxy = {} }: ProtectionSettings,
): Protection {
  if (url.protocol !== "https:" || findInsecureHost(insecureHosts, url) !== undefined) {
    const reader = projectProxyFor(url, proxy);
    return reader === undefined ? "unverified" : `${UNVERIFIED}${nameOf(reader.value)}`;
  }
  const own = trust.projectTrustFor(endpointOf(url));
  return own === undefined ? "verified" : `${PROJECT}${own}`;
}

/** The protection of the weakest of several steps; of what projects brought to them, all of it. */
export function weakestOf(steps: readonly Protection[]): Protection {
  const brought = steps.filter(isByProject).flatMap((step) => step.split(" ").slice(1));
  const names = [...new Set(brought)].toSorted().join(" ");
  if (steps.some(isUnverified)) return names === "" ? "unverified" : `${UNVERIFIED}${names}`;
  return names === "" ? "verified" : `${PROJECT}${names}`;
}

/** Whether some server on the way did not prove its name, to anybody. */
export function isUnverified(protection: Protection): boolean {
  return protection === "unverified" || protection.startsWith(UNVERIFIED);
}

/** Whether a project's own root is part of what vouches, or its proxy of what answers. */
export function isByProject(
  protection: Protection,
): protection is Exclude<Protection, "verified" | "unverified"> {
  return protection !== "verified" && protection !== "unverified";
}

/** The URL of a proxy may hold a password. */
function nameOf(proxy: string): string {
  return hash("sha256", proxy, "hex");
}

const PROJECT = "project ";
const UNVERIFIED = "unverified ";
