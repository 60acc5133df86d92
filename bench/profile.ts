// Where the time of an installation goes: each stage by itself, on one thread, beside the least that it can take, measured
// in the same run. Processor time, user and system; wall time depends on what else goes on.

import { hash } from "node:crypto";
import { closeSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

import { createInflater } from "../src/archive/inflater.ts";
import { readZip, type ZipArchive, type ZipEntry } from "../src/archive/zip.ts";
import { applyChanges } from "../src/install/transaction.ts";
import type { WantedDistribution } from "../src/install/plan.ts";
import { parseWheelFilename } from "../src/pep/files/filename.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { readInflateModule } from "../src/store/unpacking/inflate-module.ts";
import { openStore } from "../src/store/store.ts";
import { childCpuMs, EMPTY_NODE, pinion, runProgram } from "./support/commands.ts";
import { largeSet } from "./support/distributions.ts";
import { formatMs, type Row } from "./support/row.ts";
import { benchFolder, createWorld, INSTALL, makeVenv, serve, type World } from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const set = largeSet(benchFolder());
  const world = createWorld("profile");
  const filenames = readdirSync(set.folder).filter((name) => name.includes("-2.4.1-"));
  const archives = filenames.map((name) => readZip(readFileSync(join(set.folder, name))));
  const inflate = await cpuOf(() => inflateAll(archives));
  const zlib = await cpuOf(() =>
    archives.forEach((archive) => membersOf(archive).forEach(inflateByZlib(archive))),
  );
  const digests = await cpuOf(() => hashAll(archives));
  const files = await cpuOf(() => writeAll(archives, world.fresh("files")));
  const cache = world.fresh("cache");
  const wanted: WantedDistribution[] = [];
  const unpack = await cpuOf(async () => {
    wanted.push(...(await unpackAll({ folder: set.folder, filenames, cache })));
  });
  const links = await cpuOf(() =>
    linkAll(archives, { from: world.fresh("sources"), to: world.fresh("links") }),
  );
  const install = await cpuOf(() => installAll(wanted, world.fresh("environment")));
  const start = cpuOfProgram([...pinion(), "--version"]);
  const node = cpuOfProgram(EMPTY_NODE);
  const whole = await coldInstall(world);
  const unpackFloor = inflate + digests + files;
  const parts = start + unpack + install;
  return [
    stage("Start", start, { floor: node, by: "`node -e 0`" }),
    stage("Inflate all members", inflate, { floor: zlib, by: "`inflateRawSync`" }),
    { name: "SHA-256 of archives and members", figure: `${formatMs(digests)}, OpenSSL's` },
    stage("Unpack, with all checks", unpack, {
      floor: unpackFloor,
      by: "inflating, digests, `open`, `write`, `close`",
    }),
    stage("Install what is in the cache", install, { floor: links, by: "`mkdir` and `link`" }),
    ...(whole === undefined
      ? []
      : [
          stage("Cold install in all, both threads", whole, {
            floor: parts,
            by: "the stages above; the rest is the network, TLS and resolution",
          }),
        ]),
  ];
}

function stage(
  name: string,
  ms: number,
  { floor, by }: { readonly floor: number; readonly by: string },
): Row {
  return { name, figure: `${formatMs(ms)} of processor time; ${formatMs(floor)}: ${by}` };
}

async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function cpuOfProgram(words: readonly string[]): number {
  const before = childCpuMs() ?? Number.NaN;
  for (let turn = 0; turn < STARTS; turn += 1) runProgram(words);
  return ((childCpuMs() ?? Number.NaN) - before) / STARTS;
}

function membersOf({ entries }: ZipArchive): readonly ZipEntry[] {
  return entries.filter(({ isDirectory }) => !isDirectory);
}

function inflateAll(archives: readonly ZipArchive[]): void {
  const module = readInflateModule();
  const inflater = module === undefined ? undefined : createInflater(module);
  if (inflater === undefined) throw new Error("there is no inflater: `npm run build` makes it");
  for (const archive of archives)
    for (const entry of membersOf(archive))
      if (entry.isDeflated && inflater.fits(entry)) inflater.inflate(entry, archive.source);
}

function inflateByZlib({ source }: ZipArchive): (entry: ZipEntry) => void {
  return ({ isDeflated, offset, compressedSize, size }) => {
    if (isDeflated)
      inflateRawSync(source.read(offset, compressedSize), { chunkSize: Math.max(64, size + 1) });
  };
}

/** The sizes decide, not the bytes. */
function hashAll(archives: readonly ZipArchive[]): void {
  for (const archive of archives) {
    hash("sha256", archive.source.read(0, archive.source.size), "buffer");
    for (const { size } of membersOf(archive)) hash("sha256", zeros(size), "buffer");
  }
}

function writeAll(archives: readonly ZipArchive[], folder: string): void {
  for (const [index, archive] of archives.entries()) {
    for (const { name, size } of inNewFolders(archive, join(folder, String(index)))) {
      const descriptor = openSync(join(folder, String(index), name), "wx");
      writeSync(descriptor, zeros(size));
      closeSync(descriptor);
    }
  }
}

function linkAll(
  archives: readonly ZipArchive[],
  { from, to }: { readonly from: string; readonly to: string },
): void {
  mkdirSync(from, { recursive: true });
  const source = join(from, "source");
  closeSync(openSync(source, "wx"));
  for (const [index, archive] of archives.entries())
    for (const { name } of inNewFolders(archive, join(to, String(index))))
      linkSync(source, join(to, String(index), name));
}

function* inNewFolders(archive: ZipArchive, folder: string): Generator<ZipEntry> {
  const made = new Set<string>();
  for (const entry of membersOf(archive)) {
    const parent = dirname(join(folder, entry.name));
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    yield entry;
  }
}

interface Installing {
  readonly folder: string;
  readonly filenames: readonly string[];
  readonly cache: string;
}

async function unpackAll({ folder, filenames, cache }: Installing): Promise<readonly WantedDistribution[]> {
  const store = openStore(cache, { workerPath: ONE_THREAD });
  const wanted: WantedDistribution[] = [];
  for (const filename of filenames) {
    const { name, version } = parseWheelFilename(filename);
    const wheel = await store.addWheel({ path: join(folder, filename) }, { filename });
    wanted.push({ name, version, wheel, isRequested: true });
  }
  await store.rest();
  return wanted;
}

async function installAll(install: readonly WantedDistribution[], root: string): Promise<void> {
  const site = join(root, "lib", "python3.12", "site-packages");
  mkdirSync(site, { recursive: true });
  const scheme = {
    purelib: site,
    platlib: site,
    scripts: join(root, "bin"),
    data: root,
    headers: join(root, "include"),
  };
  const target = targetFor({ platform: "linux", pythonVersion: "3.12" });
  await applyChanges({ install, remove: [] }, { root, scheme, target, linkMode: "hardlink" });
}

async function coldInstall(world: World): Promise<number | undefined> {
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  try {
    const job = {
      venv: makeVenv(world),
      cache: world.fresh("cold"),
      requirements: world.requirementsFile(set.pins),
      index,
    };
    const before = childCpuMs();
    runProgram(INSTALL.pinion(job), index);
    const after = childCpuMs();
    return before === undefined || after === undefined ? undefined : after - before;
  } finally {
    index.close();
  }
}

function zeros(size: number): Buffer {
  return ZEROS.subarray(0, Math.min(size, ZEROS.length));
}

const STARTS = 10;
const ZEROS = Buffer.alloc(64 * 1024 ** 2);
/** A worker that is not there. */
const ONE_THREAD = join(benchFolder(), "no-worker");
