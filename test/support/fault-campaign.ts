// Seeded runs of the whole way of a request (client, registry, resolver, store) over lines that harm it.
//
// A run resolves and fetches through a relay that does what its seed says, then once more, unharmed, with what the first
// run left in the cache. The first must end in time, with the right bytes or an explained error; the second with the
// right bytes. Every octet range of the dialogue gets its turn: run `n` of a dialogue strikes in the n-th part of it.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isPinionError, type ErrorCode } from "../../src/errors.ts";
import type { Fault, FaultProxy } from "./fault-proxy.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import { createClient } from "../../src/net/client.ts";
import { parseRequirement } from "../../src/pep/requirements/requirement.ts";
import { targetFor } from "../../src/pep/tags/target.ts";
import { locateIndexes } from "../../src/registry/indexes/locations.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { resolve } from "../../src/resolve/resolver.ts";
import { openStore } from "../../src/store/store.ts";
import type { UnpackedWheel } from "../../src/store/store.ts";
import { openDialogues, REQUIREMENTS, type Dialogue } from "./fault-dialogues.ts";
import { seededRandom, type Random } from "./random.ts";

export interface CampaignOptions {
  readonly runs: number;
  /** Of the first run; the others count on from it. Default: 1. */
  readonly firstSeed?: number;
  /** Runs at a time; most of a run is waiting. Default: 6. */
  readonly lanes?: number;
  readonly onRun?: (done: number) => void;
}

export interface Campaign {
  readonly runs: number;
  /** Runs that gave the right bytes at the first try. */
  readonly right: number;
  /** How many of the others ended with which error. */
  readonly errors: ReadonlyMap<ErrorCode, number>;
  readonly violations: readonly Violation[];
}

/** A run that broke a rule; `seed` and `dialogue` name it. */
export interface Violation {
  readonly seed: number;
  readonly dialogue: string;
  readonly faults: readonly Fault[];
  readonly what: string;
}

/** Runs seeds in turn over all dialogues. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { runs, firstSeed = 1, lanes = 6 } = options;
  // A run makes and removes a cache: in memory that takes a third of the time.
  const directory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "pinion-faults-"));
  await using dialogues = await openDialogues();
  const state: State = { right: 0, errors: new Map(), violations: [], directory };
  let next = 0;
  const measured = await Promise.all(dialogues.list.map((dialogue) => measureWay(dialogue, directory)));
  const runLane = async (): Promise<void> => {
    const ways = await Promise.all(
      measured.map(async (way) => ({ ...way, proxy: await startFaultProxy(way.dialogue.port) })),
    );
    try {
      while (next < runs) {
        const number = next++;
        const way = ways[number % ways.length];
        if (way === undefined) return;
        const share = (Math.floor(number / ways.length) + 0.5) / Math.max(1, Math.ceil(runs / ways.length));
        await runSeed({ seed: firstSeed + number, share, way }, state);
        options.onRun?.(number + 1);
      }
    } finally {
      for (const way of ways) await way.proxy.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, runLane));
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
  return { runs, right: state.right, errors: state.errors, violations: state.violations };
}

interface State {
  right: number;
  readonly errors: Map<ErrorCode, number>;
  readonly violations: Violation[];
  readonly directory: string;
}

/** A dialogue with a relay of its own, and how it goes when nothing is harmed. */
interface Way {
  readonly dialogue: Dialogue;
  readonly proxy: FaultProxy;
  readonly upOctets: number;
  readonly downOctets: number;
  readonly expected: Contents;
  /** Of runs that are harmed: short, so that thousands end soon, but long enough for this machine as busy as it is. */
  readonly timeoutMs: number;
}

/** What was fetched: the digests of all files, by wheel. */
type Contents = ReadonlyMap<string, string>;

async function measureWay(dialogue: Dialogue, directory: string): Promise<Omit<Way, "proxy">> {
  const proxy = await startFaultProxy(dialogue.port);
  const cache = mkdtempSync(join(directory, "clean-"));
  const started = performance.now();
  const expected = await fetchAll({ dialogue, proxy, cache, connections: 1, timeoutMs: PATIENCE_MS });
  const timeoutMs = Math.min(Math.max(MIN_TIMEOUT_MS, performance.now() - started), MAX_TIMEOUT_MS);
  rmSync(cache, { recursive: true });
  const sum = (direction: "up" | "down") =>
    proxy.traffic.reduce((total, counts) => total + counts[direction], 0);
  await proxy.close();
  return { dialogue, upOctets: sum("up"), downOctets: sum("down"), expected, timeoutMs };
}

interface Run {
  readonly seed: number;
  /** From 0 to 1: where in the dialogue it strikes. */
  readonly share: number;
  readonly way: Way;
}

async function runSeed({ seed, share, way }: Run, state: State): Promise<void> {
  const { dialogue, proxy, expected } = way;
  const random = seededRandom(seed);
  const faults = planFaults(share, way, random);
  const cache = mkdtempSync(join(state.directory, "run-"));
  const connections = random.pick([1, 1, 4, 16]);
  const breakRule = (what: string): void =>
    void state.violations.push({ seed, dialogue: dialogue.name, faults, what });
  // Without TLS nobody can tell a changed page from a true one; digests still hold for the wheels.
  const isDeceived = !dialogue.isAuthentic && faults.some(isAlteration);
  try {
    proxy.harm(faults);
    const { timeoutMs } = way;
    const harmed = await outcomeOf({ dialogue, proxy, cache, connections, timeoutMs, retries: 1 });
    if (harmed.kind === "right") {
      state.right += 1;
      if (!isDeceived) compare(harmed.contents, expected, (what) => breakRule(`harmed run: ${what}`));
      else compareBytes(harmed.contents, expected, (what) => breakRule(`harmed run: ${what}`));
    } else if (harmed.kind === "failed") {
      state.errors.set(harmed.code, (state.errors.get(harmed.code) ?? 0) + 1);
      if (!isDeceived && !/^(net|tls)\//.test(harmed.code))
        breakRule(`harmed run: ${harmed.code}, ${harmed.message}`);
    } else breakRule(`harmed run: ${harmed.what}`);
    for (const path of unfinished(cache)) breakRule(`left behind: ${path}`);

    proxy.harm([]);
    const clean = await outcomeOf({
      dialogue,
      proxy,
      cache,
      connections,
      timeoutMs: PATIENCE_MS,
      isRefreshing: isDeceived,
    });
    if (clean.kind === "right")
      compare(clean.contents, expected, (what) => breakRule(`clean run after it: ${what}`));
    else
      breakRule(
        `clean run after it: ${clean.kind === "failed" ? `${clean.code}, ${clean.message}` : clean.what}`,
      );
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** One to three faults, the first of them in the part of the dialogue that is this run's. */
function planFaults(share: number, way: Way, random: Random): readonly Fault[] {
  const isAuthentic = way.dialogue.isAuthentic;
  const count = random.pick([1, 1, 1, 2, 3]);
  return Array.from({ length: count }, (_, index): Fault => {
    const direction = random.next() < 0.8 ? "down" : "up";
    const octets = direction === "down" ? way.downOctets : way.upOctets;
    const at = index === 0 ? share + (random.next() - 0.5) / 100 : random.next();
    const after = Math.max(0, Math.round(at * octets));
    const connection =
      random.next() < 0.08 ? "every" : random.pick(index === 0 ? [0, 0, 0, 1] : [0, 1, 2, 3]);
    const place = { direction, after, connection } as const;
    // Two changes of an unprotected line could change a file and its digest alike; that is what TLS is for.
    const kinds = isAuthentic || index === 0 ? KINDS : KINDS.filter((kind) => !ALTERATIONS.has(kind));
    return faultOf(random.pick(kinds), place, random);
  });
}

function faultOf(
  kind: Fault["kind"],
  place: Pick<Fault, "direction" | "after" | "connection">,
  random: Random,
): Fault {
  switch (kind) {
    case "close":
    case "reset":
    case "silence":
      return { ...place, kind };
    case "delay":
      return { ...place, kind, durationMs: random.pick([5, 50, 2 * MIN_TIMEOUT_MS]) };
    case "corrupt":
      return { ...place, kind, mask: 1 + random.below(255) };
    case "omit":
      return { ...place, kind, octets: 1 + random.below(random.pick([1, 10, 5000])) };
    case "insert":
      return { ...place, kind, text: random.pick(INSERTIONS) };
    case "crumble":
      return { ...place, kind, octets: 1 + random.below(600) };
  }
}

function isAlteration({ kind }: Fault): boolean {
  return ALTERATIONS.has(kind);
}

type Outcome =
  | { readonly kind: "right"; readonly contents: Contents }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: "wrong"; readonly what: string };

async function outcomeOf(request: FetchRequest): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolveLate) => {
    const boundMs = Math.max(RUN_TIMEOUT_MS, MAX_TIMEOUTS * request.timeoutMs);
    timer = setTimeout(() => resolveLate({ kind: "wrong", what: "it did not end" }), boundMs);
  });
  const run = fetchAll(request).then(
    (contents): Outcome => ({ kind: "right", contents }),
    (error: unknown): Outcome =>
      isPinionError(error)
        ? { kind: "failed", code: error.code, message: error.message }
        : { kind: "wrong", what: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  );
  const outcome = await Promise.race([run, late]);
  clearTimeout(timer);
  return outcome;
}

interface FetchRequest {
  readonly dialogue: Dialogue;
  readonly proxy: FaultProxy;
  readonly cache: string;
  /** At a time. */
  readonly connections: number;
  readonly timeoutMs: number;
  /** Default: the client's own. */
  readonly retries?: number;
  readonly isRefreshing?: boolean;
}

/** Resolves and fetches, and reads every file that lies in the cache then. */
async function fetchAll(request: FetchRequest): Promise<Contents> {
  const { dialogue, proxy, cache, connections, timeoutMs, retries = 3, isRefreshing = false } = request;
  const store = openStore(cache);
  const client = createClient({
    trust: dialogue.trust,
    userAgent: "pinion/test",
    connectTimeoutMs: timeoutMs,
    silenceTimeoutMs: timeoutMs,
    retries,
    concurrencyPerHost: connections,
    lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
    clock: { now: () => Date.now(), random: () => 0, sleep: () => Promise.resolve() },
    proxy: dialogue.proxySettings(proxy.port),
  });
  try {
    const { locations } = locateIndexes({
      directory: cache,
      defaultIndex: { value: dialogue.indexUrl(proxy.port), origin: "--index-url" },
    });
    const refresh = isRefreshing ? { refresh: { kind: "all" } as const } : {};
    const registry = createRegistry({
      client,
      store,
      locations,
      target: TARGET,
      directory: cache,
      ...refresh,
    });
    const { packages } = await resolve(
      {
        requirements: REQUIREMENTS.map((text) => ({ requirement: parseRequirement(text) })),
        environment: { kind: "specific", target: TARGET },
        prereleases: "if-necessary",
        resolution: "highest",
      },
      registry,
    );
    const fetches = packages.map(({ name, version }) => registry.obtain(registry.source(name, version)));
    // All of them end before their cache is looked at.
    await Promise.allSettled(fetches);
    const wheels = await Promise.all(fetches);
    return new Map(wheels.map((wheel) => [wheel.filename, digestOf(wheel)]));
  } finally {
    client.close();
    await store.rest();
  }
}

/** Over the names and bytes of the files as they lie on the disk. */
function digestOf({ directory, manifest }: UnpackedWheel): string {
  const digest = createHash("sha256");
  for (const { path } of manifest) digest.update(`${path}\0`).update(readFileSync(join(directory, path)));
  return digest.digest("hex");
}

function compare(actual: Contents, expected: Contents, breakRule: (what: string) => void): void {
  const names = [...actual.keys()].toSorted().join(" ");
  const wanted = [...expected.keys()].toSorted().join(" ");
  if (names !== wanted) breakRule(`${names} instead of ${wanted}`);
  compareBytes(actual, expected, breakRule);
}

function compareBytes(actual: Contents, expected: Contents, breakRule: (what: string) => void): void {
  for (const [filename, digest] of actual) {
    const wanted = expected.get(filename);
    if (wanted !== undefined && wanted !== digest) breakRule(`the files of ${filename} are others`);
  }
}

/** What a finished run must not leave in the cache. */
function unfinished(cache: string): readonly string[] {
  if (!existsSync(cache)) return [];
  return readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((path) =>
    /(^|[/\\])\.tmp-/.test(path),
  );
}

const TARGET = targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" });

const KINDS: readonly Fault["kind"][] = [
  "close",
  "close",
  "reset",
  "reset",
  "silence",
  "delay",
  "corrupt",
  "corrupt",
  "omit",
  "insert",
  "crumble",
];
const ALTERATIONS: ReadonlySet<Fault["kind"]> = new Set<Fault["kind"]>(["corrupt", "omit", "insert"]);

/** What a stray answer, a chunk, a line end or another record would look like. */
const INSERTIONS: readonly string[] = [
  "\0",
  "\r\n",
  "0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 304 Not Modified\r\n\r\n",
  "\u0015\u0003\u0003\0\u0002\u0002\u0028",
  "x".repeat(3000),
];

const MEMORY = "/dev/shm";
const MIN_TIMEOUT_MS = 250;
/** Of clean runs. */
const PATIENCE_MS = 30_000;
const MAX_TIMEOUT_MS = 1500;
const RUN_TIMEOUT_MS = 60_000;
/** Four pages with a retry, four files that may each break five times and be asked for twice, in a row. */
const MAX_TIMEOUTS = 60;
