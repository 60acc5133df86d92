// Work whose failure is an answer.

import { isPinionError } from "../../errors.ts";

/** The result; undefined where the work fails with an explained error. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isPinionError(error)) return undefined;
    throw error;
  }
}
