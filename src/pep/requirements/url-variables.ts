// `${NAME}` in a requirements file stands for a variable of the user who installs from it. What others state of a URL, such as the
// metadata of a distribution, a project or an index, must not name one where it is written into such a file.

/** The same URL, which names no variable. */
export function withoutVariables(url: string): string {
  return url.replaceAll("${", "$%7B");
}
