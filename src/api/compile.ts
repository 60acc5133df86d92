// Resolves requirements into a lock. Nothing of this loads the rooms that install.

import { environmentMarker } from "../lock/environment-marker.ts";
import type { Lock } from "../lock/lock.ts";
import { reachMarkers } from "../lock/reach-markers.ts";
import { readPylock } from "../lock/read-pylock.ts";
import type { Marker } from "../pep/marker-expression.ts";
import { parseMarker } from "../pep/marker.ts";
import { parseRequirementsTxt } from "../pep/requirements-txt.ts";
import type { SpecifierSet } from "../pep/specifier-set.ts";
import type { Target } from "../pep/tags.ts";
import { tryParseVersion, type Version } from "../pep/version.ts";
import type { Interpreter } from "../python/interpreter.ts";
import type { IndexLocation } from "../registry/locations.ts";
import type { PreferredVersion } from "../resolve/input.ts";
import { markedEdges } from "./lock-edges.ts";
import { makeLock } from "./make-lock.ts";
import type { ResolveRequest } from "./requests.ts";
import type { Resolved, Session } from "./session-interface.ts";

export interface CompileRequest extends ResolveRequest {
  /** The environment to lock for, unless `universal` says otherwise. */
  readonly target: Target;
  /** The Python that builds where only a build knows what a source requires; without one nothing is built. */
  readonly python?: Interpreter | undefined;
  /** `>=3.11.7`: what the lock says about Python. */
  readonly requiresPython: string;
  /** Whether the lock says when each package is needed, also for one target. */
  readonly hasMarkers?: boolean | undefined;
  /** Whether to find out for which environments the lock is known to be right; for one target only. */
  readonly hasMarkerExpression?: boolean | undefined;
  /** The pins of an earlier lock, which are kept while they fit. */
  readonly pins?: Pins | undefined;
}

/** The versions of a lock, and the hashes that it states for them. */
export interface Pins {
  readonly versions: ReadonlyMap<string, readonly PreferredVersion[]>;
  /** By `name==version`. */
  readonly hashes: ReadonlyMap<string, readonly string[]>;
}

/** A lock, and what is known beside it. */
export interface Compiled {
  readonly lock: Lock;
  /** In the order in which they were asked, without credentials. */
  readonly indexes: readonly IndexLocation[];
  /** The environments for which the lock is known to be right, as a marker; only where that was requested. */
  readonly markerExpression?: string | undefined;
  /** Whole sentences without a full stop. */
  readonly warnings: readonly string[];
}

/**
 * Chooses versions for requirements and for what they need, as a lock.
 *
 * @throws resolve/no-solution, requirement/…, index/…, build/…, wheel/…, net/…, tls/…
 */
export async function compile(session: Session, request: CompileRequest): Promise<Compiled> {
  const { target, universal, requiresPython, pins } = request;
  const resolved = await session.resolve(
    {
      ...request,
      sourceDistributions: request.sourceDistributions ?? "take",
      preferences: pins?.versions,
    },
    {
      destination: {
        kind: "directory",
        path: "",
        target,
        ...(request.python === undefined ? {} : { interpreter: request.python }),
      },
      installed: [],
    },
  );
  const { inputs, resolution, registry, indexes } = resolved;
  const environment = universal === undefined ? target.markers : undefined;
  const markers =
    environment === undefined || request.hasMarkers !== true
      ? undefined
      : reachMarkers(resolution.packages.length, await markedEdges(resolution, { registry, environment }));
  const lock = makeLock({
    inputs,
    graph: resolution,
    registry,
    requiresPython,
    environment,
    markers,
    hasWholeMarkers: request.hasMarkers,
    kept: pins?.hashes,
  });
  const markerExpression =
    environment === undefined || request.hasMarkerExpression !== true
      ? undefined
      : environmentMarker(await markersThatCount(resolved), environment);
  return {
    lock,
    indexes,
    ...(markerExpression === undefined ? {} : { markerExpression }),
    warnings: resolution.warnings,
  };
}

/** The markers that were considered: of everything that was requested, and of what each chosen version may need. */
async function markersThatCount({ inputs, resolution, registry }: Resolved): Promise<readonly Marker[]> {
  const needed = await Promise.all(
    resolution.packages.map(async ({ name, version }) => {
      const answer = await registry.dependencies(name, version);
      return answer.kind === "known" ? answer.requires : [];
    }),
  );
  const requested = [...inputs.requirements, ...inputs.constraints, ...inputs.overrides];
  return [...requested.map(({ requirement }) => requirement), ...needed.flat()].flatMap(({ marker }) =>
    marker === undefined ? [] : [marker],
  );
}

/**
 * The pins of a requirements file that was compiled before; lines that do not pin are passed over.
 *
 * @param dropped normalized names of projects to resolve afresh
 * @throws requirement/invalid-file
 */
export function pinsOfRequirements(
  text: string | Uint8Array,
  { file, dropped }: { readonly file: string; readonly dropped: ReadonlySet<string> },
): Pins {
  const versions = new Map<string, PreferredVersion[]>();
  const hashes = new Map<string, readonly string[]>();
  for (const entry of parseRequirementsTxt(text, { file, read: () => "" }).entries) {
    const { requirement } = entry;
    const version = requirement === undefined ? undefined : pinnedVersion(requirement.specifiers);
    if (requirement === undefined || version === undefined || dropped.has(requirement.name)) continue;
    addPin(versions, requirement.name, { version, marker: requirement.marker });
    if (entry.hashes.length > 0) hashes.set(`${requirement.name}==${version.text}`, entry.hashes);
  }
  return { versions, hashes };
}

/** The pins of a `pylock.toml`. @throws lock/invalid, lock/unsupported-version, lock/too-large */
export function pinsOfPylock(
  bytes: Uint8Array,
  { file, dropped }: { readonly file: string; readonly dropped: ReadonlySet<string> },
): Pins {
  const versions = new Map<string, PreferredVersion[]>();
  for (const { name, version: text, marker } of readPylock(bytes, { file }).packages) {
    const version = text === undefined ? undefined : tryParseVersion(text);
    if (version === undefined || dropped.has(name)) continue;
    addPin(versions, name, { version, marker: marker === undefined ? undefined : parseMarker(marker) });
  }
  return { versions, hashes: new Map() };
}

function addPin(versions: Map<string, PreferredVersion[]>, name: string, pin: PreferredVersion): void {
  const known = versions.get(name);
  if (known === undefined) versions.set(name, [pin]);
  else known.push(pin);
}

/** The version of exactly one `==` or `===`. */
function pinnedVersion({ specifiers: [specifier, another] }: SpecifierSet): Version | undefined {
  if (specifier === undefined || another !== undefined || specifier.isPrefix) return undefined;
  return specifier.operator === "==" || specifier.operator === "===" ? specifier.version : undefined;
}
