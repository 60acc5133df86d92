// The state of an environment as a string: what a plan was made for, compared before it is applied.

import { hash } from "node:crypto";
import { basename } from "node:path";

import { directUrlDocument } from "../../pep/files/direct-url.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";

/** Equal for equal sets of distributions: their names, versions, folders and origins. SHA-256, hexadecimal. */
export function fingerprintOf(installed: readonly InstalledDistribution[]): string {
  const lines = installed.map(({ name, version, kind, directory, location, directUrl, isEditable }) =>
    JSON.stringify([
      name,
      version.text,
      kind,
      location,
      basename(directory),
      directUrl === undefined ? null : directUrlDocument(directUrl),
      isEditable,
    ]),
  );
  return hash("sha256", lines.toSorted().join("\n"), "hex");
}
