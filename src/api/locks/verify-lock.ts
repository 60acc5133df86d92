// Asks the indexes of a lock file what they have now. Pages are requested, not taken from the cache.

import { groupBy } from "../../base/group-by.ts";
import { withoutTrailingSlashes } from "../../base/trailing-slashes.ts";
import { Limit } from "../../base/limit.ts";
import { Turns } from "../../base/turns.ts";
import { verifyPackage, type IndexAnswer, type LockFinding } from "../../lock/verify.ts";
import type { Client } from "../../net/client.ts";
import { redactUrl } from "../../net/url.ts";
import type { LockedPackage, Pylock } from "../../pep/files/pylock.ts";
import { projectUrl, type IndexLocation } from "../../registry/locations.ts";
import { PAGE_ACCEPT, parseSimplePage } from "../../registry/simple.ts";

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
  const asked = lock.packages.filter(({ source }) => source.kind === "files");
  // One after another for each project, so that an index is asked once for it however often the lock file has it.
  const findings = new Map<LockedPackage, readonly LockFinding[]>();
  await Promise.all(
    Array.from(groupBy(asked, ({ name }) => name).values(), (entries) =>
      limit.run(1, async () => {
        const pages = new Map<string, IndexAnswer["page"]>();
        for (const locked of entries)
          findings.set(locked, verifyPackage(locked, await answerFor(locked, pages, tools)));
      }),
    ),
  );
  return {
    packages: asked.length,
    skipped: lock.packages.filter(({ source }) => source.kind !== "files").map(({ name }) => name),
    findings: asked.flatMap((locked) => findings.get(locked) ?? []),
  };
}

/** The index that the lock file names, else the first of the settings that has the project. */
async function answerFor(
  locked: LockedPackage,
  pages: Map<string, IndexAnswer["page"]>,
  tools: VerifyTools,
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

async function readPage(
  index: IndexLocation,
  name: string,
  { client, signal }: VerifyTools,
): Promise<IndexAnswer["page"]> {
  const response = await client.request(projectUrl(index, name), {
    headers: { accept: PAGE_ACCEPT },
    maxBytes: MAX_PAGE_BYTES,
    listedBy: index.url,
    accept: [404],
    signal,
  });
  const body = await response.text();
  if (response.status === 404) return undefined;
  const source = { contentType: response.headers["content-type"], url: response.url };
  const { projectStatus, files } = await parseSimplePage(body, source, new Turns(signal));
  return { status: projectStatus?.status, files };
}

/** Pages at once; an index answers them from its own cache. */
const MAX_REQUESTS = 16;

/** Room for some 300,000 files, as for every page. */
const MAX_PAGE_BYTES = 128 * 1024 ** 2;
