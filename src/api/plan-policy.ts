// What a request, the session's options and the options of requirements files say together about indexes and files.

import type { InstalledDistribution } from "../python/environments/environment.ts";
import { isSameOrigin } from "../net/url.ts";
import { normalizeName } from "../pep/name.ts";
import type { NamedIndex } from "../pep/requirements/requirement-entry.ts";
import { isRemoteFile } from "../pep/requirements/remote-requirements.ts";
import type { PlacedValue, RequirementsOptions } from "../pep/requirements/requirements-txt.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { Version } from "../pep/versions/version.ts";
import type {
  IndexClaim,
  IndexLocation,
  IndexSetting,
  LocationSettings,
} from "../registry/indexes/locations.ts";
import { parseNameSet, uniteNames, type NamedFormats, type NameSet } from "../pep/name-set.ts";
import type { RegistryPolicy } from "../registry/registry.ts";
import type { Inputs } from "../sources/requested.ts";
import { statedHashes } from "./inputs/hashes.ts";
import type { Network } from "./network.ts";
import type { InstallerOptions } from "./options.ts";
import type { ResolveRequest } from "./requests.ts";

/** The options that requirements files give, after those of the command line, as uv orders them. */
export function withFileOptions(
  indexes: Omit<LocationSettings, "directory">,
  files: readonly RequirementsOptions[],
): Omit<LocationSettings, "directory"> {
  const indexUrl = files.map((file) => file.indexUrl).find((url) => url !== undefined);
  const own = ownAddresses(indexes);
  const settings = (values: readonly PlacedValue[]): readonly IndexSetting[] =>
    values.map(({ value, written, file, line }) => {
      return {
        value,
        ...(written === undefined ? {} : { withVariables: written }),
        origin: `${file}:${line}`,
        claim: claimOf(value, own, { isFromNetwork: isRemoteFile(file) }),
      };
    });
  return {
    ...indexes,
    // After the user's own: the first default index counts, and one in the shadow of a name does not.
    indexes: [
      ...(indexes.indexes ?? []),
      ...settings(indexUrl === undefined ? [] : [indexUrl]).map((index) => ({ ...index, isDefault: true })),
    ],
    extraIndexUrls: [
      ...(indexes.extraIndexUrls ?? []),
      ...settings(files.flatMap((file) => file.extraIndexUrls)),
    ],
    findLinks: [...(indexes.findLinks ?? []), ...settings(files.flatMap((file) => file.findLinks))],
    isIndexOff: indexes.isIndexOff === true || files.some(({ noIndex }) => noIndex),
  };
}

/** The index of a name: of the run, or else of the file that gives it, which claims no more than a requirements file. */
export function locateNamed(
  { name, url, file, isFromNetwork }: NamedIndex,
  {
    indexes,
    network,
    own,
  }: {
    readonly indexes: readonly IndexLocation[];
    readonly network: Pick<Network, "locate">;
    readonly own: Omit<LocationSettings, "directory">;
  },
): IndexLocation | undefined {
  const known = indexes.find((index) => index.name === name);
  if (known !== undefined || url === undefined) return known;
  const claim = claimOf(url, ownAddresses(own), { isFromNetwork: isFromNetwork === true });
  const [location] = network.locate({ defaultIndex: { name, value: url, origin: file, claim } });
  return location === undefined ? undefined : { ...location, isDefault: false, isExplicit: true };
}

/** What a file claims by an index that it names. */
function claimOf(
  value: string,
  own: readonly URL[],
  { isFromNetwork }: { readonly isFromNetwork: boolean },
): IndexClaim {
  const address = addressOf(value);
  const isOwn = address !== undefined && own.some((known) => isSameOrigin(known, address));
  return isOwn ? ON_KNOWN_SERVER : isFromNetwork ? OF_NETWORK : OF_REQUIREMENTS;
}

/** The servers that the user names as indexes: what a file says of them claims no more than the names of others. */
function ownAddresses({
  indexes = [],
  extraIndexUrls = [],
  findLinks = [],
  defaultIndex,
}: Omit<LocationSettings, "directory">): readonly URL[] {
  return [...indexes, ...extraIndexUrls, ...findLinks, ...(defaultIndex === undefined ? [] : [defaultIndex])]
    .filter(({ claim }) => claim === undefined)
    .flatMap(({ value }) => addressOf(value) ?? []);
}

/** Without the name before it; undefined for a path. */
function addressOf(value: string): URL | undefined {
  const text = value.trim().replace(/^[A-Za-z0-9][A-Za-z0-9._-]*=/, "");
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** Which files of the indexes count. */
export function registryPolicy(
  request: ResolveRequest,
  {
    options,
    inputs,
    target,
  }: { readonly options: InstallerOptions; readonly inputs: Inputs; readonly target: Target },
): RegistryPolicy {
  const { sourceDistributions, excludeNewerMs, excludeNewerPackages } = request;
  const { ignoresRequiresPython, dependencyMetadata } = request;
  return {
    strategy: options.indexStrategy,
    ...namedFormats(request, inputs),
    sourceDistributions,
    ignoresRequiresPython,
    dependencyMetadata,
    excludeNewerMs,
    excludeNewerPackages,
    requiresHashes: inputs.requiresHashes,
    // Of a version's wheels, one whose hash was stated comes before a better one that no requirement vouches for.
    hashes: statedHashes(inputs, request.universal === undefined ? target.markers : undefined),
  };
}

/** `--no-binary` and `--only-binary`, those of requirements files too. */
export function namedFormats(
  { noBinary, onlyBinary }: NamedFormats,
  { options }: Pick<Inputs, "options">,
): { readonly noBinary: NameSet; readonly onlyBinary: NameSet } {
  const named = (of: (file: RequirementsOptions) => readonly { readonly value: string }[]): NameSet =>
    parseNameSet(options.flatMap((file) => of(file).map(({ value }) => value)));
  return {
    noBinary: uniteNames(
      noBinary,
      named((file) => file.noBinary),
    ),
    onlyBinary: uniteNames(
      onlyBinary,
      named((file) => file.onlyBinary),
    ),
  };
}

/** Requesting the newest, or a new installation, means asking the indexes what they have now. */
export function refreshOf(
  { upgrade = [], reinstall = [] }: ResolveRequest,
  { refresh = [] }: InstallerOptions,
): "all" | readonly string[] {
  if (refresh === "all" || upgrade === "all" || reinstall === "all") return "all";
  return [...new Set([...refresh, ...upgrade, ...reinstall].map(normalizeName))];
}

/**
 * Installed versions are preferred, wherever they came from, unless something newer or a new installation is requested: a
 * project's own folder does not give way to a namesake of an index because something else is installed.
 */
export function keptVersions(
  { upgrade, reinstall }: ResolveRequest,
  installed: readonly InstalledDistribution[],
): ReadonlyMap<string, Version> {
  if (upgrade === "all" || reinstall === "all") return new Map();
  const dropped = new Set([...(upgrade ?? []), ...(reinstall ?? [])].map(normalizeName));
  return new Map(
    installed.filter(({ name }) => !dropped.has(name)).map(({ name, version }) => [name, version]),
  );
}

/** Installed versions of what is to be upgraded, which stay where no better one can be found. */
export function upgradedVersions(
  { upgrade = [], reinstall = [] }: ResolveRequest,
  installed: readonly InstalledDistribution[],
): ReadonlyMap<string, Version> {
  if (upgrade.length === 0 || reinstall === "all") return new Map();
  const isIn = (list: "all" | readonly string[], name: string): boolean =>
    list === "all" || list.some((entry) => normalizeName(entry) === name);
  return new Map(
    installed
      .filter(({ name }) => isIn(upgrade, name) && !isIn(reinstall, name))
      .map(({ name, version }) => [name, version]),
  );
}

/** Neither uv nor pip knows a name in a requirements file: it brings no credentials, and in clear none are sent. */
const OF_REQUIREMENTS = { isOfRequirements: true } as const;
const OF_NETWORK = { isOfRequirements: true, isFromNetwork: true } as const;
/** The credentials for the server itself are the user's to send as before; those of a name are still not the file's. */
const ON_KNOWN_SERVER = { isOfRequirements: true, isOnKnownServer: true } as const;
