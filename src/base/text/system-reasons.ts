// What the codes of system errors mean, in the words of messages.

/** `permission is denied` for `EACCES`; the code itself where it is a rare one. */
export function systemReason(code: string): string {
  return REASONS[code] ?? code;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "its file system is read-only",
  ENOSPC: "no space is left",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file",
  EBUSY: "a file is in use",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "a file name is too long for its file system",
};
