// Writes `pylock.toml` in the shape that uv writes it: inline tables for files, one a line where there are several.

import { formatInstant } from "../base/values/instant.ts";
import { isTomlTable } from "../base/formats/toml-table.ts";
import type { LockedFile, LockedPackage, LockedSource, Pylock, TomlValues } from "../pep/files/pylock.ts";

/** Writes a lock file. @param header comment lines, each with its `#`, before everything else */
export function formatPylock(
  lock: Pylock,
  { header = [] }: { readonly header?: readonly string[] } = {},
): string {
  const lines: string[] = [...header];
  lines.push(`lock-version = ${quote(lock.lockVersion)}`);
  lines.push(...list("environments", lock.environments));
  lines.push(`created-by = ${quote(lock.createdBy)}`);
  if (lock.requiresPython !== undefined) lines.push(`requires-python = ${quote(lock.requiresPython)}`);
  lines.push(...list("extras", lock.extras));
  lines.push(...list("dependency-groups", lock.dependencyGroups));
  lines.push(...list("default-groups", lock.defaultGroups));
  if (lock.packages.length === 0) lines.push("packages = []");
  if (lock.tool !== undefined) lines.push(`tool = ${inline(lock.tool)}`);
  for (const locked of lock.packages) {
    lines.push("", "[[packages]]");
    for (const line of packageLines(locked)) lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}

function packageLines(locked: LockedPackage): readonly string[] {
  const { name, version, marker, requiresPython, dependencies, index, source, tool } = locked;
  return [
    `name = ${quote(name)}`,
    ...(version === undefined ? [] : [`version = ${quote(version)}`]),
    ...(marker === undefined ? [] : [`marker = ${quote(marker)}`]),
    ...(requiresPython === undefined ? [] : [`requires-python = ${quote(requiresPython)}`]),
    ...tables("dependencies", dependencies),
    ...(index === undefined ? [] : [`index = ${quote(index)}`]),
    ...sourceLines(source),
    ...tables("attestation-identities", locked.attestationIdentities),
    ...(tool === undefined ? [] : [`tool = ${inline(tool)}`]),
  ];
}

function sourceLines(source: LockedSource): readonly string[] {
  switch (source.kind) {
    case "files": {
      const { sdist, wheels } = source;
      return [
        ...(sdist === undefined ? [] : [`sdist = ${fileTable(sdist)}`]),
        ...items("wheels", wheels?.map(fileTable)),
      ];
    }
    case "archive": {
      const { url, path, size, uploadTime, subdirectory, hashes } = source;
      const time = uploadTime === undefined ? undefined : new Date(uploadTime);
      return [`archive = ${inline({ url, path, size, "upload-time": time, subdirectory, hashes })}`];
    }
    case "directory": {
      const { path, isEditable, subdirectory } = source;
      return [`directory = ${inline({ path, editable: isEditable, subdirectory })}`];
    }
    case "vcs": {
      const { type, url, path, requestedRevision, commitId, subdirectory } = source;
      const table = { type, url, path, "requested-revision": requestedRevision, "commit-id": commitId };
      return [`vcs = ${inline({ ...table, subdirectory })}`];
    }
  }
}

function fileTable({ name, url, path, uploadTime, size, hashes }: LockedFile): string {
  const time = uploadTime === undefined ? undefined : new Date(uploadTime);
  return inline({ name, url, path, "upload-time": time, size, hashes });
}

function list(key: string, values: readonly string[] | undefined): readonly string[] {
  return values === undefined
    ? []
    : [
        `${key} = [${values.map((value) => `\n    ${quote(value)},`).join("")}${values.length === 0 ? "" : "\n"}]`,
      ];
}

function tables(key: string, values: readonly TomlValues[] | undefined): readonly string[] {
  return items(key, values?.map(inline));
}

/** One item stands on the line of its key, several on a line each. */
function items(key: string, values: readonly string[] | undefined): readonly string[] {
  if (values === undefined) return [];
  if (values.length < 2) return [`${key} = [${values.join("")}]`];
  return [`${key} = [`, ...values.map((value) => `    ${value},`), "]"];
}

function inline(table: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(table)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${BARE_KEY.test(key) ? key : quote(key)} = ${valueText(value)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return formatInstant(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return isTomlTable(value) ? inline(value) : quote(String(value));
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return String(value);
}

/** A basic string, but a literal one where that spares escapes, as uv's TOML writer chooses. */
function quote(text: string): string {
  if (text.includes('"') && !text.includes("'") && !CONTROL.test(text)) return `'${text}'`;
  if (!text.includes('"') && text.includes("\\") && !text.includes("'") && !CONTROL.test(text))
    return `'${text}'`;
  return `"${text.replaceAll(ESCAPED, escape)}"`;
}

function escape(character: string): string {
  const known = ESCAPES[character];
  return known ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

const BARE_KEY = /^[A-Za-z0-9_-]+$/;
const CONTROL = /[\u0000-\u001F\u007F]/;
const ESCAPED = /["\\\u0000-\u001F\u007F]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};
