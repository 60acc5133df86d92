// What the system refuses in an environment, explained.

import { isPinionError, PinionError, systemCode } from "../errors.ts";

/** The error for an environment that the system refuses to change; an explained error stays what it is. */
export function unwritable(root: string, error: unknown): unknown {
  const code = systemCode(error);
  if (isPinionError(error) || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new PinionError(
    "environment/unwritable",
    `The environment cannot be changed, ${REASONS[code] ?? code}: ${root}`,
    {
      details: { root, systemCode: code },
      cause: error,
    },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "its file system is read-only",
  ENOSPC: "no space is left",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of its path is a file",
  EBUSY: "a file is in use",
  EMFILE: "too many files are open",
};
