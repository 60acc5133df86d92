// What a settings file names by a relative path is relative to that file.

import { dirname, isAbsolute, resolve } from "node:path";

/** A path of a file made absolute; URLs stay as they are, and so does what is blank, which names nothing. */
export function relativeToFile(text: string, file: string): string {
  return text.trim() === "" || text.includes("://") || isAbsolute(text) ? text : resolve(dirname(file), text);
}
