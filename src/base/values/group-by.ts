// Values in groups, in the order of their first ones.

/** `Map.groupBy` of ES2024, which Node 20 does not have. */
export function groupBy<K, T>(values: Iterable<T>, keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) append(groups, keyOf(value), value);
  return groups;
}

/** Adds a value to the group of a key, the first one as well. */
export function append<K, T>(groups: Map<K, T[]>, key: K, value: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}
