// Words of others in Markdown (CommonMark 0.31, GitHub's extensions), as what they are: in code nothing is a link, an image or HTML,
// and bare addresses stay text.

import { oneLine, printable } from "../text/printable.ts";

/** As code, in one line. */
export function markdownCode(text: string): string {
  const line = printable(oneLine(text));
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const isPadded = /^`|`$|^ .* $/.test(line) || line === "";
  return isPadded ? `${fence} ${line} ${fence}` : fence + line + fence;
}

/** As code, in a cell of a table. */
export function markdownCell(text: string): string {
  return markdownCode(text).replaceAll("|", "\\|");
}

/** Text as it is where it cannot mean anything to Markdown, and otherwise as code. */
export function markdownText(text: string): string {
  return PLAIN.test(text) ? text : markdownCode(text);
}

const PLAIN = /^[A-Za-z0-9](?:[A-Za-z0-9 ,:()'-]*[A-Za-z0-9)])?$/;
