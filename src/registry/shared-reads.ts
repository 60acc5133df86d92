// What all registries of a session share: wheels that are being fetched, and metadata that was read. Both are facts
// about URLs, whichever plan asks.

import { createWheelFetcher, type WheelFetcher } from "../sources/fetching/wheel-fetcher.ts";
import type { WheelSettings } from "../sources/fetching/linked-wheel.ts";
import { createMetadataReader, type MetadataReader } from "./metadata/metadata.ts";
import { fileLinkOf } from "./candidates/file-link.ts";

export interface SharedReads {
  readonly wheels: WheelFetcher;
  readonly metadata: MetadataReader;
}

export function createSharedReads(settings: WheelSettings): SharedReads {
  const { client, store, isOffline = false, shared } = settings;
  const wheels = createWheelFetcher(settings);
  const metadata = createMetadataReader({
    client,
    store,
    isOffline,
    shared,
    fetchWheel: (file, signal) => wheels.fetch(fileLinkOf(file), { signal }),
  });
  return { wheels, metadata };
}
