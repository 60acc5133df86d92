// Pages of indexes through the cache: fetched once per run, kept in digested form with what HTTP says about their
// freshness (RFC 9111), asked for again by their validators.

import { once } from "../base/once.ts";
import { Turns } from "../base/turns.ts";
import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import { answerThroughCache, type CacheSettings } from "./cached-answer.ts";
import {
  formatDigest,
  formatFiles,
  groupByName,
  groupByVersion,
  openDigest,
  openFiles,
  type VersionFiles,
} from "./condensed-page.ts";
import { readFlatLocation, readLocalProject } from "./local-index.ts";
import { projectUrl, type IndexLocation } from "./locations.ts";
import { parseSimplePage } from "./simple.ts";
import { keyUnder } from "../sources/provenance.ts";
import type { DistributionFile, PageSource, ProjectPage } from "./project-page.ts";
import type { IndexReference } from "../sources/source.ts";
import type { EntryKey } from "../store/entries.ts";

export interface Pages {
  /**
   * The files of a project at a simple index, newest version first; undefined where the index lacks the project.
   *
   * @throws index/auth-required, index/forbidden, index/not-an-index, index/malformed-page,
   * index/unreadable-directory, net/offline, and what the client throws
   */
  project(index: IndexLocation, name: string): Promise<readonly VersionFiles[] | undefined>;
  /** The files of a folder or of one page with many projects, by normalised name. @throws as {@link project} */
  flat(index: IndexLocation): Promise<ReadonlyMap<string, readonly DistributionFile[]>>;
  /** Whether the page of {@link project} was seen to have entries that cannot be read. */
  isDamaged(index: IndexLocation, name: string): boolean;
}

/** Pages of one run; each is fetched once. */
export function createPages(settings: CacheSettings): Pages {
  const projects = new Map<string, Promise<readonly VersionFiles[] | undefined>>();
  const flats = new Map<string, Promise<ReadonlyMap<string, readonly DistributionFile[]>>>();
  const damaged = new Set<string>();
  return {
    project: (index, name) => {
      const key = `${name} ${index.url}`;
      const onDamaged = (): void => void damaged.add(key);
      return once(projects, key, () => readProject(index, name, { ...settings, onDamaged }));
    },
    isDamaged: (index, name) => damaged.has(`${name} ${index.url}`),
    flat: (index) => once(flats, index.url, async () => groupByName(await readFlat(index, settings))),
  };
}

/** Drops what is kept of a project's page, so that the next run asks for all of it. @throws cache/unusable */
export function forgetPage(
  index: IndexReference,
  name: string,
  { client, store }: Pick<CacheSettings, "client" | "store">,
): void {
  const key = index.kind === "flat" ? flatKey(index) : projectKey(index, name);
  store.removeEntry("pages", keyUnder(client.protectionOf(index.url), key));
}

function projectKey(index: IndexReference, name: string): EntryKey {
  return { project: name, id: `${index.url} ${name}` };
}

function flatKey(index: IndexReference): EntryKey {
  return `flat ${index.url}`;
}

async function readProject(
  index: IndexLocation,
  name: string,
  settings: CacheSettings,
): Promise<readonly VersionFiles[] | undefined> {
  if (index.url.startsWith("file:")) {
    settings.witness?.other();
    const files = await readLocalProject(index, name);
    return files === undefined ? undefined : groupByVersion(files, name, index);
  }
  return answerThroughCache(
    {
      key: projectKey(index, name),
      url: projectUrl(index, name),
      index,
      name,
      digest: async (body, source) =>
        formatDigest(groupByVersion((await readPage(body, source, settings)).files, name, index)),
      open: (text) => openDigest(text, index),
    },
    settings,
  );
}

async function readFlat(index: IndexLocation, settings: CacheSettings): Promise<readonly DistributionFile[]> {
  if (index.url.startsWith("file:")) {
    settings.witness?.other();
    return readFlatLocation(index);
  }
  const files = await answerThroughCache(
    {
      key: flatKey(index),
      url: index.url,
      index,
      name: undefined,
      digest: async (body, source) => formatFiles((await readPage(body, source, settings)).files),
      open: openFiles,
    },
    settings,
  );
  if (files !== undefined) return files;
  const url = redactUrl(index.url);
  throw new PinionError(
    "index/unreadable-directory",
    `There is no page of distributions at \`${url}\`, which \`${index.origin}\` names`,
    {
      details: { url, origin: index.origin, isMissingPage: true },
    },
  );
}

/** Reads a page, and warns of the entries that it could not read. */
async function readPage(
  body: string,
  source: PageSource,
  { onWarning, onDamaged, signal }: CacheSettings,
): Promise<ProjectPage> {
  const page = await parseSimplePage(body, source, new Turns(signal));
  const { unreadable } = page;
  if (unreadable !== undefined) {
    onDamaged?.();
    const shown = unreadable.first.map((where) => `\`${where}\``);
    const more = unreadable.count - shown.length;
    onWarning?.(
      `The page \`${redactUrl(source.url)}\` has entries that cannot be read, which are left out: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    );
  }
  return page;
}
