// Whether the requirements of a source distribution are known without building it: since version 2.2, its metadata names
// the fields that a build may change (PEP 643).

import type { Metadata } from "./metadata.ts";

export interface ChangeableFields {
  /** Metadata before 2.2 does not say which fields a build may change. */
  readonly isUnstated: boolean;
  /** Those that decide a resolution. Name and version are never among them. */
  readonly stated: readonly string[];
}

/** The fields that a build may change. */
export function changeableFields({ metadataVersion = "1.0", dynamic }: Metadata): ChangeableFields {
  const [major = 0, minor = 0] = metadataVersion.split(".").map(Number);
  return {
    isUnstated: major < 2 || (major === 2 && minor < 2),
    stated: DECIDING_FIELDS.filter((field) => dynamic.includes(field)),
  };
}

/** Whether every build keeps the requirements. */
export function hasStaticRequirements(metadata: Metadata): boolean {
  const { isUnstated, stated } = changeableFields(metadata);
  return !isUnstated && stated.length === 0;
}

const DECIDING_FIELDS = ["requires-dist", "requires-python", "provides-extra"];
