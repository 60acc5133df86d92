// Ways in which a file becomes another one; each leaves what it can as it was.

import { appendFileSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";

export const FILE_CHANGES = {
  "another byte under the same time": (path: string): void => {
    const bytes = readFileSync(path);
    const { atime, mtime } = statSync(path);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
  },
  "a byte more": (path: string): void => appendFileSync(path, "x"),
  "another time": (path: string): void => utimesSync(path, new Date(0), new Date(0)),
  removed: (path: string): void => rmSync(path),
} as const;
