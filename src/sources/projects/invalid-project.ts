// The refusal of a project whose own tables cannot be meant.

import { isPinionError, PinionError } from "../../errors.ts";

/** What a project that is to be built says of its requirements and cannot mean, as a failure of its build, as in uv. */
export function invalidProject(error: unknown, subject: string): unknown {
  const { code, details, hints } = isPinionError(error) ? error : {};
  if (
    code !== "requirement/invalid" &&
    code !== "requirement/invalid-file" &&
    code !== "requirement/unsupported"
  )
    return error;
  return new PinionError("build/invalid-project", `Failed to build \`${subject}\``, {
    details: { ...details, subject },
    hints: hints ?? [],
    cause: error,
  });
}
