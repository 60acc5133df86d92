// The last step of everything that leaves for a screen or a file: no secret and nothing that drives a terminal passes,
// whichever command made the text and wherever its parts came from (an index, installed metadata, a settings file).

import { hideSecrets } from "../../net/url.ts";

/** Text for a screen: secrets hidden, control characters removed but for line ends, tabs and, if allowed, our own styles. */
export function safeText(text: string, { hasColor }: { readonly hasColor: boolean }): string {
  return hideSecrets(text).replace(COLOR_OR_CONTROL, (found) =>
    hasColor && OWN_STYLE.test(found) ? found : "",
  );
}

/**
 * Those of the words and variables of a command that no message may hold: PEM, and what is longer than anything a person
 * would recognise, each with what stands for it. A secret in the variable of a path is one of them.
 */
export function unshownValues(given: Iterable<string | undefined>): ReadonlyMap<string, string> {
  const unshown = new Map<string, string>();
  for (const value of given) {
    if (value === undefined || value.length < MIN_PEM_LENGTH) continue;
    if (value.includes(PEM_BEGIN)) unshown.set(value.trim(), "[PEM text]");
    else if (value.length > MAX_SHOWN_LENGTH)
      // Lists of paths are separated by blanks; what is said of one names only it.
      for (const word of [value, ...value.split(/\s+/)])
        if (word.length > MAX_SHOWN_LENGTH) unshown.set(word, `[${word.length} characters]`);
  }
  return unshown;
}

/** A message without those values, and without any PEM: it shows none, whichever file or variable held it. */
export function withoutValues(message: string, unshown: ReadonlyMap<string, string>): string {
  let shown = message;
  for (const [value, instead] of unshown) shown = shown.replaceAll(value, instead);
  return withoutPem(shown);
}

/** From the first BEGIN line to the last END line: one block may be the key of the certificate before it. */
export function withoutPem(text: string): string {
  return text.includes(PEM_BEGIN) ? text.replace(PEM_BLOCKS, "[PEM text]") : text;
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

const PEM_BEGIN = "-----BEGIN";
const MIN_PEM_LENGTH = PEM_BEGIN.length;
// To the END line of the last block, or to the end of the text where it was cut off.
const PEM_BLOCKS = /-----BEGIN(?:[^]*-----END [A-Z0-9 ]{1,40}(?:-----)?|[^]*)/;
// As in base/formats/pem-text.ts.
const MAX_SHOWN_LENGTH = 200;

// The styles of `output.ts`: bold, dim, four colours, and their ends. Others could hide what is read, such as `ESC [ 8 m`.
// eslint-disable-next-line no-control-regex
const OWN_STYLE = /^\u001b\[(?:1|2|22|31|32|33|36|39)m$/;
// Styles are `ESC [ … m`; everything else of C0, DEL and C1 drives terminals, and separators of lines, marks for
// direction and what has no width reorder or hide what is read (CVE-2021-42574).
const COLOR_OR_CONTROL =
  // eslint-disable-next-line no-control-regex
  /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const JSON_CONTROL = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
