// Metadata in a script's comments (PEP 723): the TOML between `# /// script` and `# ///`.

import { PinionError } from "../errors.ts";

/**
 * The TOML of a script's metadata; undefined where it has none.
 *
 * @throws requirement/invalid-file where a block does not end, or where there is more than one
 */
export function scriptMetadata(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const blocks: string[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    if (lines[start] !== "# /// script") continue;
    const end = endOfBlock(lines, start);
    if (end === undefined)
      throw new PinionError(
        "requirement/invalid-file",
        "An opening tag (`# /// script`) was found without a closing tag (`# ///`). Ensure that every line between the opening and closing tags (including empty lines) starts with a leading `#`.",
      );
    blocks.push(
      lines
        .slice(start + 1, end)
        .map((line) => line.slice(line.startsWith("# ") ? 2 : 1))
        .join("\n"),
    );
    start = end;
  }
  if (blocks.length > 1)
    throw new PinionError("requirement/invalid-file", "The script contains multiple PEP 723 metadata blocks");
  return blocks[0];
}

/** The last `# ///` of the comment lines that follow. */
function endOfBlock(lines: readonly string[], start: number): number | undefined {
  let end: number | undefined;
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line !== "#" && !line.startsWith("# ")) break;
    if (line === "# ///") end = index;
  }
  return end;
}
