// What a call led to, as a value to compare: tests of tables need no branch between success and failure.
import { isPinionError, type ErrorCode } from "../../src/errors.ts";

/** How a call failed. */
export interface Failure {
  readonly code: ErrorCode;
}

/** The value of a call, or the code of the error that it threw; any other exception goes on. */
export function outcome<T>(run: () => T): T | Failure {
  try {
    return run();
  } catch (error) {
    if (isPinionError(error)) return { code: error.code };
    throw error;
  }
}
