// Asks the indexes of a lock file what they have now. Pages are requested, not taken from the cache.

import { groupBy } from "../../base/values/group-by.ts";
import { withoutTrailingSlashes } from "../../base/text/trailing-slashes.ts";
import { Limit } from "../../base/work/limit.ts";
import { Turns } from "../../base/work/turns.ts";
import { verifyPackage, type IndexAnswer, type ListedFile, type LockFinding } from "../../lock/verify.ts";
import type { Client, RequestOptions } from "../../net/client.ts";
import { redactUrl } from "../../net/url.ts";
import { lockedFilename, type LockedPackage, type Pylock } from "../../pep/files/pylock.ts";
import { projectUrl, type IndexLocation } from "../../registry/indexes/locations.ts";
import { PageRoom } from "../../registry/pages/page-room.ts";
import { PAGE_ACCEPT, parseSimplePage } from "../../registry/pages/simple.ts";

export interface VerifyTools {
  readonly client: Client;
  /** The indexes of the settings, for packages for which the lock file does not name one. */
  readonly indexes: readonly IndexLocation[];
  readonly signal?: AbortSignal | undefined;
}

/** What was verified, and what is not as stated. */
export interface LockVerification {
  readonly packages: number;
  /** Packages that do not come from an index, and were not asked about. */
  readonly skipped: readonly string[];
  readonly findings: readonly LockFinding[];
}

/** @throws index/…, net/…, tls/… where an index cannot answer */
export async function verifyLock(lock: Pylock, tools: VerifyTools): Promise<LockVerification> {
  const limit = new Limit(MAX_REQUESTS);
  const room = new PageRoom();
  const asked = lock.packages.filter(({ source }) => source.kind === "files");
  // One after another for each project, so that an index is asked once for it however often the lock file has it.
  const findings = new Map<LockedPackage, readonly LockFinding[]>();
  await Promise.all(
    Array.from(groupBy(asked, ({ name }) => name).values(), (entries) =>
      limit.run(1, async () => {
        const pages = new Map<string, IndexAnswer["page"]>();
        const reading = { ...tools, room, filenames: new Set(entries.flatMap(filenamesOf)) };
        for (const locked of entries)
          findings.set(locked, verifyPackage(locked, await answerFor(locked, pages, reading)));
      }),
    ),
  );
  return {
    packages: asked.length,
    skipped: lock.packages.filter(({ source }) => source.kind !== "files").map(({ name }) => name),
    findings: asked.flatMap((locked) => findings.get(locked) ?? []),
  };
}

interface Reading extends VerifyTools {
  readonly room: PageRoom;
  /** Of the project, in the lock file. */
  readonly filenames: ReadonlySet<string>;
}

function filenamesOf({ source }: LockedPackage): readonly string[] {
  if (source.kind !== "files") return [];
  const files = [...(source.sdist === undefined ? [] : [source.sdist]), ...(source.wheels ?? [])];
  return files.map(lockedFilename);
}

/** The index that the lock file names, else the first of the settings that has the project. */
async function answerFor(
  locked: LockedPackage,
  pages: Map<string, IndexAnswer["page"]>,
  tools: Reading,
): Promise<IndexAnswer> {
  const indexes =
    locked.index === undefined
      ? tools.indexes.filter(({ kind, isExplicit }) => kind === "simple" && !isExplicit)
      : [namedIndex(locked.index, tools.indexes)];
  for (const index of indexes) {
    if (!pages.has(index.url)) pages.set(index.url, await readPage(index, locked.name, tools));
    const page = pages.get(index.url);
    if (page !== undefined) return { index: redactUrl(index.url), page };
  }
  return { index: indexes.map(({ url }) => redactUrl(url)).join(", "), page: undefined };
}

function namedIndex(url: string, known: readonly IndexLocation[]): IndexLocation {
  const plain = withoutTrailingSlashes(url);
  return (
    known.find((index) => index.url === plain) ?? {
      url: plain,
      kind: "simple",
      isDefault: false,
      isExplicit: true,
      origin: "the lock file",
    }
  );
}

/** What a page says of the files of the lock: nothing else of it stays, since a lock may name any number of pages. */
function readPage(index: IndexLocation, name: string, reading: Reading): Promise<IndexAnswer["page"]> {
  return reading.room.receive((largeBody) => receivePage(index, name, { ...reading, largeBody }));
}

async function receivePage(
  index: IndexLocation,
  name: string,
  { client, room, filenames, signal, largeBody }: Reading & Pick<RequestOptions, "largeBody">,
): Promise<IndexAnswer["page"]> {
  const response = await client.request(projectUrl(index, name), {
    headers: { accept: PAGE_ACCEPT },
    maxBytes: MAX_PAGE_BYTES,
    listedBy: index.url,
    accept: [404],
    largeBody,
    signal,
  });
  const body = await response.bytes();
  if (response.status === 404) return undefined;
  const source = { contentType: response.headers["content-type"], url: response.url };
  return await room.read(body.length, response.url, async () => {
    const page = await parseSimplePage(body, source, new Turns(signal));
    const files = new Map<string, ListedFile>();
    for (const { filename, hashes, yanked } of page.files)
      if (filenames.has(filename)) files.set(filename, { filename, hashes, yanked });
    const kept = { status: page.projectStatus?.status, files: [...files.values()] };
    room.keep(JSON.stringify(kept).length, response.url);
    // A copy, because a part of a string holds the whole of it.
    return structuredClone(kept);
  });
}

/** Pages at once; an index answers them from its own cache. */
const MAX_REQUESTS = 16;

/** Room for some 300,000 files, as for every page. */
const MAX_PAGE_BYTES = 128 * 1024 ** 2;
