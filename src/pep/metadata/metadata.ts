// Core metadata of a distribution (packaging.python.org "Core metadata specifications", PEP 566, 643, 685, 794):
// what the resolver and `show` need of METADATA and PKG-INFO.

import { append } from "../../base/values/group-by.ts";
import { PinionError } from "../../errors.ts";
import { readHeaders } from "./core-metadata-fields.ts";
import { isValidName, normalizeName } from "../name.ts";
import { parseLenientRequirement, parseLenientSpecifierSet } from "../lenient.ts";
import type { Requirement } from "../requirements/requirement.ts";
import type { SpecifierSet } from "../versions/specifier-set.ts";
import { parseVersion, type Version } from "../versions/version.ts";

/** The fields of a metadata file that decide what is installed. */
export interface Metadata {
  /** As written, such as `2.4`; minor versions that came later are taken as they are. */
  readonly metadataVersion: string | undefined;
  /** Normalised. */
  readonly name: string;
  /** As its author writes it. */
  readonly writtenName: string;
  readonly version: Version;
  readonly requiresPython: SpecifierSet | undefined;
  readonly requiresDist: readonly Requirement[];
  /** Normalised. */
  readonly providesExtra: readonly string[];
  /** Fields that a wheel may have otherwise than its source distribution (PEP 643), in lower case. */
  readonly dynamic: readonly string[];
  /** Each header as written, in its order; the description is not among them. */
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * Parses METADATA or PKG-INFO, reading only its header.
 *
 * Lenient: unknown fields and newer minor versions are taken, and well-known mistakes of old requirements repaired.
 *
 * @param readRequirement for many files: a reader that shares what their requirements have in common
 * @throws PinionError `index/invalid-metadata`
 */
export function parseMetadata(
  text: string,
  readRequirement: (text: string) => Requirement = parseLenientRequirement,
): Metadata {
  const { headers } = readHeaders(text);
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    append(values, key, value);
  }
  const metadataVersion = values.get("metadata-version")?.[0];
  if (metadataVersion !== undefined && Number.parseInt(metadataVersion, 10) > NEWEST_MAJOR) {
    throw invalid(`its metadata version is \`${metadataVersion}\`, which is newer than Pinion`);
  }
  const writtenName = required(values, "Name");
  if (!isValidName(writtenName)) throw invalid(`\`Name\` is not a project name: \`${writtenName}\``);
  const requiresPython = values.get("requires-python")?.[0];
  return {
    metadataVersion,
    name: normalizeName(writtenName),
    writtenName,
    version: parsed("Version", required(values, "Version"), parseVersion),
    requiresPython:
      requiresPython === undefined
        ? undefined
        : parsed("Requires-Python", requiresPython, parseLenientSpecifierSet),
    requiresDist: (values.get("requires-dist") ?? []).map((value) =>
      parsed("Requires-Dist", value, readRequirement),
    ),
    providesExtra: (values.get("provides-extra") ?? []).filter(isValidName).map(normalizeName),
    dynamic: (values.get("dynamic") ?? []).map((field) => field.trim().toLowerCase()),
    headers,
  };
}

function required(values: ReadonlyMap<string, readonly string[]>, field: string): string {
  const [value, another] = values.get(field.toLowerCase()) ?? [];
  if (value === undefined || value.trim() === "") throw invalid(`\`${field}\` is missing`);
  if (another !== undefined) throw invalid(`\`${field}\` occurs twice`);
  return value.trim();
}

function parsed<T>(field: string, value: string, parse: (text: string) => T): T {
  try {
    return parse(value);
  } catch (error) {
    throw invalid(`\`${field}\` is invalid: \`${value}\``, error);
  }
}

function invalid(reason: string, cause?: unknown): PinionError {
  return new PinionError("index/invalid-metadata", `The metadata cannot be understood: ${reason}`, {
    details: { reason },
    cause,
  });
}

// "Automated tools should fail if the major version is greater than the highest they support" (core metadata).
const NEWEST_MAJOR = 2;
