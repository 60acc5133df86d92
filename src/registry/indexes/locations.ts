// The package indexes of one run: which there are, in which order they are asked, and who named them.
// Order and names follow uv (docs/concepts/indexes): `--index` first to last, then the extra ones, the default
// last; `--find-links` joins all of them.

import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { append } from "../../base/values/group-by.ts";
import { withoutTrailingSlashes } from "../../base/text/trailing-slashes.ts";
import { decodePercent } from "../../base/text/percent-encoding.ts";
import { indexNameFault } from "../../base/text/index-name.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { refuseTooManyIndexes } from "./index-count.ts";
import { redactUrl } from "../../net/url.ts";
import { readWrittenUrl } from "../../net/written-url.ts";

export type IndexStrategy = "first-index" | "unsafe-first-match" | "unsafe-best-match";

/** How one index is asked, whatever the others are. */
export interface IndexRules {
  /** When credentials are looked for: before the first request, after a 401 (the default), or not at all. */
  readonly authenticate?: "always" | "auto" | "never" | undefined;
  /** Statuses besides 404 that mean "this index lacks the project". */
  readonly ignoreErrorCodes?: readonly number[] | undefined;
  /** Replaces the server's `Cache-Control`: for pages and metadata (`api`), for wheels (`files`). */
  readonly cacheControl?:
    | { readonly api?: string | undefined; readonly files?: string | undefined }
    | undefined;
  /** Of this index, in milliseconds since 1970. */
  readonly excludeNewer?: IndexCutoff | undefined;
  /** See {@link IndexClaim}; undefined where the user names the index. */
  readonly claim?: IndexClaim | undefined;
}

export interface IndexLocation extends IndexRules {
  /** The name in `--index NAME=URL`; unique among the locations of a run. */
  readonly name?: string | undefined;
  /** Absolute, http(s) or file, without credentials, query kept, never ending in a slash for `simple`. */
  readonly url: string;
  /** `simple` answers one page per project (PEP 503); `flat` is one folder or page with files of many projects. */
  readonly kind: "simple" | "flat";
  /** As it was given, without credentials, where that is not `url`. */
  readonly written?: string | undefined;
  /** As its requirements file has it, with the names of variables instead of their values; absent where it has none. */
  readonly withVariables?: string | undefined;
  /** Later indexes with the same URL, which are not asked again. */
  readonly repeats?:
    | readonly Pick<IndexLocation, "written" | "withVariables" | "url" | "isDefault" | "isExplicit">[]
    | undefined;
  readonly isDefault: boolean;
  /** Asked only for the projects that name it. */
  readonly isExplicit: boolean;
  /** The flag, variable or file and line that named it, as people read it. */
  readonly origin: string;
}

/**
 * The file of a project names an index, and so claims the user's credentials: those of its host, and with a name those of
 * the variables with that name. `boundTo`: where the user's own settings have the name for another origin, the place that
 * says so. `isOfRequirements`: not a project's file but a requirements file names it, and claims nothing by the name.
 */
export interface IndexClaim {
  readonly boundTo?: string | undefined;
  readonly isOfRequirements?: true | undefined;
  /** With `isOfRequirements`: the user's own settings name an index of the same server. */
  readonly isOnKnownServer?: true | undefined;
  /** With `isOfRequirements`: the file came over the network, and says nothing of whom the user knows. */
  readonly isFromNetwork?: true | undefined;
}

/** Files uploaded at this moment or later do not count; `never`: all do, whatever is said of indexes in general. */
export type IndexCutoff = number | "never";

/** One index as the settings have it: `[NAME=]URL`, or a path. */
export interface IndexSetting extends IndexRules {
  readonly value: string;
  /** See {@link IndexLocation.withVariables}. */
  readonly withVariables?: string | undefined;
  readonly origin: string;
  readonly name?: string | undefined;
  readonly format?: "simple" | "flat" | undefined;
  readonly isDefault?: boolean | undefined;
  readonly isExplicit?: boolean | undefined;
}

export interface LocationSettings {
  /** `--index`, then `[[tool.uv.index]]`. */
  readonly indexes?: readonly IndexSetting[] | undefined;
  readonly extraIndexUrls?: readonly IndexSetting[] | undefined;
  /** `--default-index` or `--index-url`; without one, and without `isDefault` among the indexes, PyPI. */
  readonly defaultIndex?: IndexSetting | undefined;
  readonly findLinks?: readonly IndexSetting[] | undefined;
  readonly isIndexOff?: boolean | undefined;
  /** What relative paths are relative to. */
  readonly directory: string;
}

/** Credentials that stood in an index's URL; they belong to the client, never to a location. */
export interface IndexCredentials {
  readonly url: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly origin: string;
}

export interface Locations {
  /** In the order in which they are asked; flat ones first, because they join every answer. */
  readonly locations: readonly IndexLocation[];
  readonly credentials: readonly IndexCredentials[];
}

/**
 * Orders the indexes of a run as uv does; of two with one name, and of two with one URL, the first counts.
 *
 * @throws net/invalid-url with {setting, origin} when a URL is neither http(s) nor a path; settings/invalid for too many
 *
 * @example
 * locateIndexes({ directory: "/home/ada", indexes: [{ value: "corp=https://pypi.corp.example/simple", origin: "--index" }] })
 */
export function locateIndexes(settings: LocationSettings): Locations {
  const { indexes = [], extraIndexUrls = [], findLinks = [] } = settings;
  refuseTooManyIndexes(indexes.length + extraIndexUrls.length + findLinks.length);
  const named = firstOfEachName(settings.indexes ?? []);
  const defaultSetting = settings.defaultIndex ?? named.find((index) => index.isDefault === true) ?? PYPI;
  const simple = [...named.filter((index) => index.isDefault !== true), ...(settings.extraIndexUrls ?? [])];
  const parsed = [
    ...(settings.findLinks ?? []).map((setting) => parseIndex({ ...setting, format: "flat" }, settings)),
    ...(settings.isIndexOff === true
      ? []
      : [
          ...simple.map((setting) => parseIndex({ ...setting, isDefault: false }, settings)),
          parseIndex({ ...defaultSetting, isDefault: true }, settings),
        ]),
  ];
  const flatFirst = [...parsed.filter(isFlat), ...parsed.filter((index) => !isFlat(index))];
  return {
    locations: withoutRepeats(flatFirst.map((index) => index.location)),
    credentials: parsed.flatMap((index) => index.credentials ?? []),
  };
}

/** The URL of a project's page at a simple index: `https://pypi.org/simple/flask/` (PEP 503). */
export function projectUrl(index: IndexLocation, name: string): string {
  const url = new URL(index.url);
  url.pathname = `${withoutTrailingSlashes(url.pathname)}/${encodeURIComponent(name)}/`;
  return url.href;
}

/** What shares its name with an earlier one counts for nothing, not even as the default. */
function firstOfEachName(indexes: readonly IndexSetting[]): readonly IndexSetting[] {
  const seen = new Set<string>();
  return indexes.filter(({ name: own, value }) => {
    const name = own ?? INDEX_NAME.exec(value)?.[1];
    if (name === undefined) return true;
    const isFirst = !seen.has(name);
    seen.add(name);
    return isFirst;
  });
}

function writtenAs(given: string, url: URL, kind: IndexLocation["kind"]): Pick<IndexLocation, "written"> {
  const asked = kind === "simple" ? withoutTrailingSlashes(url.href) : url.href;
  return given === asked ? {} : { written: given };
}

interface ParsedIndex {
  readonly location: IndexLocation;
  readonly credentials: IndexCredentials | undefined;
}

function parseIndex(setting: IndexSetting, settings: LocationSettings): ParsedIndex {
  const prefix = setting.name === undefined ? INDEX_NAME.exec(setting.value) : null;
  const name = setting.name ?? prefix?.[1];
  if (name === undefined) refuseBadName(setting);
  const text = prefix === null ? setting.value : setting.value.slice(prefix[0].length);
  const url = parseAddress(text.trim(), setting, settings.directory);
  const credentials = takeCredentials(url, setting.origin);
  const kind = setting.format ?? "simple";
  return {
    location: {
      ...(name === undefined ? {} : { name }),
      url: kind === "simple" ? withoutTrailingSlashes(url.href) : url.href,
      kind,
      ...writtenAs(credentials === undefined ? text.trim() : url.href, url, kind),
      ...(setting.withVariables === undefined ? {} : { withVariables: redactUrl(setting.withVariables) }),
      isDefault: setting.isDefault === true,
      isExplicit: setting.isExplicit === true,
      origin: setting.origin,
      ...(setting.authenticate === undefined ? {} : { authenticate: setting.authenticate }),
      ...(setting.ignoreErrorCodes === undefined ? {} : { ignoreErrorCodes: setting.ignoreErrorCodes }),
      ...(setting.cacheControl === undefined ? {} : { cacheControl: setting.cacheControl }),
      ...(setting.excludeNewer === undefined ? {} : { excludeNewer: setting.excludeNewer }),
      ...(setting.claim === undefined ? {} : { claim: setting.claim }),
    },
    credentials,
  };
}

/** `corp mirror=https://…`: uv would take it for a path. */
function refuseBadName({ value, origin }: IndexSetting): void {
  const name = /^([^=/\\:?#]*)=[A-Za-z][A-Za-z0-9+.-]+:\/\//.exec(value)?.[1];
  const fault = name === undefined ? undefined : indexNameFault(name);
  if (fault !== undefined)
    throw new PinionError("settings/invalid", `The name of an index in \`${origin}\` is invalid: ${fault}`, {
      details: { origin },
    });
}

// As uv: what has a scheme is a URL, everything else a path, also `ht!tp`.
function parseAddress(written: string, setting: IndexSetting, directory: string): URL {
  const isPath = isAbsolute(written) || !SCHEME.test(written);
  const text = isPath ? written : readIndexUrl(written, setting.origin);
  const url = isPath
    ? pathToFileURL(resolve(directory, text))
    : URL.canParse(text)
      ? new URL(text)
      : undefined;
  if (text !== "" && url !== undefined && SUPPORTED.has(url.protocol)) {
    url.hash = "";
    return url;
  }
  throw new PinionError("net/invalid-url", `The index from \`${setting.origin}\` is not a URL or a path`, {
    details: { origin: setting.origin, scheme: url?.protocol },
    hints: ["An index is an `https://` or `file://` address or the path of a folder"],
  });
}

function readIndexUrl(text: string, origin: string): string {
  try {
    return readWrittenUrl(text);
  } catch (error) {
    if (!isPinionError(error)) throw error;
    throw new PinionError(error.code, `The index from \`${origin}\` cannot be used`, {
      details: { origin },
      hints: error.hints,
      cause: error,
    });
  }
}

function takeCredentials(url: URL, origin: string): IndexCredentials | undefined {
  const { username, password } = url;
  if (username === "" && password === "") return undefined;
  url.username = "";
  url.password = "";
  return {
    url: url.href,
    username: decodePercent(username),
    password: password === "" ? undefined : decodePercent(password),
    origin,
  };
}

function isFlat(index: ParsedIndex): boolean {
  return index.location.kind === "flat";
}

function withoutRepeats(locations: readonly IndexLocation[]): readonly IndexLocation[] {
  const seen = new Map<string, IndexLocation>();
  const repeats = new Map<IndexLocation, IndexLocation[]>();
  const kept = locations.filter((location) => {
    const keys = [
      // One that only some projects name does not stand for one that counts for all.
      `${location.kind} ${location.url} ${location.isExplicit}`,
      ...(location.name === undefined ? [] : [location.name]),
    ];
    const first = keys.map((key) => seen.get(key)).find((found) => found !== undefined);
    if (first === undefined) for (const key of keys) seen.set(key, location);
    else append(repeats, first, location);
    return first === undefined;
  });
  return kept.map((location) => {
    const others = repeats.get(location)?.filter(({ kind }) => kind === "simple") ?? [];
    if (others.length === 0) return location;
    return {
      ...location,
      repeats: others.map(({ url, written, withVariables, isDefault, isExplicit }) => ({
        url,
        ...(written === undefined ? {} : { written }),
        ...(withVariables === undefined ? {} : { withVariables }),
        isDefault,
        isExplicit,
      })),
    };
  });
}

const PYPI: IndexSetting = { value: "https://pypi.org/simple", origin: "default" };

// uv's index names: letters, digits, `-`, `_`, `.`, and the value after the first `=`. A URL has `:` before any `=`.
const INDEX_NAME = /^([A-Za-z0-9][A-Za-z0-9._-]*)=/;

// Two letters at least: `C:` is a drive of Windows.
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;

const SUPPORTED: ReadonlySet<string> = new Set(["http:", "https:", "file:"]);
