// Work that several callers need and that is done once.

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
