// Where `pinion trust add` keeps what is trusted for one host only.

import { join } from "node:path";

/** Beside the settings of the user. */
export function hostTrustFile(home: string): string {
  return join(home, ".config", "pinion", "trusted-hosts.json");
}
