// What the cache lacks while the network is disabled.

import { PinionError } from "../errors.ts";
import { redactUrl } from "./url.ts";

/** The refusal; `what` is a URL, or words for what was wanted. */
export function notCached(url: string, what?: string): PinionError {
  const shown = redactUrl(url);
  return new PinionError(
    "net/offline",
    `Network connectivity is disabled, but ${what ?? `\`${shown}\``} wasn't found in the cache`,
    { details: { url: shown }, hints: [{ kind: "fill-cache" }] },
  );
}
