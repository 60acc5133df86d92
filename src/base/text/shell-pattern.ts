// The patterns of proxy scripts: `*` for any characters, `?` for one. Matched in time that grows with text times pattern at
// worst and never more, where a regular expression made from the pattern may take for ever.

/**
 * Whether a string as a whole fits a pattern. It names nothing outside itself, because it is sent to the thread
 * that runs proxy scripts as its source.
 */
export function matchesShellPattern(text: string, pattern: string): boolean {
  let at = 0;
  let within = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (
      within < pattern.length &&
      (pattern[within] === "?" || pattern[within] === text[at]) &&
      pattern[within] !== "*"
    ) {
      at += 1;
      within += 1;
    } else if (pattern[within] === "*") {
      star = within;
      resume = at;
      within += 1;
    } else if (star !== -1) {
      resume += 1;
      at = resume;
      within = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[within] === "*") within += 1;
  return within === pattern.length;
}
