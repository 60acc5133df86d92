// What the system refuses in an environment, explained.

import { systemReason } from "../base/text/system-reasons.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";

/** The error for an environment that the system refuses to change; an explained error stays what it is. */
export function unwritable(root: string, error: unknown): unknown {
  const code = systemCode(error);
  if (isPinionError(error) || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new PinionError(
    "environment/unwritable",
    `The environment cannot be changed, ${systemReason(code)}: ${root}`,
    {
      details: { root, systemCode: code },
      cause: error,
    },
  );
}
