// The last step of everything that leaves for a screen or a file: no secret and nothing that drives a terminal passes,
// whichever command made the text and wherever its parts came from (an index, installed metadata, a settings file).

import { hideSecrets } from "../net/url.ts";

/** Text for a screen: secrets hidden, control characters removed but for line ends, tabs and, if allowed, colours. */
export function safeText(text: string, { hasColor }: { readonly hasColor: boolean }): string {
  return hideSecrets(text).replace(COLOR_OR_CONTROL, (found) => (found.length > 1 && hasColor ? found : ""));
}

/** A value as one line of JSON: secrets hidden in every string, control characters escaped. */
export function safeJson(value: unknown, indent?: number): string {
  const hide = (_: string, entry: unknown): unknown =>
    typeof entry === "string" ? hideSecrets(entry) : entry;
  return JSON.stringify(value, hide, indent).replace(
    JSON_CONTROL,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// Our own colours are `ESC [ … m`; everything else of C0, DEL and C1 drives terminals, and separators of lines, marks for
// direction and what has no width reorder or hide what is read (CVE-2021-42574).
const COLOR_OR_CONTROL =
  // eslint-disable-next-line no-control-regex
  /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const JSON_CONTROL = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
