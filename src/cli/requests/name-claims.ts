// Whose word puts an index there and gives it its name. `<PREFIX>_INDEX_<NAME>_*` holds credentials for a name, netrc and
// keyring for a host: a project may name an index, as uv allows, but not take its name from an index that the user's own
// settings have, nor have the user's credentials sent in clear.

import { variableNameOf } from "../../net/credentials/credential-source.ts";
import { isSameOrigin } from "../../net/url.ts";
import { readWrittenUrl } from "../../net/written-url.ts";
import type { IndexClaim } from "../../registry/indexes/locations.ts";
import { formatOrigin, isOfProject, type Origin } from "../../settings/origin.ts";
import type { Settings } from "../../settings/settings.ts";

/** An index as a setting has it; without a name in a list. */
export interface NamedIndex {
  readonly name: string | undefined;
  readonly url: string;
  readonly origin: Origin;
}

/** The claim of an index on the user's credentials; undefined where the user's own settings have it, at that server, too. */
export function claimOf({ name, url, origin }: NamedIndex, settings: Settings): IndexClaim | undefined {
  if (!isOfProject(origin)) return undefined;
  const rivals = indexesOfUser(settings).filter((own) => name === undefined || isNamed(own, name));
  if (rivals.some((own) => isSameServer(own.url, url))) return undefined;
  const bound = name === undefined ? undefined : rivals[0];
  return { boundTo: bound && formatOrigin(bound.origin) };
}

/** `NAME=URL` in its parts. */
export function splitName(value: string): Pick<NamedIndex, "name" | "url"> {
  const [prefix, name] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=/.exec(value) ?? [];
  return prefix === undefined ? { name: undefined, url: value } : { name, url: value.slice(prefix.length) };
}

/** Every index that the user names, by whichever setting, also where a nearer place, such as a project's file, hides it. */
function indexesOfUser(settings: Settings): readonly NamedIndex[] {
  const listed = INDEX_SETTINGS.flatMap((name) => {
    const { inForce, shadowed } = settings.stack(name);
    return [...inForce, ...shadowed].flatMap(({ value, origin }) =>
      [value].flat().map((entry): NamedIndex => ({ ...splitName(String(entry)), origin })),
    );
  });
  return [...settings.indexTables, ...listed].filter(({ origin }) => !isOfProject(origin));
}

/** Names that differ only in what variables cannot tell apart are one. */
function isNamed({ name: own }: NamedIndex, name: string): boolean {
  return own !== undefined && variableNameOf(own) === variableNameOf(name);
}

function isSameServer(one: string, other: string): boolean {
  const [a, b] = [addressOf(one), addressOf(other)];
  return a !== undefined && b !== undefined && isSameOrigin(a, b);
}

/** Read as requests read it; undefined for a path and for what no request accepts. */
function addressOf(written: string): URL | undefined {
  try {
    return new URL(readWrittenUrl(written));
  } catch {
    return undefined;
  }
}

const INDEX_SETTINGS = ["index", "default-index", "index-url", "extra-index-url", "find-links"] as const;
