// From a source to its wheel in the store, or to its archive in a folder: the one place that distinguishes the kinds.

import { PinionError } from "../../errors.ts";
import type { Client } from "../../net/client.ts";
import { redactUrl } from "../../net/url.ts";
import type { UnpackedWheel } from "../../store/store.ts";
import { saveWheel } from "./save.ts";
import { isBuildable, type IndexReference, type Source } from "../source.ts";
import type { BuildOptions, SourceBuilder } from "../source-builder.ts";
import type { WheelFetcher } from "./wheel-fetcher.ts";
import type { FetchEvent, LinkedWheel } from "./linked-wheel.ts";

export interface ObtainTools {
  readonly client: Client;
  readonly wheels: WheelFetcher;
  readonly builder: SourceBuilder;
  /** What replaces the server's `Cache-Control` for the files of an index. */
  readonly cacheControlOf: (index: IndexReference) => string | undefined;
  /** The URL of a source with the credentials that were given for it. */
  readonly requestUrlOf: (url: string) => string | undefined;
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
}

export type ObtainOptions = Omit<BuildOptions, "requestUrl">;

/**
 * The wheel of a source, in the store: from there, downloaded, copied or built. Every hash that was stated is checked
 * before anything is kept.
 *
 * @throws wheel/hash-mismatch, wheel/not-found, wheel/invalid, archive/invalid, build/…, net/…, tls/…
 */
export function obtainWheel(
  source: Source,
  tools: ObtainTools,
  options: ObtainOptions = {},
): Promise<UnpackedWheel> {
  if (isBuildable(source))
    return tools.builder.wheel(source, { ...options, requestUrl: tools.requestUrlOf(source.url) });
  return tools.wheels.fetch(linkOf(source, tools), options);
}

/**
 * Saves the archive of a source as it is, into a new file.
 *
 * @throws as {@link obtainWheel}; requirement/unsupported for a source that is not an archive
 */
export async function saveArchive(
  source: Source,
  tools: ObtainTools,
  { path, hashes, signal }: ObtainOptions & { readonly path: string },
): Promise<void> {
  if (source.kind === "git" || source.kind === "directory") {
    throw notAnArchive(source.url);
  }
  const { client, onEvent } = tools;
  await saveWheel(linkOf(source, tools), { client, path, hashes: hashes ?? [], onEvent, signal });
}

/** The refusal to download a repository or a folder. */
export function notAnArchive(url: string): PinionError {
  const shown = redactUrl(url);
  return new PinionError("requirement/unsupported", `Cannot download \`${shown}\`: it is not an archive`, {
    details: { url: shown },
  });
}

function linkOf(
  source: Exclude<Source, { readonly kind: "git" | "directory" }>,
  { cacheControlOf, requestUrlOf }: ObtainTools,
): LinkedWheel {
  const { url, filename, hashes, size, isLocked } = source;
  const index =
    source.kind === "index" ? source.index : source.kind === "sdist" ? source.listing?.index : undefined;
  return {
    url,
    requestUrl: index === undefined ? requestUrlOf(url) : undefined,
    filename,
    hashes,
    size,
    isLocked,
    statedBy:
      isLocked === true
        ? "the lock file"
        : index === undefined
          ? "its URL"
          : `the index \`${redactUrl(index.url)}\``,
    listedBy: index?.url,
    cacheControl: index === undefined ? undefined : cacheControlOf(index),
  };
}
