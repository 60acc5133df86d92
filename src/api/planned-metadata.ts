// The metadata of what a plan installs, before it is installed: from the index, the archive, or a build.

import type { Metadata } from "../pep/metadata/metadata.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { readUnpackedMetadata, type MetadataReader } from "../registry/metadata/metadata.ts";
import type { ChosenFile } from "../registry/candidates/select.ts";
import { isBuildable } from "../sources/source.ts";
import type { SourceBuilder } from "../sources/source-builder.ts";
import type { UnpackedWheel } from "../store/store.ts";
import { explainingMismatch } from "../sources/fetching/fetch-failure.ts";
import { fetchedBy } from "./plan/apply.ts";
import type { PlannedInstall } from "./plan/value.ts";

export interface MetadataTools {
  readonly metadata: Pick<MetadataReader, "read">;
  readonly builder: Pick<SourceBuilder, "metadata">;
  readonly obtain: (
    source: PlannedInstall["source"],
    options: Pick<PlannedInstall, "hashes">,
  ) => Promise<UnpackedWheel>;
  readonly signal?: AbortSignal | undefined;
}

/** @throws index/invalid-metadata, build/…, net/…, tls/… */
export async function readPlannedMetadata(planned: PlannedInstall, tools: MetadataTools): Promise<Metadata> {
  const { name, source, hashes: required, configSettings } = planned;
  const { signal } = tools;
  if (isBuildable(source)) {
    const building = tools.builder.metadata(source, {
      signal,
      hashes: required,
      isLocked: true,
      configSettings,
    });
    return (await explainingMismatch(building, () => fetchedBy(planned))).metadata;
  }
  if (source.kind === "direct") return readUnpackedMetadata(await tools.obtain(source, { hashes: required }));
  const { filename, url, hashes, size, index } = source;
  const file: ChosenFile = {
    name,
    version: parseVersion(source.version),
    filename,
    url,
    hashes,
    ...(size === undefined ? {} : { size }),
    // A lock file does not say whether there is a metadata file; one that is not there costs a request.
    metadata: source.isLocked === true ? true : source.metadata,
    yanked: false,
    index: { ...index, isDefault: false, isExplicit: true, origin: "the plan" },
  };
  return await tools.metadata.read(file, signal);
}
