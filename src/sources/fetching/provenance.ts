// Entries of the cache by how their bytes came: what came without verified TLS, by a root that a project brought, or past its proxy
// in clear, is kept apart, so that a run which the machine's trust verifies never uses it, nor asks whether it still holds, and
// neither does a run of another project (docs/cache.md, "Provenance").

import { isUnverified, type Protection } from "../../net/protection.ts";
import type { EntryKey } from "../../store/cache/entries.ts";

/** The key of what a URL gives when it is asked with this protection. */
export function keyUnder(protection: Protection, key: EntryKey): EntryKey {
  if (protection === "verified") return key;
  return typeof key === "string" ? `${protection} ${key}` : { ...key, id: `${protection} ${key.id}` };
}

/** Whether an answer came as its URL promised; one that redirects made weaker is used once and not kept. */
export function isAsPromised(promised: Protection, answered: Protection): boolean {
  return (
    answered === "verified" || answered === promised || (answered === "unverified" && isUnverified(promised))
  );
}
