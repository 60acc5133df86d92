// The names of indexes, as `--index NAME=URL` and `[[index]]` give them: https://docs.astral.sh/uv/concepts/indexes/

/** What is wrong with the name of an index, in uv's words; undefined where nothing is. */
export function indexNameFault(name: string): string | undefined {
  if (name === "") return "Index name cannot be empty";
  const found = /[^A-Za-z0-9._-]/u.exec(name)?.[0];
  return found === undefined
    ? undefined
    : `Index names may only contain letters, digits, hyphens, underscores, and periods, but found unsupported character (\`${found}\`) in: \`${name}\``;
}
