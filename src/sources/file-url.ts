// Paths and `file:` URLs.

import { fileURLToPath } from "node:url";

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";

/** The path that a `file:` URL names. @throws net/invalid-url where there is none, such as on another machine */
export function filePathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const shown = redactUrl(url);
    throw new PinionError("net/invalid-url", `Cannot read \`${shown}\`: the URL is not a path`, {
      details: { url: shown },
      cause,
    });
  }
}
