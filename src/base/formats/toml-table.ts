// Tables of parsed TOML.

export type TomlTable = Readonly<Record<string, unknown>>;

/** A table below a table, by its path; undefined where there is none. */
export function tomlTable(table: TomlTable | undefined, ...path: readonly string[]): TomlTable | undefined {
  let value: unknown = table;
  for (const key of path) {
    if (!isTomlTable(value)) return undefined;
    value = value[key];
  }
  return isTomlTable(value) ? value : undefined;
}

export function isTomlTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
