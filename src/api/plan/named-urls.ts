// Which URLs the user names: those of the command line and of files of this machine. Only their servers, and those of indexes, see the
// client certificate for all servers; what came over the network must not choose who sees it.

import type { Inputs } from "../../sources/requested.ts";
import type { Source } from "../../sources/source.ts";
import type { PlannedInstall } from "./value.ts";

/** The URLs of requirements that did not come over the network. */
export function namedUrls({
  requirements,
  constraints,
  overrides,
}: Pick<Inputs, "requirements" | "constraints" | "overrides">): readonly string[] {
  return [...requirements, ...constraints, ...overrides].flatMap(({ source, isFromNetwork }) =>
    source === undefined || isFromNetwork === true ? [] : [source.url],
  );
}

/** The planned distributions, with a mark on those whose servers only the network names. */
export function markNamedByNetwork(
  install: readonly PlannedInstall[],
  named: readonly string[],
): readonly PlannedInstall[] {
  const origins = new Set(named.flatMap((url) => originOf(url) ?? []));
  return install.map((planned) => {
    const origin = isDirect(planned.source) ? originOf(planned.source.url) : undefined;
    return origin === undefined || origins.has(origin) ? planned : { ...planned, isNamedByNetwork: true };
  });
}

/** The URLs of a plan that the user names. */
export function namedInPlan(install: readonly PlannedInstall[]): readonly string[] {
  return install.flatMap(({ source, isNamedByNetwork }) =>
    isNamedByNetwork === true || !isDirect(source) ? [] : [source.url],
  );
}

/** Whether a URL or a path names a source, and no index. */
function isDirect(source: Source): boolean {
  return source.kind !== "index" && !(source.kind === "sdist" && source.listing !== undefined);
}

/** Of a server; undefined for files. */
function originOf(url: string): string | undefined {
  const { protocol, origin } = URL.canParse(url) ? new URL(url) : {};
  return protocol === "https:" || protocol === "http:" ? origin : undefined;
}
