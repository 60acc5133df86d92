// The exit code of a failure, as uv 0.13 has it: 1 where a package, its files or an index caused it, 2 for the
// network, the machine, the cache and the command line.

import type { ErrorCode, PinionError } from "../errors.ts";
import type { ExitCode } from "./grammar/command.ts";

/** The exit code that belongs to a failure. */
export function exitCodeOf({ code, details }: PinionError): ExitCode {
  if (UNEXPLAINED.has(code) || details["isMissingPage"] === true) return 2;
  // What is installed is the machine's.
  if (details["isInstalled"] === true) return 2;
  // A hook that ends its process as if all were well and gives no answer, or names metadata that it did not write, is
  // unexpected.
  if (code === "build/failed" && (details["exitCode"] === 0 || details["isMetadataMissing"] === true))
    return 2;
  if (details["projectFile"] !== undefined && !code.startsWith("tls/")) return 2;
  if (code === "net/http-status") return details["status"] === NOT_FOUND ? 1 : 2;
  return EXPLAINED.has(code.slice(0, code.indexOf("/"))) || EXPLAINED.has(code) ? 1 : 2;
}

/** Groups and single codes whose failures come from what was requested or from what a server holds. */
const EXPLAINED: ReadonlySet<string> = new Set<string>([
  "resolve",
  "tls",
  "index",
  "wheel",
  "archive",
  "build",
  "git",
  "requirement/unhashed-dependency",
  "requirement/conflicting-urls",
  "requirement/transitive-url",
]);

/** A file or folder on this machine that cannot be read is none of them. */
const UNEXPLAINED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "index/unreadable-directory",
  "archive/not-found",
]);

const NOT_FOUND = 404;
