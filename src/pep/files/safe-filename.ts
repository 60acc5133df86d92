// File names that others state: one segment of a path, without tricks.

/** Whether a string can be the name of a distribution's file: one path segment, no control character. */
export function isSafeFilename(filename: string): boolean {
  return (
    filename.length <= MAX_FILENAME && filename !== "." && filename !== ".." && SAFE_FILENAME.test(filename)
  );
}

/** The file name in which the path of a URL ends, decoded once; undefined where it is not a safe one. */
export function lastSegment(pathname: string): string | undefined {
  const segment = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    const filename = segment.includes("%") ? decodeURIComponent(segment) : segment;
    return isSafeFilename(filename) ? filename : undefined;
  } catch {
    return undefined;
  }
}

// NAME_MAX of Linux, macOS and Windows.
const MAX_FILENAME = 255;

// Neither separators nor what moves a cursor or reorders a line (CVE-2021-42574).
const SAFE_FILENAME = /^[^/\\:\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+$/;
