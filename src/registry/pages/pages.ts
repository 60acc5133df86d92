// Pages of indexes through the cache: fetched once per run, kept in digested form with what HTTP says about their
// freshness (RFC 9111), asked for again by their validators.

import { throwIfCancelled } from "../../base/work/cancelled.ts";
import { once } from "../../base/work/once.ts";
import { inTurns, Turns } from "../../base/work/turns.ts";
import { PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import { answerThroughCache, type CacheSettings, type Question } from "./cached-answer.ts";
import { formatDigest, formatFiles } from "./condense-page.ts";
import { openDigest, openFiles, type VersionList } from "./condensed-page.ts";
import { groupByName, groupByVersion } from "./group-files.ts";
import { readFlatLocation, readLocalProject } from "../indexes/local-index.ts";
import { projectUrl, type IndexLocation } from "../indexes/locations.ts";
import { PageRoom } from "./page-room.ts";
import { parseSimplePage } from "./simple.ts";
import { keyUnder } from "../../sources/fetching/provenance.ts";
import type { DistributionFile, PageSource, ProjectPage } from "./project-page.ts";
import type { IndexReference } from "../../sources/source.ts";
import type { EntryKey } from "../../store/cache/entries.ts";

export interface Pages {
  /**
   * The files of a project at a simple index, newest version first; undefined where the index lacks the project.
   *
   * @throws index/auth-required, index/forbidden, index/not-an-index, index/malformed-page,
   * index/unreadable-directory, net/offline, net/too-large, and what the client throws
   */
  project(index: IndexLocation, name: string): Promise<VersionList | undefined>;
  /** The files of a folder or of one page with many projects, by normalised name. @throws as {@link project} */
  flat(index: IndexLocation): Promise<ReadonlyMap<string, readonly DistributionFile[]>>;
  /** Whether the page of {@link project} was seen to have entries that cannot be read. */
  isDamaged(index: IndexLocation, name: string): boolean;
}

/** Pages of one run; each is fetched once. */
export function createPages(settings: CacheSettings): Pages {
  const projects = new Map<string, Promise<VersionList | undefined>>();
  const flats = new Map<string, Promise<ReadonlyMap<string, readonly DistributionFile[]>>>();
  const damaged = new Set<string>();
  const room = new PageRoom();
  return {
    project: (index, name) => {
      const key = `${name} ${index.url}`;
      const onDamaged = (): void => void damaged.add(key);
      return once(projects, key, () => readProject(index, name, room, { ...settings, onDamaged }));
    },
    isDamaged: (index, name) => damaged.has(`${name} ${index.url}`),
    flat: (index) =>
      once(flats, index.url, async () =>
        inTurns(groupByName(await readFlat(index, room, settings)), new Turns(settings.signal)),
      ),
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
  room: PageRoom,
  settings: CacheSettings,
): Promise<VersionList | undefined> {
  const turns = new Turns(settings.signal);
  if (index.url.startsWith("file:")) {
    settings.witness?.other();
    const files = await readLocalProject(index, name, turns);
    return files === undefined ? undefined : inTurns(groupByVersion(files, name, index), turns);
  }
  return answerInRoom(
    {
      key: projectKey(index, name),
      url: projectUrl(index, name),
      index,
      name,
      digest: async (body, source) => {
        const { files } = await readPage(body, source, settings);
        return inTurns(formatDigest(await inTurns(groupByVersion(files, name, index), turns)), turns);
      },
      open: (bytes, held) => openDigest(bytes, index, held),
    },
    room,
    settings,
  );
}

async function readFlat(
  index: IndexLocation,
  room: PageRoom,
  settings: CacheSettings,
): Promise<readonly DistributionFile[]> {
  const turns = new Turns(settings.signal);
  if (index.url.startsWith("file:")) {
    settings.witness?.other();
    return readFlatLocation(index, turns);
  }
  const kept = await answerInRoom(
    {
      key: flatKey(index),
      url: index.url,
      index,
      name: undefined,
      digest: async (body, source) =>
        inTurns(formatFiles((await readPage(body, source, settings)).files), turns),
      open: (_bytes, held) => held,
    },
    room,
    settings,
  );
  if (kept !== undefined) return inTurns(openFiles(kept.bytes()), turns);
  const url = redactUrl(index.url);
  throw new PinionError(
    "index/unreadable-directory",
    `There is no page of distributions at \`${url}\`, which \`${index.origin}\` names`,
    {
      details: { url, origin: index.origin, isMissingPage: true },
    },
  );
}

/** Answers within what all pages of the run may hold: what is read of a page, and the digest that stays. */
async function answerInRoom<T>(
  question: Question<T>,
  room: PageRoom,
  settings: CacheSettings,
): Promise<T | undefined> {
  let kept = 0;
  const inRoom: Question<T> = {
    ...question,
    digest: (body, source) =>
      room.read(body.length, source.url, async () => {
        throwIfCancelled(settings.signal);
        return await question.digest(body, source);
      }),
    open(bytes, held) {
      kept = bytes.length;
      return question.open(bytes, held);
    },
  };
  const answer = await room.receive((largeBody, memory) =>
    answerThroughCache(inRoom, { ...settings, largeBody, memory }),
  );
  if (answer !== undefined) room.keep(kept, question.url);
  return answer;
}

/** Reads a page, and warns of the entries that it could not read. */
async function readPage(
  body: Buffer,
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
