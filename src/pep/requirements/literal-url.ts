// URLs that others state, such as the metadata of a distribution, a project or an index, as lines of a requirements file: `${NAME}`
// would stand there for a variable of the user who installs from it, and a backslash at the end would draw in the next line.

/** The same URL, which names no variable and ends its line. */
export function literalUrl(url: string): string {
  return url.replaceAll("${", "$%7B").replace(/\\$/, "%5C");
}
