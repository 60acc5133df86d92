// Our own names inside an environment: the lock, and the folder in which a change is prepared (docs/transaction.md).

/** Held while an environment changes. */
export const LOCK_FILE = ".pinion.lock";

/** Holds what comes, what went and the journal, while an environment changes. */
export const CHANGE_FOLDER = ".pinion-change";

/** Tells whether a top-level name of an environment is none that a wheel may bring. */
export function isReservedName(name: string): boolean {
  const lowerCase = name.toLowerCase();
  return lowerCase === "pyvenv.cfg" || lowerCase.startsWith(LOCK_FILE) || lowerCase.startsWith(CHANGE_FOLDER);
}
