// The end of a URL's path, which may be as long as its author likes.

/** The text without the slashes at its end: from the end, since `/\/+$/` begins again at each slash. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === "/") end -= 1;
  return text.slice(0, end);
}
