// Git repositories as sources: one bare repository per URL in the cache, from which each build gets a checkout of its own.
// What a name means follows uv and pip: a branch before a tag before a commit.

import { hash } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";

import { makeFolders } from "../base/files/make-folders.ts";
import { notCached } from "../net/not-cached.ts";
import { decodePercent } from "../base/text/percent-encoding.ts";
import { isPinionError, PinionError } from "../errors.ts";
import { isUnverified, type Protection } from "../net/protection.ts";
import { redactUrl } from "../net/url.ts";
import { temporaryName } from "../base/files/atomic-file.ts";
import { removeLargeAtomically, removeLargeTree } from "../base/files/remove-tree.ts";
import { acquireLock } from "../base/files/lock.ts";
import {
  git,
  matchingSettings,
  type GitCredentials,
  type GitEnvironment,
  type GitSetting,
} from "./git-command.ts";
import type { TreeBounds } from "./tree-count.ts";

/** A commit of a repository, as it was requested. */
export interface GitRequest {
  /** Without credentials. */
  readonly url: string;
  /** With the credentials that were given. */
  readonly requestUrl?: string | undefined;
  /** A branch, tag, commit or `refs/…`; the default branch where there is none. */
  readonly reference?: string | undefined;
  /** The full hash of a commit, instead of a reference: it is never looked up as a name. */
  readonly commit?: string | undefined;
}

export interface GitOptions extends Omit<GitEnvironment, "credentials" | "settings"> {
  /** The folder of the bare repositories. */
  readonly directory: string;
  readonly isOffline?: boolean | undefined;
  /** Whether the server must prove its name; `verified` by default. Repositories of the two kinds are kept apart. */
  readonly protection?: Protection | undefined;
  /**
   * Nothing that logs in is sent to a server that proves nothing: neither to the repository's, by http or unverified https, nor to
   * those of its submodules.
   */
  readonly withholdsCredentials?: boolean | undefined;
  /** Whether a commit that is known already is looked up again. */
  readonly isRefreshed?: boolean | undefined;
  /** Of what is checked out; those of an archive by default. */
  readonly bounds?: TreeBounds | undefined;
  /** How long a server may say nothing; two minutes by default. */
  readonly silenceMs?: number | undefined;
}

/**
 * Finds the commit that a request means, and brings it into the cache.
 *
 * @returns the full commit
 * @throws git/failed, git/not-found, git/unknown-reference, net/offline, net/cancelled, cache/locked
 */
export async function fetchCommit(request: GitRequest, options: GitOptions): Promise<string> {
  const { reference, commit } = request;
  if (commit !== undefined && !FULL_COMMIT.test(commit)) throw unknownReference(request);
  if (reference !== undefined && !isSafeReference(reference)) throw unknownReference(request);
  return await withRepository(request, options, async (repository, environment) => {
    const named = reference !== undefined && FULL_COMMIT.test(reference) ? reference : undefined;
    const known = (commit ?? named)?.toLowerCase();
    if (known !== undefined && (await hasCommit(repository, known, environment))) return known;
    if (options.isOffline === true) {
      if (commit !== undefined) throw notCached(request.url);
      const kept = await resolveLocally(repository, request, environment);
      if (kept !== undefined) return kept;
      throw notCached(request.url);
    }
    const connected = {
      ...(await online(environment, repository, options)),
      silenceMs: options.silenceMs ?? SILENCE_MS,
    };
    if (known !== undefined)
      return await fetchFullCommit(repository, known, { request, environment: connected });
    return await fetchNamed(repository, request, connected);
  });
}

/** For commands that speak to a server, and how long that may say nothing. */
interface Connected extends GitEnvironment {
  readonly silenceMs: number;
}

/** Does something with the repository of a request, for which other runs wait meanwhile. */
export async function withRepository<T>(
  request: GitRequest,
  options: GitOptions,
  work: (repository: string, environment: GitEnvironment) => Promise<T>,
): Promise<T> {
  const { env, signal, protection = "verified" } = options;
  const settings = settingsFor(request, protection);
  const given = { env, signal, settings, credentials: credentialsOf(request) };
  const isWithheld = options.withholdsCredentials === true && WITH_LOGINS.test(request.url);
  const environment = narrowed(
    isWithheld ? withoutLogins(given, request, options) : given,
    refusedTransports(request, options),
  );
  makeFolders(options.directory);
  const key = protection === "verified" ? request.url : `${protection} ${request.url}`;
  const repository = join(options.directory, hash("sha256", key, "hex").slice(0, KEY_DIGITS));
  const lock = await acquireLock(`${repository}.lock`, {
    code: "cache/locked",
    subject: options.directory,
    timeoutMs: LOCK_MS,
    signal,
  });
  try {
    if (!existsSync(join(repository, "HEAD")))
      await createRepository(repository, options.directory, environment);
    return await work(repository, environment);
  } catch (error) {
    throw explained(error, request);
  } finally {
    lock.release();
  }
}

/** What git's own configuration must not weaken: certificates are verified. */
function settingsFor({ url }: GitRequest, protection: Protection): readonly GitSetting[] {
  if (isUnverified(protection)) return PROVEN.test(url) ? [[`http.${url}.sslVerify`, "false"]] : [];
  return [
    ["http.sslVerify", "true"],
    [`http.${url}.sslVerify`, "true"],
  ];
}

/**
 * The environment of a command that speaks to servers.
 *
 * Certificates of other servers, those of submodules, are verified too. Git prefers the setting for the longest part of a URL, and
 * of two for the same part the later: each that there is gets one after it. Which files git reads can depend on the repository.
 *
 * A server over HTTP that says nothing is given up, unless the user's own settings say when.
 */
export async function online(
  environment: GitEnvironment,
  repository: string,
  { protection = "verified", silenceMs = SILENCE_MS }: GitOptions,
): Promise<GitEnvironment> {
  const found = await matchingSettings(
    "^http\\.(.*\\.sslverify|(.*\\.)?lowspeed(limit|time))$",
    repository,
    environment,
  );
  const names = [...new Set(found.map(([name]) => name))];
  const { settings = [] } = environment;
  const isVerify = (name: string): boolean => name.endsWith(".sslverify");
  const verify = isUnverified(protection) ? [] : names.filter((name) => isVerify(name));
  return {
    ...environment,
    settings: [
      ...settings,
      ...verify.map((name) => [name, "true"] as const),
      ...(names.every((name) => isVerify(name)) ? givingUpAfter(silenceMs) : []),
    ],
  };
}

function givingUpAfter(silenceMs: number): readonly GitSetting[] {
  return [
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", String(Math.ceil(silenceMs / 1000))],
  ];
}

/**
 * Takes from git whatever could log in: what the URL was given with, helpers, headers, cookies, tickets of Kerberos, and the
 * home, in which curl looks for netrc.
 */
function withoutLogins(
  { env, signal, settings = [] }: GitEnvironment,
  { url }: GitRequest,
  { directory }: GitOptions,
): GitEnvironment {
  const places = ["", `.${new URL(url).origin}`, `.${url}`];
  const lists = places.flatMap((place): readonly GitSetting[] => [
    [`credential${place}.helper`, ""],
    [`http${place}.extraHeader`, ""],
    [`http${place}.cookieFile`, ""],
    [`http${place}.emptyAuth`, "false"],
  ]);
  const home = { HOME: directory, USERPROFILE: directory, XDG_CONFIG_HOME: directory };
  const nothing = { GIT_CONFIG_GLOBAL: devNull };
  return { env: { ...env, ...home, ...nothing }, signal, settings: [...settings, ...lists] };
}

/**
 * Takes transports away from git, whatever its configuration allows. `GIT_ALLOW_PROTOCOL` goes before all settings: it is
 * narrowed too, and never widened.
 */
export function narrowed(environment: GitEnvironment, refused: readonly string[]): GitEnvironment {
  const { env, settings = [] } = environment;
  const { GIT_ALLOW_PROTOCOL: allowed } = env;
  const left = allowed?.split(":").filter((name) => !refused.includes(name));
  return {
    ...environment,
    env: left === undefined ? env : { ...env, GIT_ALLOW_PROTOCOL: left.join(":") },
    settings: [...settings, ...refused.map((name) => [`protocol.${name}.allow`, "never"] as const)],
  };
}

/** The transports that neither a redirect nor a submodule may lead to. */
function refusedTransports(
  { url }: GitRequest,
  { protection = "verified", withholdsCredentials }: GitOptions,
): readonly string[] {
  if (PROVEN.test(url)) return isUnverified(protection) ? [] : UNPROVEN_TRANSPORTS;
  // Git keeps its own settings for a repository without logins, so a submodule at a server with logins would get them.
  return withholdsCredentials === true && !WITH_LOGINS.test(url) ? ["http"] : [];
}

async function createRepository(
  repository: string,
  directory: string,
  environment: GitEnvironment,
): Promise<void> {
  const temporary = join(directory, temporaryName());
  try {
    await git(["init", "--quiet", "--bare", temporary], directory, environment);
    await removeLargeAtomically(repository);
    renameSync(temporary, repository);
  } finally {
    await removeLargeTree(temporary);
  }
}

/** Most servers give a commit by its name; from others everything has to come. */
async function fetchFullCommit(
  repository: string,
  commit: string,
  { request, environment }: { readonly request: GitRequest; readonly environment: Connected },
): Promise<string> {
  try {
    await fetchReferences(repository, request, {
      environment,
      references: [`+${commit}:refs/heads/commit-${commit}`],
    });
  } catch (error) {
    if (!isPinionError(error, "git/failed")) throw error;
    await fetchReferences(repository, request, { environment, references: ALL_REFERENCES });
  }
  if (await hasCommit(repository, commit, environment)) return commit;
  throw unknownReference(request);
}

async function fetchNamed(repository: string, request: GitRequest, environment: Connected): Promise<string> {
  const { url, reference } = request;
  const patterns = reference === undefined ? ["HEAD"] : patternsOf(reference);
  const listing = await git(
    ["ls-remote", "--", url, ...patterns, ...patterns.map((pattern) => `${pattern}^{}`)],
    repository,
    environment,
    { silenceMs: environment.silenceMs },
  );
  const found = new Map(
    listing.split("\n").flatMap((line) => {
      const [commit = "", name = ""] = line.split("\t");
      return FULL_COMMIT.test(commit) ? [[name, commit] as const] : [];
    }),
  );
  const name = patterns.find((pattern) => found.has(pattern));
  if (name !== undefined) {
    // For an annotated tag, the commit that it names.
    const commit = found.get(`${name}^{}`) ?? found.get(name) ?? "";
    if (await hasCommit(repository, commit, environment)) return commit;
    const local = name.startsWith("refs/") ? name : "refs/heads/default-branch";
    await fetchReferences(repository, request, { environment, references: [`+${name}:${local}`] });
    if (await hasCommit(repository, commit, environment)) return commit;
    // It moved on meanwhile.
    return (await resolveName(repository, local, environment)) ?? commit;
  }
  if (reference !== undefined && SHORT_COMMIT.test(reference)) {
    // The server is asked first: a name of an earlier run that looks like an abbreviation must not stand for it.
    await fetchReferences(repository, request, { environment, references: ALL_REFERENCES });
    const commit = await resolveAbbreviated(repository, reference, environment);
    if (commit !== undefined) return commit;
  }
  throw unknownReference(request);
}

async function fetchReferences(
  repository: string,
  { url }: GitRequest,
  { environment, references }: { readonly environment: Connected; readonly references: readonly string[] },
): Promise<void> {
  // Tags tell tools such as setuptools-scm the version.
  const options = ["--progress", "--force", "--update-head-ok", "--tags", "--no-write-fetch-head"];
  // Over HTTP git itself gives a silent server up, and says nothing of how far it is where the server is a plain one for files.
  const silenceMs = /^file:/i.test(url) ? undefined : WITH_LOGINS.test(url) ? LOCK_MS : environment.silenceMs;
  await git(["fetch", ...options, "--", url, ...references], repository, environment, { silenceMs });
}

async function resolveLocally(
  repository: string,
  { reference }: GitRequest,
  environment: GitEnvironment,
): Promise<string | undefined> {
  const names = reference === undefined ? ["refs/heads/default-branch"] : patternsOf(reference);
  for (const name of names) {
    const commit = await resolveName(repository, name, environment);
    if (commit !== undefined) return commit;
  }
  if (reference === undefined || !SHORT_COMMIT.test(reference)) return undefined;
  return await resolveAbbreviated(repository, reference, environment);
}

async function hasCommit(repository: string, commit: string, environment: GitEnvironment): Promise<boolean> {
  // Sixty-four digits are the name of a branch where commits have forty.
  return (await resolveName(repository, commit, environment)) === commit;
}

async function resolveName(
  repository: string,
  name: string,
  environment: GitEnvironment,
): Promise<string | undefined> {
  try {
    const answer = await git(
      ["rev-parse", "--quiet", "--verify", "--end-of-options", `${name}^{commit}`],
      repository,
      environment,
    );
    return answer.trim().split("\n").at(-1);
  } catch (error) {
    if (isPinionError(error, "git/failed")) return undefined;
    throw error;
  }
}

/** The one commit of a branch or tag that begins so; a name that looks like an abbreviation does not count. */
async function resolveAbbreviated(
  repository: string,
  abbreviated: string,
  environment: GitEnvironment,
): Promise<string | undefined> {
  const objects = await git(["rev-parse", `--disambiguate=${abbreviated}`], repository, environment);
  const reachable: string[] = [];
  const found = objects.split("\n").filter((line) => FULL_COMMIT.test(line));
  // Files and folders count too: a repository can have any number of them that begin so.
  if (found.length > MAX_ABBREVIATED) return undefined;
  for (const commit of found) {
    if ((await resolveName(repository, commit, environment)) !== commit) continue;
    const names = await git(["for-each-ref", "--count=1", `--contains=${commit}`], repository, environment);
    if (names !== "") reachable.push(commit);
  }
  return reachable.length === 1 ? reachable[0] : undefined;
}

function patternsOf(reference: string): readonly string[] {
  if (reference.startsWith("refs/")) return [reference];
  return [`refs/heads/${reference}`, `refs/tags/${reference}`];
}

/** Not what git would take for an option, a pattern, or an expression over commits (git-check-ref-format). */
function isSafeReference(reference: string): boolean {
  return reference !== "" && !/^-|^\/|\/$|\.\.|@\{|[\p{Cc} ~^:?*[\\]/u.test(reference);
}

function credentialsOf({ requestUrl }: GitRequest): GitCredentials | undefined {
  if (requestUrl === undefined || !URL.canParse(requestUrl)) return undefined;
  const { protocol, origin, host, username, password } = new URL(requestUrl);
  if (username === "" || (protocol !== "https:" && protocol !== "http:")) return undefined;
  return {
    origin: origin === "null" ? `${protocol}//${host}` : origin,
    username: decodePercent(username),
    password: decodePercent(password),
  };
}

function explained(error: unknown, request: GitRequest): unknown {
  const codes = ["git/failed", "git/too-large", "git/unsafe-submodule", "net/timeout"] as const;
  if (!isPinionError(error) || !codes.some((code) => error.code === code)) return error;
  return new PinionError(error.code, "Git operation failed", {
    details: { ...error.details, url: redactUrl(request.url) },
    cause: new PinionError(error.code, `Failed to fetch: ${redactUrl(request.url)}`, { cause: error }),
  });
}

function unknownReference({ url, commit, reference = commit ?? "HEAD" }: GitRequest): PinionError {
  return new PinionError(
    "git/unknown-reference",
    `Failed to find branch, tag, or commit \`${reference}\` in \`${redactUrl(url)}\``,
    { details: { url: redactUrl(url), reference } },
  );
}

const PROVEN = /^(?:https|ssh):/;
const WITH_LOGINS = /^https?:/;
/** Neither a redirect nor a submodule leads from a verified server to one that proves nothing. */
const UNPROVEN_TRANSPORTS = ["http", "git"];
const ALL_REFERENCES = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
/** SHA-1, or SHA-256 in repositories of that format. */
const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
/** Git's shortest abbreviation is four digits, the usual one seven. */
const SHORT_COMMIT = /^[0-9a-f]{4,63}$/i;
/** A repository of a million objects has some fifteen that begin with the same four digits. */
const MAX_ABBREVIATED = 256;
/** How long a server may say nothing: it may count objects for a while, and says so every few seconds. */
const SILENCE_MS = 120_000;
const KEY_DIGITS = 16;
/** A large repository over a slow line. */
const LOCK_MS = 30 * 60 * 1000;
