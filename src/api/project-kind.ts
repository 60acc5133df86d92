// Which files declare the requirements of a project or a script, by their names.

/** What kind of declaration a file holds; undefined for requirements files. */
export function projectKind(path: string): "pyproject" | "setup.cfg" | "setup.py" | "script" | undefined {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  if (name === "pyproject.toml") return "pyproject";
  if (name === "setup.cfg" || name === "setup.py") return name;
  return name.endsWith(".py") || name.endsWith(".pyw") ? "script" : undefined;
}
