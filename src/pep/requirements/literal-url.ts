// URLs and paths that others state, such as the metadata of a distribution, a project or an index, as words of a requirements
// file. There `${NAME}` would stand for a variable of the user who installs from it, options would follow a blank, a backslash at
// the end would draw in the next line, and pip ends a line wherever Python's `splitlines` does: a URL could add options to the
// file. A path could be taken for an option, a URL or a name.

/** The same URL, which names no variable and ends where it ends. */
export function literalUrl(url: string): string {
  return oneWord(url.replaceAll("${", "$%7B"));
}

/** The same URL, which is one word of its line, also where it names variables. */
export function oneWord(url: string): string {
  return url.replace(/[\s\p{Cc}]/gu, encodeURIComponent).replace(/\\$/, "%5C");
}

/** Whether a path can stand in a line as it is: without line ends, and without options and comments after its blanks. */
export function isOneLine(path: string): boolean {
  return !/[\p{Cc}\u2028\u2029]|\s[-#]|\\$/u.test(path);
}

/**
 * A path that others state, as a reader of the line takes it for that path and for nothing else; undefined where it has to be
 * written as its URL.
 */
export function literalPath(
  path: string,
  { isEditable }: { readonly isEditable: boolean },
): string | undefined {
  if (NOT_IN_PATHS.test(path)) return undefined;
  return PATH.test(path) || (isEditable && NAME.test(path)) ? path : `./${path}`;
}

/** Ends of words and lines, comments and fragments, markers, extras and variables. */
const NOT_IN_PATHS = /[\s\p{Cc}#;[\]]|\$\{|\\$/u;

/** Its first part is neither an option nor the scheme of a URL. */
const PATH = /^(?:\.{0,2}[/\\]|[A-Za-z]:[/\\]|[\w.][\w.-]*[/\\]|\.{1,2}$)/;

/** Without a slash it would be the name of a project, other than after `-e`. */
const NAME = /^[\w.][\w.-]*$/;
