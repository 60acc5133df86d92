// The trust of this run for programs that it starts: build backends and what they start in turn, git. One bundle with
// every anchor, under the names that they read. What is trusted for single hosts is left out: no bundle can say that.

import { hash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../base/files/make-folders.ts";
import { replaceFile } from "../base/files/atomic-file.ts";
import { ownershipFault } from "../base/files/folder-owner.ts";
import { readFileWithin } from "../base/files/small-file.ts";
import { PinionError, systemCode } from "../errors.ts";
import type { TrustStore } from "./store.ts";

/** What requests, pip, curl, git, Node and OpenSSL read. */
export type ChildVariable =
  | "SSL_CERT_FILE"
  | "REQUESTS_CA_BUNDLE"
  | "PIP_CERT"
  | "CURL_CA_BUNDLE"
  | "GIT_SSL_CAINFO"
  | "NODE_EXTRA_CA_CERTS";

/** What a child process needs to trust what this run trusts. */
export interface ChildTrust {
  /** The bundle, PEM. */
  readonly path: string;
  /** Variables to set in the child's environment, over those that it inherits. */
  readonly env: Readonly<Record<ChildVariable, string>>;
}

/**
 * Writes the merged bundle into a folder, under a name of its content, and gives the variables that lead children to it.
 * The folder is this user's only, made if it is missing: in one like /tmp others could decide what is trusted.
 *
 * @example
 * const { env } = await writeChildTrust(store, cacheFolder);
 * spawn("git", ["fetch"], { env: { ...process.env, ...env } });
 * @throws `tls/trust-source-unusable` where a source cannot be read, the bundle cannot be written, or the folder belongs to
 *   another user or can be written by every user
 */
export async function writeChildTrust(store: TrustStore, directory: string): Promise<ChildTrust> {
  const bundle = store.mergedBundle();
  const fault = ownershipFault(directory);
  if (fault !== undefined) throw unusable(directory, fault);
  const digest = hash("sha256", bundle, "hex").slice(0, NAME_DIGITS);
  const path = join(directory, `trust-${digest}.pem`);
  writeBundle(path, directory, bundle);
  return {
    path,
    env: {
      CURL_CA_BUNDLE: path,
      GIT_SSL_CAINFO: path,
      NODE_EXTRA_CA_CERTS: path,
      PIP_CERT: path,
      REQUESTS_CA_BUNDLE: path,
      SSL_CERT_FILE: path,
    },
  };
}

function writeBundle(path: string, directory: string, bundle: string): void {
  try {
    if (holdsBundle(path, bundle)) return;
    makeFolders(directory, { mode: PRIVATE_FOLDER_MODE });
    replaceFile(path, bundle, { mode: FILE_MODE });
  } catch (cause) {
    throw unusable(path, `cannot be written (${systemCode(cause) ?? "unknown reason"})`, cause);
  }
}

function holdsBundle(path: string, bundle: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  const size = Buffer.byteLength(bundle);
  if (status?.isFile() !== true || status.size !== size) return false;
  return readFileWithin(path, size).toString() === bundle;
}

function unusable(path: string, why: string, cause?: unknown): PinionError {
  return new PinionError(
    "tls/trust-source-unusable",
    `The certificates for child processes: \`${path}\` ${why}`,
    { details: { label: "child processes", path, reason: "unreadable" }, cause },
  );
}

const PRIVATE_FOLDER_MODE = 0o700;
const FILE_MODE = 0o644;
const NAME_DIGITS = 16;
