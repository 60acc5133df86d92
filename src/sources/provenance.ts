// Entries of the cache by how their bytes came: what came without verified TLS is kept apart, so that a verified run never
// uses it, nor asks whether it still holds (docs/cache.md, "Provenance").

import type { Protection } from "../net/protection.ts";
import type { EntryKey } from "../store/entries.ts";

/** The key of what a URL gives when it is asked with this protection. */
export function keyUnder(protection: Protection, key: EntryKey): EntryKey {
  if (protection === "verified") return key;
  return typeof key === "string" ? `${UNVERIFIED}${key}` : { ...key, id: `${UNVERIFIED}${key.id}` };
}

/** Whether an answer came as its URL promised; one that redirects made weaker is used once and not kept. */
export function isAsPromised(promised: Protection, answered: Protection): boolean {
  return promised === "unverified" || answered === "verified";
}

const UNVERIFIED = "unverified ";
