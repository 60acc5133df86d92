// Where a benchmark happens: a fresh folder, an index behind TLS in a process of its own, environments, and the command
// lines of all contenders against them. Everything is deleted at the very end of all benchmarks: ext4 makes files 5 to
// 10 times slower for a minute after a large deletion.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";

import { createAuthority } from "../../src/lab/certificates/mint.ts";
import { findPip, findUv, pinion, readProgram, runProgram, type Program } from "./commands.ts";
import type { Distributions } from "./distributions.ts";

export interface World {
  readonly folder: string;
  /** A new path inside the world. */
  readonly fresh: (name: string) => string;
  readonly requirementsFile: (lines: readonly string[]) => string;
}

export interface ServedIndex {
  readonly url: string;
  /** The roots of Mozilla and the index's own, for every contender. */
  readonly bundle: string;
  /** Variables with which every contender trusts the index. */
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => void;
}

/** The folder of this run of the benchmarks. */
export function benchFolder(): string {
  return process.env["PINION_BENCH_FOLDER"] ?? mkdtempSync(join(tmpdir(), "pinion-bench-"));
}

export function createWorld(name: string, base: string = benchFolder()): World {
  const folder = mkdtempSync(join(base, `${name}-`));
  let count = 0;
  const fresh = (what: string): string => join(folder, `${what}-${(count += 1)}`);
  return {
    folder,
    fresh,
    requirementsFile: (lines) => {
      const path = fresh("requirements.txt");
      writeFileSync(path, `${lines.join("\n")}\n`);
      return path;
    },
  };
}

/** A server's chain and key as files, and the bundle that its clients trust. */
export function serverFiles(world: World): Readonly<Record<"bundle" | "chain" | "key", string>> {
  const root = createAuthority("Benchmark Root", { key: "P-256" });
  const server = root.issue("localhost", { key: "P-256" });
  const path = (name: string, text: string): string => {
    const file = world.fresh(name);
    writeFileSync(file, text);
    return file;
  };
  return {
    bundle: path("bundle.pem", [...rootCertificates, root.pem].join("\n")),
    chain: path("chain.pem", server.chainPem),
    key: path("key.pem", server.keyPem),
  };
}

/** Serves wheels until it is closed. */
export async function serve({ folder }: Distributions, world: World): Promise<ServedIndex> {
  const { bundle, chain, key } = serverFiles(world);
  const child = spawn(process.execPath, [supportFile("serve-index-process"), folder, chain, key], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString().trim()));
    child.once("exit", (code) => reject(new Error(`the index ended with ${String(code)}`)));
  });
  return { url, bundle, env: { SSL_CERT_FILE: bundle }, close: () => child.stdin.end() };
}

/** Removes what is no longer needed, where that costs the next run nothing: in memory, and not on a disk. */
export function discard(...paths: readonly string[]): void {
  for (const path of paths)
    if (path !== "" && existsSync(path) && statfsSync(path).type === TMPFS)
      rmSync(path, { recursive: true, force: true });
}

/** Another entry that `scripts/bench.mjs` has built. */
export function supportFile(name: string): string {
  return join(process.env["PINION_BENCH_BUILT"] ?? "", `${name}.cjs`);
}

/** The compiled second thread of the build that is measured. */
export function pinionWorker(): string {
  const dist = join(dirname(pinion().at(-1) ?? ""), "..", "dist");
  return join(dist, readFileSync(join(dist, "command"), "utf8").trim(), "unpack-worker.cjs");
}

/** An environment without anything in it, made with a cache of Pinion's; gives its path. */
export function makeVenv(world: World, cache: string = join(world.folder, "cache")): string {
  const path = world.fresh("venv");
  runProgram([...pinion(), "venv", "--quiet", path, "--no-config", "--cache-dir", cache]);
  return path;
}

/** As {@link makeVenv}, by uv, so that everybody works on environments that it made. */
export function makeUvVenv(uv: Program): typeof makeVenv {
  return (world, given) => {
    const cache = given ?? join(world.folder, "uv-cache");
    const path = world.fresh("venv");
    runProgram([...uv.words, "venv", "--quiet", path, "--no-config", "--cache-dir", cache]);
    return path;
  };
}

/** What an installation is about. */
export interface Job {
  readonly venv: string;
  readonly cache: string;
  readonly requirements: string;
  readonly index: Pick<ServedIndex, "url">;
}

function pipInstall({ venv, cache, requirements, index }: Job): readonly string[] {
  return [
    "pip",
    "install",
    "--python",
    join(venv, "bin", "python"),
    "--cache-dir",
    cache,
    "--index-url",
    index.url,
    "--no-config",
    "--requirement",
    requirements,
  ];
}

/** The command lines of an installation. */
export const INSTALL = {
  pinion: (job: Job): readonly string[] => [...pinion(), ...pipInstall(job)],
  uv: (uv: Program, job: Job): readonly string[] => [...uv.words, ...pipInstall(job)],
  pip: (pip: Program, { venv, cache, requirements, index }: Job, cert: string): readonly string[] => [
    join(venv, "bin", "python"),
    ...pip.words,
    "install",
    "--isolated",
    "--no-input",
    "--no-compile",
    "--disable-pip-version-check",
    "--quiet",
    "--cache-dir",
    cache,
    "--index-url",
    index.url,
    "--cert",
    cert,
    "--requirement",
    requirements,
  ],
} as const;

/** How many distributions an environment holds; a benchmark of nothing is none. */
export function expectInstalled(venv: string, count: number): void {
  const listed = readProgram([
    ...pinion(),
    "pip",
    "freeze",
    "--no-config",
    "--python",
    join(venv, "bin", "python"),
  ]);
  const found = listed.split("\n").filter((line) => line.includes("==")).length;
  if (found !== count) throw new Error(`${found} distributions instead of ${count} are in ${venv}`);
}

/** The peers that are there. */
export function peers(): { readonly uv: Program | undefined; readonly pip: Program | undefined } {
  return { uv: findUv(), pip: findPip() };
}

/** Files that are newer than the coarsest clock of a file system are not trusted by their times (docs/cache.md). */
export const REMEMBERED_AFTER_MS = 2500;

// statfs(2).
const TMPFS = 0x01021994;
