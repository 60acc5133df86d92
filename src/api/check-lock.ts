// Whether the packages that a lock file selects for a target fit together, without an environment: their metadata is read
// from the files that the lock names.

import { findProblems, type CheckedDistribution, type Problem } from "../inspect/problems.ts";
import type { Metadata } from "../pep/metadata.ts";
import type { Target } from "../pep/tags.ts";
import { parseVersion } from "../pep/version.ts";
import { tryParseWheelFilename } from "../pep/filename.ts";
import type { ChosenFile } from "../registry/select.ts";
import type { MetadataReader } from "../registry/metadata.ts";
import { isBuildable } from "../sources/source.ts";
import type { SourceBuilder } from "../sources/source-builder.ts";
import type { UnpackedWheel } from "../store/store.ts";
import { readUnpackedMetadata } from "../registry/metadata.ts";
import type { ChangePlan, PlannedInstall } from "./plan/value.ts";

/** What was checked, and what is wrong: a plain JSON value. */
export interface LockCheck {
  readonly packages: number;
  /** By the names of the packages. */
  readonly problems: readonly Problem[];
}

export interface CheckTools {
  readonly target: Target;
  readonly metadata: Pick<MetadataReader, "read">;
  readonly builder: Pick<SourceBuilder, "metadata">;
  readonly obtain: (source: PlannedInstall["source"]) => Promise<UnpackedWheel>;
  readonly signal?: AbortSignal | undefined;
}

/** Checks what a plan from a lock file would install. @throws index/invalid-metadata, build/…, net/…, tls/… */
export async function checkLocked(
  { install }: Pick<ChangePlan, "install">,
  tools: CheckTools,
): Promise<LockCheck> {
  const distributions = await Promise.all(
    install.map(async (planned): Promise<CheckedDistribution> => {
      const metadata = await metadataOf(planned, tools);
      const { source } = planned;
      const tags = "filename" in source ? tryParseWheelFilename(source.filename)?.tags : undefined;
      return {
        name: planned.name,
        version: metadata.version,
        directory: source.url,
        wheelTags: tags,
        metadata: () => metadata,
      };
    }),
  );
  return { packages: install.length, problems: findProblems(distributions, tools.target) };
}

async function metadataOf({ name, source }: PlannedInstall, tools: CheckTools): Promise<Metadata> {
  const { signal } = tools;
  if (isBuildable(source)) return (await tools.builder.metadata(source, { signal })).metadata;
  if (source.kind === "direct") return readUnpackedMetadata(await tools.obtain(source));
  const { filename, url, hashes, size, index } = source;
  const file: ChosenFile = {
    name,
    version: parseVersion(source.version),
    filename,
    url,
    hashes,
    ...(size === undefined ? {} : { size }),
    // A lock file does not say whether there is a metadata file; one that is not there costs a request.
    metadata: true,
    yanked: false,
    index: { ...index, isDefault: false, isExplicit: true, origin: "the lock file" },
  };
  return await tools.metadata.read(file, signal);
}
