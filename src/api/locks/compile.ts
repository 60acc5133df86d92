// Resolves requirements into a lock. Nothing of this loads the rooms that install.

import { setImmediate } from "node:timers/promises";

import { append } from "../../base/values/group-by.ts";
import { environmentMarker } from "../../lock/environment-marker.ts";
import { reachMarkers } from "../../lock/reach-markers.ts";
import { pythonsMarker } from "../../pep/markers/pythons.ts";
import { readPylock } from "../../lock/read-pylock.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import { parseMarker } from "../../pep/markers/marker.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import { parseRequirementsTxt } from "../../pep/requirements/requirements-txt.ts";
import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import { tryParseVersion, type Version } from "../../pep/versions/version.ts";
import type { Witness } from "../../registry/witness.ts";
import type { PreferredVersion } from "../../resolve/input.ts";
import type { NamedRequirement } from "../../sources/requested.ts";
import { missingHashes } from "./fill-hashes.ts";
import { markedGraph } from "./lock-edges.ts";
import type { Compiled, CompileRequest, Pins } from "./lock-request.ts";
import { makeLock } from "./make-lock.ts";
import type { Resolved, Session } from "../session/interface.ts";

/**
 * Chooses versions for requirements and for what they need, as a lock.
 *
 * @param witness notes what the lock is derived from
 * @throws resolve/no-solution, requirement/…, index/…, build/…, wheel/…, net/…, tls/…
 */
export async function compile(
  session: Pick<Session, "resolve">,
  request: CompileRequest,
  witness?: Witness,
): Promise<Compiled> {
  const { target, universal, requiresPython, pins } = request;
  const resolved = await session.resolve(
    {
      ...request,
      takesForeignWheels: true,
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
      witness,
    },
  );
  const { inputs, resolution, registry, indexes } = resolved;
  const environment = universal === undefined ? target.markers : undefined;
  const pause = async (): Promise<void> => {
    await setImmediate();
    request.signal?.throwIfAborted();
  };
  const marked =
    environment === undefined || request.hasMarkers !== true
      ? undefined
      : await markedGraph(resolution, { registry, environment });
  const reach =
    marked === undefined
      ? undefined
      : await reachMarkers(marked.count, marked.edges, {
          assuming:
            request.omitsImpliedPythons === true
              ? pythonsMarker(parseSpecifierSet(requiresPython))
              : undefined,
          pause,
        });
  const hashes = request.needsHashes === true ? await missingHashes(resolution, registry) : undefined;
  const lock = makeLock({
    inputs,
    graph: resolution,
    registry,
    requiresPython,
    environment,
    reach:
      marked === undefined || reach === undefined
        ? undefined
        : { markers: reach, extraNode: (place, extra) => marked.extraNode(place, extra) },
    hasWholeMarkers: request.hasMarkers,
    kept: pins?.hashes,
    hashes,
  });
  const markerExpression =
    environment === undefined || request.hasMarkerExpression !== true
      ? undefined
      : await environmentMarker(await markersThatCount(resolved), environment, pause);
  return {
    lock,
    indexes,
    ...(markerExpression === undefined ? {} : { markerExpression }),
    warnings: resolution.warnings,
  };
}

/**
 * The markers that were considered: of everything that was requested, and of what each chosen version may need. As in uv,
 * constraints and overrides count where they concern one of these, and a constraint that narrows nothing does not count.
 */
async function markersThatCount({ inputs, resolution, registry }: Resolved): Promise<readonly Marker[]> {
  const needed = await Promise.all(
    resolution.packages.map(async ({ name, version }) => {
      const answer = await registry.dependencies(name, version);
      return answer.kind === "known" ? answer.requires : [];
    }),
  );
  const declared = [...inputs.requirements.map(({ requirement }) => requirement), ...needed.flat()];
  const names = new Set(declared.map(({ name }) => name));
  const concerned = (requested: readonly NamedRequirement[]): readonly Requirement[] =>
    requested.map(({ requirement }) => requirement).filter(({ name }) => names.has(name));
  const overrides = concerned(inputs.overrides);
  const replaced = new Set(overrides.map(({ name }) => name));
  return [
    ...declared.filter(({ name }) => !replaced.has(name)),
    ...overrides,
    ...concerned(inputs.constraints).filter(
      ({ url, specifiers }) => url !== undefined || specifiers.specifiers.length > 0,
    ),
  ].flatMap(({ marker }) => (marker === undefined ? [] : [marker]));
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
    append(versions, requirement.name, { version, marker: requirement.marker });
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
    append(versions, name, { version, marker: marker === undefined ? undefined : parseMarker(marker) });
  }
  return { versions, hashes: new Map() };
}

/** The version of exactly one `==` or `===`. */
function pinnedVersion({ specifiers: [specifier, another] }: SpecifierSet): Version | undefined {
  if (specifier === undefined || another !== undefined || specifier.isPrefix) return undefined;
  return specifier.operator === "==" || specifier.operator === "===" ? specifier.version : undefined;
}
