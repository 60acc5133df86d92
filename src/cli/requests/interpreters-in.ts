// What Pythons said about themselves, kept in the cache.

import type { InterpreterCache } from "../../python/interpreters/interpreter.ts";
import { openStore } from "../../store/store.ts";

/** Those of the cache in a folder that may be used. */
export function interpretersIn(directory: string): InterpreterCache {
  const store = openStore(directory);
  return {
    read: (key) => store.readEntry("interpreters", { project: "python", id: key }),
    write: (key, bytes) => {
      try {
        store.writeEntry("interpreters", { project: "python", id: key }, bytes);
      } catch {
        // A cache that cannot be written costs time, and is reported by the command that needs it.
      }
    },
  };
}
