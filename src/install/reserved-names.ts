// Our own names inside an environment: the lock, and the folder in which a change is prepared (docs/transaction.md).

/** Held while an environment changes. */
export const LOCK_FILE = ".pinion.lock";

/** Holds what comes, what went and the journal, while an environment changes. */
export const CHANGE_FOLDER = ".pinion-change";

/** Whether a top-level name of an environment is one that a wheel must not bring. */
export function isReservedName(name: string): boolean {
  return name.toLowerCase() === "pyvenv.cfg" || RESERVED_COMPONENT.test(name);
}

/** Whether a path with slashes holds, at any depth, a name that could be taken for a lock or a journal. */
export function hasReservedComponent(path: string): boolean {
  return RESERVED_COMPONENT.test(path);
}

const RESERVED_COMPONENT = /(?:^|\/)\.pinion(?:-change|\.lock)/i;
