// Pinion, pip and curl asked for the same package on the same way, and what each of them makes of it in a few words.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { findProgram } from "../support/world.ts";
import type { CliOptions, CliRun, World } from "../support/world.ts";
import { installedPeer } from "./programs.ts";

/** How to reach an index, in the terms that all clients share. */
export interface Way {
  /** Of the Simple index; may hold credentials. */
  readonly indexUrl: string;
  /** The only file of trusted certificates. */
  readonly bundle?: string;
  /** May hold credentials. */
  readonly proxy?: string;
  readonly noProxy?: string;
}

export interface NetworkClient {
  readonly name: "Pinion" | "pip" | "curl";
  /** Undefined where it is not on this machine. */
  readonly program: string | undefined;
  readonly versionArguments: readonly string[];
  /** Tries to install `wordlist`; for curl, which installs nothing, to fetch its page and its newest file. */
  ask(world: World, way: Way): Promise<string>;
}

/** `wordlist 2.0.0`, its files right; what every client says where all is well. */
export const DONE = "2.0.0";

/** The clients; `peers` is the folder of installed ones. */
export function networkClients(peers: string): readonly [NetworkClient, ...NetworkClient[]] {
  const python = installedPeer(peers, "pip", "python");
  return [
    { name: "Pinion", program: process.execPath, versionArguments: ["--version"], ask: askPinion },
    {
      name: "pip",
      program: python,
      versionArguments: ["-m", "pip", "--version"],
      ask: (world, way) => askPip(world, way, python ?? "python3"),
    },
    { name: "curl", program: findProgram("curl"), versionArguments: ["--version"], ask: askCurl },
  ];
}

async function askPinion(world: World, way: Way): Promise<string> {
  const target = join(world.directory, "pinion-target");
  const trust = way.bundle === undefined ? [] : ["--cert", way.bundle];
  const args = ["--json", "--retries", "1", "--no-deps", ...trust, "--index-url", way.indexUrl];
  const run = await world.run(["pip", "install", ...args, "--target", target, "wordlist"], {
    ...optionsFor(way),
    env: { ...optionsFor(way).env, UV_HTTP_TIMEOUT: `${TIMEOUT_SECONDS}` },
  });
  if (run.code === 0) return installed(target);
  const code = /"code":"([^"]+)"/.exec(run.stdout)?.[1];
  return code === undefined ? `exit ${run.code}: ${lastLine(run.stderr)}` : `\`${code}\``;
}

async function askPip(world: World, way: Way, python: string): Promise<string> {
  const target = join(world.directory, "pip-target");
  const trust = way.bundle === undefined ? [] : ["--cert", way.bundle];
  const quiet = ["--disable-pip-version-check", "--no-cache-dir", "--no-input", "--no-deps", "--no-compile"];
  const patience = ["--retries", "1", "--timeout", `${TIMEOUT_SECONDS}`];
  const args = [...quiet, ...patience, ...trust, "--index-url", way.indexUrl, "--target", target, "wordlist"];
  const run = await untilPatienceEnds(
    world.program(python, ["-m", "pip", "install", ...args], optionsFor(way)),
  );
  if (run === undefined) return `not done after ${PATIENCE_SECONDS} s`;
  if (run.code === 0) return installed(target);
  return saidBy(run, PIP_WORDS);
}

/** curl follows redirects and checks nothing but TLS, so the digest of what it got is checked here. */
async function askCurl(world: World, way: Way): Promise<string> {
  const trust = way.bundle === undefined ? [] : ["--cacert", way.bundle, "--proxy-cacert", way.bundle];
  const usual = ["-sSfL", "--compressed", "--max-time", `${2 * TIMEOUT_SECONDS}`, ...trust];
  const pagePath = join(world.directory, "page");
  const page = await world.program(
    "curl",
    [...usual, "-o", pagePath, "-w", "%{url_effective}", `${way.indexUrl}wordlist/`],
    optionsFor(way),
  );
  if (page.code !== 0) return saidBy(page, CURL_WORDS);
  if (!existsSync(pagePath)) return "no page, and no error";
  const links = [
    ...readFileSync(pagePath, "utf8").matchAll(/(?:href="|"url":\s*")([^"#]*wordlist-2\.0\.0-[^"#]*whl)/g),
  ];
  const link = links[0]?.[1];
  if (link === undefined) return "a page without the file";
  // Credentials of the index are curl's only where the URL of the file has them, too.
  const url = new URL(link, page.stdout);
  const { username, password } = new URL(way.indexUrl);
  if (username !== "" && url.origin === new URL(way.indexUrl).origin)
    Object.assign(url, { username, password });
  const path = join(world.directory, "file");
  const file = await world.program("curl", [...usual, "-o", path, url.href], optionsFor(way));
  if (file.code !== 0) return saidBy(file, CURL_WORDS);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  return sha256 === WORDLIST?.sha256 ? DONE : "other bytes than the index states";
}

function optionsFor({
  proxy,
  noProxy,
}: Way): CliOptions & { readonly env: Readonly<Record<string, string>> } {
  return {
    env: {
      // curl reads `http_proxy` in lower case alone.
      ...(proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy }),
      ...(noProxy === undefined ? {} : { no_proxy: noProxy }),
    },
    timeoutMs: PATIENCE_SECONDS * 1000,
  };
}

/** Undefined for a program that was ended because it took too long. */
async function untilPatienceEnds(run: Promise<CliRun>): Promise<CliRun | undefined> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof Error && error.message.includes("did not end in time")) return undefined;
    throw error;
  }
}

/** The version that lies in a folder, and a word more where its files are not those of that version. */
function installed(target: string): string {
  const folder = existsSync(target)
    ? readdirSync(target).find((name) => /^wordlist-.*\.dist-info$/.test(name))
    : undefined;
  const version = /^wordlist-(.*)\.dist-info$/.exec(folder ?? "")?.[1];
  if (version === undefined) return "nothing installed";
  const words = join(target, "wordlist", "words.txt");
  const isWhole = existsSync(words) && readFileSync(words, "utf8") === WORDS[version];
  return isWhole ? version : `${version}, damaged`;
}

function saidBy(run: CliRun, patterns: readonly RegExp[]): string {
  const text = `${run.stdout}\n${run.stderr}`;
  const match = patterns.map((pattern) => pattern.exec(text)).find((found) => found !== null);
  const said = match?.slice(1).find((part) => part !== undefined) ?? match?.[0] ?? lastLine(run.stderr);
  return said
    .trim()
    .replaceAll(/:\d{4,5}\b/g, "")
    .replaceAll(/\s+/g, " ")
    .slice(0, MAX_SAID_CHARACTERS);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

const WORDLIST = sampleWheels().find(({ filename }) => filename.startsWith("wordlist-2.0.0-"));

const WORDS: Readonly<Record<string, string>> = {
  "1.0.0": "hello\n",
  "1.1.0": "hello\nhi\n",
  "2.0.0": "hello\nhi\ngood day\n",
};

/** What tells most comes first. */
const PIP_WORDS: readonly RegExp[] = [
  /(Missing dependencies for SOCKS support)/,
  /(DO NOT MATCH THE HASHES)/,
  /Tunnel connection failed: (\d+ [\w ]+)/,
  /(407 \w[\w ]*) for url/i,
  /certificate verify failed: ([^(\n]*)/,
  /(SOCKS5 authentication failed|All offered SOCKS5 authentication methods were rejected)/,
  /(\d{3} (?:Client|Server) Error: [^\n]*?) for url/,
  /HTTP error (\d+)/,
  /(IncompleteRead|Read timed out|Exceeded \d+ redirects|Connection reset|Connection refused|incomplete-download)/,
  /(No matching distribution found)/,
  /^(\w[\w.]*(?:Error|Exception)\b[^\n]*)$/m,
  /ERROR: (.*)/,
];
/** Without times and counts, which differ from run to run. */
const CURL_WORDS: readonly RegExp[] = [/(curl: \(\d+\) .*?)(?: port \d| after \d| with \d| \(1 \d\)|\n|$)/];

/** Long enough for a busy machine, short enough for servers that fall silent. */
const TIMEOUT_SECONDS = 5;
/** Before what has no end fills the memory. */
const PATIENCE_SECONDS = 60;
const MAX_SAID_CHARACTERS = 90;
