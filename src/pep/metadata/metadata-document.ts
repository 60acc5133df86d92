// Core metadata as JSON (PEP 566, "JSON-compatible metadata"): keys in lower case with underscores, a list for each
// field that may be repeated. The description is not among them, as readers of metadata here stop before it.

import { append } from "../../base/values/group-by.ts";
import type { Metadata } from "./metadata.ts";

/** A plain JSON value; fields that the specification does not know are left out. */
export type MetadataDocument = Readonly<Record<string, string | readonly string[]>>;

export function metadataDocument({ headers }: Pick<Metadata, "headers">): MetadataDocument {
  const fields = new Map<string, string | readonly string[]>();
  const repeated = new Map<string, string[]>();
  for (const [header, value] of headers) {
    const key = header.toLowerCase().replaceAll("-", "_");
    if (key === "keywords") fields.set(key, splitKeywords(value));
    else if (SINGLE_FIELDS.has(key)) fields.set(key, value);
    else if (REPEATED_FIELDS.has(key)) {
      append(repeated, key, value);
    }
  }
  return Object.fromEntries([...fields, ...repeated]);
}

/** By commas; files of old are separated by blanks. */
function splitKeywords(value: string): readonly string[] {
  const words = value.includes(",") ? value.split(",").map((word) => word.trim()) : value.split(/\s+/);
  return words.filter((word) => word !== "");
}

const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  "metadata_version",
  "name",
  "version",
  "summary",
  "description_content_type",
  "home_page",
  "download_url",
  "author",
  "author_email",
  "maintainer",
  "maintainer_email",
  "license",
  "license_expression",
  "requires_python",
]);

const REPEATED_FIELDS: ReadonlySet<string> = new Set([
  "dynamic",
  "platform",
  "supported_platform",
  "classifier",
  "license_file",
  "requires",
  "requires_dist",
  "requires_external",
  "project_url",
  "provides",
  "provides_dist",
  "provides_extra",
  "obsoletes",
  "obsoletes_dist",
  "import_name",
  "import_namespace",
]);
