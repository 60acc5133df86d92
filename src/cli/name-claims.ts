// Whose word gives an index its name. `<PREFIX>_INDEX_<NAME>_*` holds credentials for a name: a project may give that name to its
// index, as uv allows, but not take it from an index that the user's own settings have.

import { variableNameOf } from "../net/credential-source.ts";
import { isSameOrigin } from "../net/url.ts";
import type { NameClaim } from "../registry/locations.ts";
import { formatOrigin, isOfProject, type Origin } from "../settings/origin.ts";
import type { Settings } from "../settings/settings.ts";

/** An index as a setting has it; without a name in a list. */
export interface NamedIndex {
  readonly name: string | undefined;
  readonly url: string;
  readonly origin: Origin;
}

/** The claim of an index on the credentials of its name; undefined where it has no name, or from the user. */
export function claimOf({ name, url, origin }: NamedIndex, settings: Settings): NameClaim | undefined {
  if (name === undefined || !isOfProject(origin)) return undefined;
  const bound = namesOfUser(settings).find(
    (own) => variableNameOf(own.name) === variableNameOf(name) && isElsewhere(own.url, url),
  );
  return { boundTo: bound && formatOrigin(bound.origin) };
}

/** `NAME=URL` in its parts. */
export function splitName(value: string): Pick<NamedIndex, "name" | "url"> {
  const [prefix, name] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=/.exec(value) ?? [];
  return prefix === undefined ? { name: undefined, url: value } : { name, url: value.slice(prefix.length) };
}

function namesOfUser(settings: Settings): readonly (NamedIndex & { readonly name: string })[] {
  const listed = settings
    .entries("index")
    .map(({ value, origin }): NamedIndex => ({ ...splitName(value), origin }));
  return [...settings.indexTables, ...listed].flatMap(({ name, url, origin }) =>
    name === undefined || isOfProject(origin) ? [] : [{ name, url, origin }],
  );
}

function isElsewhere(one: string, other: string): boolean {
  return !URL.canParse(one) || !URL.canParse(other) || !isSameOrigin(new URL(one), new URL(other));
}
