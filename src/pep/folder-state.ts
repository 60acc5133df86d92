// `uv_cache.json` in a `.dist-info`: what the folder that a distribution came from was like when it was built. The form is uv's,
// which has no specification (measured with uv 0.13.9), so that either tool knows what the other one has installed.

import { nestingFault } from "../base/formats/nesting.ts";
import { isRecord } from "../base/values/record.ts";

/** A folder's state as canonical JSON: equal strings are equal states. */
export type FolderState = string;

/** What the state consists of. */
export interface FolderFacts {
  /** The newest change of the files that count. */
  readonly timestamp: FolderTime | undefined;
  /** The commit that is checked out, where it counts. */
  readonly commit: string | undefined;
  /** The object of each tag, where they count. */
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** Variables that count. */
  readonly env: Readonly<Record<string, string | null>>;
  /** When folders that count were made; null for one that is not there. */
  readonly directories: Readonly<Record<string, FolderTime | null>>;
  /** A digest of names, sizes and times of files. Not in uv's files, and ignored by uv, as are `settings` and `choices`. */
  readonly tree?: string | undefined;
  /** What the build backend was given with `--config-settings`: a digest for each name. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** A digest of what settings require for the build beside the project, and of the variables that they have for it. */
  readonly choices?: string | undefined;
}

/** Since 1970, in the parts in which uv writes it. */
export interface FolderTime {
  readonly secs_since_epoch: number;
  readonly nanos_since_epoch: number;
}

/** Writes facts in a fixed order. */
export function formatFolderState(facts: FolderFacts): FolderState {
  const {
    timestamp = null,
    commit = null,
    tags = null,
    env,
    directories,
    tree,
    settings = {},
    choices,
  } = facts;
  return JSON.stringify({
    timestamp,
    commit,
    tags: tags === null ? null : sorted(tags),
    env: sorted(env),
    directories: sorted(directories),
    tree,
    ...(Object.keys(settings).length === 0 ? {} : { settings: sorted(settings) }),
    choices,
  });
}

/** Reads `uv_cache.json`; undefined where it makes no sense. */
export function parseFolderState(text: string): FolderState | undefined {
  if (nestingFault(text) !== undefined) return undefined;
  try {
    const found: unknown = JSON.parse(text);
    return isRecord(found) ? formatFolderState(factsOf(found)) : undefined;
  } catch {
    return undefined;
  }
}

function factsOf({
  timestamp,
  commit,
  tags,
  env,
  directories,
  tree,
  settings,
  choices,
}: Readonly<Record<string, unknown>>): FolderFacts {
  return {
    timestamp: timeOf(timestamp) ?? undefined,
    commit: textOf(commit),
    tags: isRecord(tags) ? mapped(tags, (value) => textOf(value) ?? "") : undefined,
    env: isRecord(env) ? mapped(env, (value) => textOf(value) ?? null) : {},
    directories: isRecord(directories) ? mapped(directories, timeOf) : {},
    tree: textOf(tree),
    settings: isRecord(settings) ? settings : undefined,
    choices: textOf(choices),
  };
}

function timeOf(value: unknown): FolderTime | null {
  if (!isRecord(value)) return null;
  const { secs_since_epoch: seconds, nanos_since_epoch: nanoseconds } = value;
  return typeof seconds === "number" && typeof nanoseconds === "number"
    ? { secs_since_epoch: seconds, nanos_since_epoch: nanoseconds }
    : null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function mapped<T>(
  from: Readonly<Record<string, unknown>>,
  convert: (value: unknown) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, convert(value)]));
}

function sorted<T>(from: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(from).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
