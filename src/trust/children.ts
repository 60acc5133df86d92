// The trust of this run for programs that it starts: build backends and what they start in turn, git. One bundle with
// every anchor, under the names that they read. What is trusted for single hosts is left out: no bundle can say that.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { replaceFile } from "../base/atomic-file.ts";
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
 *
 * @example
 * const { env } = await writeChildTrust(store, cacheFolder);
 * spawn("git", ["fetch"], { env: { ...process.env, ...env } });
 * @throws `tls/trust-source-unusable` where a source cannot be read, or the bundle cannot be written
 */
export async function writeChildTrust(store: TrustStore, directory: string): Promise<ChildTrust> {
  const bundle = store.mergedBundle();
  const digest = createHash("sha256").update(bundle).digest("hex").slice(0, NAME_DIGITS);
  const path = join(directory, `trust-${digest}.pem`);
  if (!existsSync(path)) writeBundle(path, directory, bundle);
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
    mkdirSync(directory, { recursive: true });
    replaceFile(path, bundle);
  } catch (cause) {
    const why = `cannot be written (${systemCode(cause) ?? "unknown reason"})`;
    throw new PinionError(
      "tls/trust-source-unusable",
      `The certificates for child processes: \`${path}\` ${why}`,
      {
        details: { label: "child processes", path, reason: "unreadable" },
        cause,
      },
    );
  }
}
const NAME_DIGITS = 16;
