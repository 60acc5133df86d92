// The one error that Pinion throws on purpose: a stable code, data for programs, hints for people.
// A plain `Error` anywhere else is a bug of ours.

import type { Hint } from "./advice.ts";

/** What every code means, in a line; the list is also `docs/errors.md`. A code is never reused. */
export const ERROR_CODES = {
  "usage/invalid-argument": "an option or argument is invalid, of a command or of a function of the library",
  "usage/unsupported": "an option of another tool that Pinion does not support on purpose",

  "settings/invalid": "a settings file or variable has an invalid value",
  "settings/unreadable": "a settings file cannot be read",

  "requirement/invalid": "a requirement does not follow the dependency-specifier grammar",
  "requirement/invalid-name": "a project name has characters that names must not have",
  "requirement/invalid-version": "a version does not follow PEP 440",
  "requirement/invalid-specifier": "a version specifier does not follow PEP 440",
  "requirement/invalid-marker": "an environment marker does not follow its grammar",
  "requirement/invalid-file": "a requirements file has a line that cannot be understood",
  "requirement/file-not-found": "a requirements file does not exist or cannot be read",
  "requirement/unsupported": "a kind of requirement that Pinion does not install",
  "requirement/local-path": "what came from the network names a file, folder or repository of this machine",
  "requirement/no-binary": "`--no-binary` leaves wheels out, and a requirement names one by URL or path",
  "requirement/conflicting-urls": "one project is required from two URLs",
  "requirement/transitive-url": "a project of an index asks for another project by URL",
  "requirement/unhashed-dependency": "`--require-hashes` is on and a dependency is not pinned with a hash",
  "requirement/hash-required":
    "`--require-hashes` is on and a requirement is not pinned with a hash; or requirements and constraints state hashes for a project and have none in common",

  "tls/expired": "a certificate of the chain has expired",
  "tls/not-yet-valid": "a certificate of the chain is not yet valid",
  "tls/hostname-mismatch": "the certificate is not valid for this host",
  "tls/unknown-issuer": "no trusted CA signed the chain",
  "tls/missing-intermediate": "the server does not send a certificate that its chain needs",
  "tls/self-signed-leaf": "the server's certificate is self-signed and not trusted",
  "tls/bad-signature": "a signature in the chain does not match its issuer's key",
  "tls/unsupported-signature-algorithm": "this runtime does not support a signature algorithm of the chain",
  "tls/weak-signature": "a signature of the chain uses SHA-1 or MD5",
  "tls/weak-key": "a key of the chain is too short",
  "tls/wrong-purpose": "a certificate of the chain is not for TLS servers",
  "tls/not-a-ca": "a certificate that is not a CA signed another",
  "tls/path-length-exceeded": "a CA's path length constraint is exceeded",
  "tls/name-constraint-violation": "the name constraints of a CA exclude this host",
  "tls/unknown-critical-extension": "a certificate has a critical extension that Pinion does not know",
  "tls/malformed-certificate": "a certificate cannot be read",
  "tls/revoked": "a certificate of the chain is revoked or distrusted",
  "tls/tls-inspection": "an inspecting proxy re-signs the connection with a root that is not trusted",
  "tls/client-certificate-required": "the server demands a client certificate",
  "tls/client-certificate-rejected": "the server rejects the client certificate",
  "tls/client-certificate-unusable": "the client certificate or its key cannot be used",
  "tls/protocol-version": "the server supports no secure version of TLS",
  "tls/no-shared-cipher": "the server and Pinion share no cipher suite, group or signature algorithm",
  "tls/handshake-failed": "the TLS handshake failed",
  "tls/plaintext-server": "the server does not speak TLS on this port",
  "tls/closed-during-handshake": "the connection ended during the TLS handshake",
  "tls/clock-skew": "this machine's clock is wrong",
  "tls/pin-mismatch": "no key of the chain is one that the index is pinned to",
  "tls/trust-source-unusable": "a configured source of trusted certificates cannot be used",

  "net/dns": "a host name has no address",
  "net/refused": "nothing listens at the host and port",
  "net/unreachable": "the network has no route to the host",
  "net/timeout": "the connection or the server timed out",
  "net/reset": "the connection was reset",
  "net/proxy-unreachable": "the proxy cannot be reached",
  "net/proxy-auth-required": "the proxy demands credentials",
  "net/proxy-refused": "the proxy refused to open the connection",
  "net/missing-credentials": "an index that always needs credentials has none",
  "net/redirect-loop": "a redirect loops, goes too far, or leads where it must not",
  "net/too-large": "an answer is larger than the limit",
  "net/malformed-response": "an answer breaks HTTP, or its compression",
  "net/offline": "the network is disabled and the cache does not have what is needed",
  "net/invalid-url": "a URL is not usable",
  "net/http-status": "the server answered with a status that is not a success",
  "net/cancelled": "the work was cancelled",

  "index/auth-required": "the index demands credentials",
  "index/forbidden": "the index forbids the request",
  "index/not-an-index": "the URL answers, but not as a package index",
  "index/not-found": "no index has the project",
  "index/malformed-page": "a page of the index cannot be understood",
  "index/invalid-metadata": "the metadata of a distribution cannot be understood",
  "index/metadata-mismatch": "the metadata of the index disagrees with the wheel",
  "index/unreadable-directory": "a folder or page that `--find-links` names cannot be read",

  "resolve/no-solution": "no set of versions fits all requirements",
  "resolve/budget-exhausted": "the search for a solution took too long",

  "lock/invalid": "a lock file does not follow its specification",
  "lock/unsupported-version": "a lock file is written in a newer version of its format",
  "lock/too-large": "a lock file is larger than the limit",
  "lock/unsupported-environment": "a lock file or one of its packages is not for this Python or platform",
  "lock/ambiguous": "a lock file selects two packages of one name",
  "lock/no-file": "a locked package has no file that can be used here",
  "lock/unknown-choice": "a lock file does not have the extra or group",
  "lock/local-path": "a lock file from the network names a file of this machine",

  "wheel/invalid-filename": "a distribution's file name does not follow its standard",
  "wheel/incompatible": "the wheel is for another Python or platform",
  "wheel/invalid": "the wheel breaks its standard",
  "wheel/hash-mismatch": "the bytes do not match the expected hash or size",
  "wheel/size-mismatch": "the size of a file is not the one in the lock file",
  "wheel/not-found": "a local wheel does not exist",
  "archive/not-found": "an archive to import does not exist or cannot be read",
  "archive/invalid": "an archive is malformed, ambiguous or dangerous",
  "archive/too-large": "an archive is larger than the limit when unpacked",

  "build/unsupported": "the distribution would have to be built from source",
  "build/failed": "the build backend failed, or gave something that cannot be used",
  "build/invalid-project": "a folder or source distribution is not a Python project that can be built",
  "build/disabled": "building is disabled, and the distribution would have to be built",
  "build/cycle": "building a distribution requires the distribution itself",

  "git/not-found": "the `git` command was not found",
  "git/failed": "the `git` command failed",
  "git/too-large": "a commit stands for more files, folders or bytes than an archive may have",
  "git/unsafe-submodule": "a submodule of a commit is behind a link, or outside of the checkout",
  "git/unknown-reference": "a Git repository does not have the branch, tag or commit",

  "environment/not-found": "there is no Python environment here",
  "environment/no-interpreter": "no suitable Python was found",
  "environment/broken-interpreter": "a Python interpreter cannot be run",
  "environment/externally-managed": "the environment belongs to another package manager",
  "environment/not-seeded": "pip cannot be installed into a new virtual environment",
  "environment/exists": "there is already something where the environment should go",
  "environment/locked": "another process is changing the environment",
  "environment/unwritable": "the environment cannot be written",
  "environment/conflict": "a file of a wheel would overwrite something that it must not",
  "environment/linked-outside": "a folder of the environment is a link that leads out of it",
  "environment/no-record": "an installed distribution has no list of its files",
  "environment/too-large": "what is installed has more metadata than the packages of any environment",
  "environment/changed": "the environment is not the one that the plan was made for",
  "environment/damaged-journal": "an interrupted change can be neither finished nor rolled back",

  "plan/invalid": "a plan cannot be read, or is one of another version of Pinion",

  "cache/unusable": "the cache folder cannot be used",
  "cache/damaged": "an entry of the cache has lost files",
  "cache/remote": "the shared cache refused a request or answered something unusable",
  "cache/locked": "another process uses the cache",

  "lab/unknown-shape": "the laboratory has no such shape",
  "lab/port-in-use": "the laboratory's port is in use",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Facts about a failure for programs; each room exports the interface of its own codes. Values survive JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface PinionErrorOptions {
  readonly details?: object;
  /** What to do, best first: sentences without a full stop, and advice as values. */
  readonly hints?: readonly Hint[];
  readonly cause?: unknown;
}

/**
 * A failure that a user, a server or the machine can cause, and that is explained.
 *
 * @example
 * throw new PinionError("net/refused", "Nothing listens at `pypi.corp.example:443`", { cause });
 */
export class PinionError extends Error {
  override readonly name = "PinionError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hints: readonly Hint[];

  constructor(code: ErrorCode, message: string, options: PinionErrorOptions = {}) {
    super(hideLogins(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = { ...options.details };
    this.hints = options.hints ?? [];
  }
}

/**
 * A message without the logins that a person wrote where a name or a path is meant: `user:secret@host`, also after the slashes of a
 * path that it was taken for. Words with a URL are left to `hideSecrets` of `net/url`; drives (`C:\\src@2`) and SCP addresses
 * (`git@host:path@tag`) hold no login.
 */
export function hideLogins(message: string): string {
  if (!message.includes("@")) return message;
  return message
    .split(/([\s`'"]+)/)
    .map(hideLogin)
    .join("");
}

function hideLogin(word: string): string {
  const at = word.lastIndexOf("@");
  const colon = at === -1 || word.includes("://") ? -1 : word.slice(0, at).search(/(?<=[^/\\]):(?![/\\])/);
  if (colon === -1 || word.lastIndexOf("@", colon) !== -1) return word;
  const start = Math.max(word.lastIndexOf("/", colon), word.lastIndexOf("\\", colon)) + 1;
  return `${word.slice(0, start)}****${word.slice(at)}`;
}

/** Tells whether a value is a {@link PinionError}, of the given code where one is named. */
export function isPinionError(value: unknown, code?: ErrorCode): value is PinionError {
  return value instanceof PinionError && (code === undefined || value.code === code);
}

/** The whole chain of causes, outermost first. Bounded, so that a cycle cannot hang a report. */
export function causeChain(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && next !== null && chain.length < MAX_CAUSES;) {
    chain.push(next);
    next = next instanceof Error ? next.cause : undefined;
  }
  return chain;
}

/** The `code` of a system or library error (`ENOENT`, `ECONNRESET`), where it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const MAX_CAUSES = 16;
