// On which lines of a project's file its requirements stand, for messages.

import { withoutComment } from "../../pep/requirements/line-comment.ts";

/** The lines on which requirements stand. One pass finds them all, since a file may have as many requirements as lines. */
export function linesOfRequirements(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const [index, line] of text.split("\n").entries()) {
    for (const piece of [...quotedIn(line), ...entriesIn(line)])
      if (!lines.has(piece)) lines.set(piece, index + 1);
  }
  return lines;
}

/** The strings of a line of TOML, as they are written. */
function quotedIn(line: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const quote = line[at];
    if (quote !== '"' && quote !== "'") continue;
    let end = at + 1;
    while (end < line.length && line[end] !== quote) end += quote === '"' && line[end] === "\\" ? 2 : 1;
    if (end >= line.length) return found;
    found.push(line.slice(at + 1, end).trim());
    at = end;
  }
  return found;
}

/** What a line of an INI file may list: all of it, or what semicolons separate after its key. */
function entriesIn(line: string): readonly string[] {
  const entry = withoutComment(line);
  const value = entry.slice(entry.indexOf("=") + 1);
  return [entry, ...value.split(";").map((piece) => piece.trim())];
}
