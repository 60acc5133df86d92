// Work that several callers need and that is done once, and values that are made once.

/** The promise under a key, started where there is none yet. A failure is forgotten, so that the next caller tries again. */
export function once<K, T>(known: Map<K, Promise<T>>, key: K, start: () => Promise<T>): Promise<T> {
  const running = known.get(key);
  if (running !== undefined) return running;
  const started = start();
  known.set(key, started);
  started.catch(() => {
    if (known.get(key) === started) known.delete(key);
  });
  return started;
}

/** The value under a key, made where there is none yet: ECMAScript's `getOrInsertComputed`, which Node 20 does not have. */
export function madeOnce<K, T>(
  known: { get(key: K): T | undefined; set(key: K, value: T): unknown },
  key: K,
  make: () => T,
): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
