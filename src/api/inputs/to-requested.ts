// From an entry of a requirements file, or of the command line, to the requested requirement, with its source.

import { sep } from "node:path";

import { otherProject } from "../../sources/other-project.ts";
import { PinionError } from "../../errors.ts";
import { redactText, redactUrl } from "../../net/url.ts";
import { placedAt } from "../../pep/file-place.ts";
import type { Declaration } from "../../pep/declaration.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import { normalizeName } from "../../pep/name.ts";
import { isRemoteFile } from "../../pep/requirements/remote-requirements.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import type { RequirementEntry } from "../../pep/requirements/requirement-entry.ts";
import { makeSpecifierSet } from "../../pep/versions/specifier.ts";
import { parseEditable, parseSource, type ParsedSource } from "../../sources/parse-source.ts";
import { refuseLocalSource } from "../../sources/reach.ts";
import { isBuildable } from "../../sources/source.ts";
import type { NamedRequirement, RequestedRequirement } from "../../sources/requested.ts";

/** The requested requirement of an entry; a failure names the line of its file. */
export function toPlaced(entry: RequirementEntry, directory: string): RequestedRequirement {
  const { file, line } = entry;
  if (file === COMMAND_LINE) return toRequested(entry, directory);
  const place = { file: isRemoteFile(file) ? redactUrl(file) : file, line };
  try {
    return { ...toRequested(entry, directory), place };
  } catch (error) {
    throw placedAt(error, place);
  }
}

function toRequested(entry: RequirementEntry, directory: string): RequestedRequirement {
  const { text, hashes, configSettings, file, line } = entry;
  // `-e flask` means a folder of that name.
  const requirement =
    entry.kind === "editable" && entry.requirement?.url === undefined ? undefined : entry.requirement;
  const origin = file === COMMAND_LINE ? COMMAND_LINE : `${file}:${line}`;
  // uv: nor does a comment of a lock name a file from the network.
  const isUnnamed = file === COMMAND_LINE || file === "-" || isRemoteFile(file);
  const declared: Declaration | undefined =
    "declaredIn" in entry ? entry.declaredIn : isUnnamed ? undefined : { kind: "file", path: file };
  const declaredIn =
    declared === undefined ? undefined : { ...declared, path: fromFolder(declared.path, directory) };
  const { written } = entry;
  const fromNetwork = entry.fromNetwork ?? (isRemoteFile(file) ? `${redactUrl(file)}:${line}` : undefined);
  const place = {
    text,
    written,
    origin,
    hashes,
    configSettings,
    declaredIn,
    ...(fromNetwork === undefined ? {} : { isFromNetwork: true as const }),
    index: entry.index,
    ...(entry.isSourcedPath === true ? { isSourcedPath: true as const } : {}),
    ...(entry.isOfMetadata === true ? { isOfMetadata: true as const } : {}),
  };
  const parsed = sourceOf(entry, directory);
  if (parsed !== undefined && fromNetwork !== undefined) refuseLocalSource(parsed.source, fromNetwork);
  if (requirement !== undefined) {
    if (parsed?.source.kind === "direct" && parsed.source.name !== requirement.name)
      throw otherProject(requirement.name, { found: parsed.source.name, url: parsed.source.url });
    return { kind: "named", requirement, source: undefined, ...place, ...parsed };
  }
  if (parsed === undefined) throw new Error(`a requirement has neither a name nor a source: ${text}`);
  const { source } = parsed;
  if (isBuildable(source) && source.name === undefined)
    return { kind: "unnamed", extras: entry.extras, marker: entry.marker, ...place, ...parsed, source };
  const named = nameRequirement(source.name ?? "", {
    extras: entry.extras,
    url: source.url,
    marker: entry.marker,
  });
  return { kind: "named", requirement: named, ...place, ...parsed };
}

/** uv: what narrows or replaces requirements must say whose. */
export function requireName(
  requested: RequestedRequirement,
  role: "constraint" | "override" | "exclude",
): NamedRequirement {
  if (requested.kind === "named") return requested;
  const text = redactText(requested.text);
  throw placedAt(
    new PinionError(
      "requirement/unsupported",
      `Unnamed requirements are not allowed as ${role}s (found: \`${text}\`)`,
      { details: { text, origin: requested.origin }, hints: [`Write it as \`name @ ${text}\``] },
    ),
    requested.place,
  );
}

/** uv: a file of constraints that another file includes may not hold editable projects. */
export function refuseEditable(entry: RequirementEntry): RequirementEntry {
  if (entry.kind !== "editable") return entry;
  throw new PinionError(
    "requirement/unsupported",
    `Editable requirements are not allowed as constraints in \`${entry.file}\``,
    { details: { file: entry.file, line: entry.line } },
  );
}

/** As uv names files: from the working directory where the path leads through it. */
function fromFolder(path: string, directory: string): string {
  const start = directory.endsWith(sep) ? directory : `${directory}${sep}`;
  return path.startsWith(start) ? path.slice(start.length) : path;
}

/** The requirement of a source whose name is known. */
export function nameRequirement(
  name: string,
  {
    extras,
    url,
    marker,
  }: { readonly extras: readonly string[]; readonly url: string; readonly marker: Marker | undefined },
): Requirement {
  return {
    name,
    writtenName: name,
    extras: [...new Set(extras.map(normalizeName))].toSorted(),
    writtenExtras: [...new Set(extras)].toSorted(),
    specifiers: makeSpecifierSet([]),
    url,
    marker,
  };
}

function sourceOf(
  { kind, location, text, requirement }: RequirementEntry,
  directory: string,
): ParsedSource | undefined {
  const named = requirement === undefined ? (location ?? text) : requirement.url;
  if (kind === "editable") return parseEditable(named ?? text, { directory });
  return named === undefined ? undefined : parseSource(named, { directory });
}

/** The origin of what no file states. */
export const COMMAND_LINE: string = "the command line";
