// Reading the fields of a `pylock.toml` that was parsed from TOML: types are checked once, here, and an error names the
// place in the document (`packages[3].wheels[0].size`).

import { formatInstant } from "../../base/values/instant.ts";
import { isTomlTable } from "../../base/formats/toml-table.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { parseMarker } from "../markers/marker.ts";
import { isNormalizedName } from "../name.ts";
import { parseSpecifierSet } from "../versions/specifier.ts";
import { parseVersion } from "../versions/version.ts";

/** A table of the document and its place in it. */
export interface PlacedTable {
  readonly table: Readonly<Record<string, unknown>>;
  /** Empty for the document itself. */
  readonly place: string;
}

/** The value of a key that must be there. @throws lock/invalid */
export function required<T>(
  from: PlacedTable,
  key: string,
  read: (from: PlacedTable, key: string) => T | undefined,
): T {
  return read(from, key) ?? invalid(from, key, "it is missing");
}

/** @throws lock/invalid */
export function stringAt(from: PlacedTable, key: string): string | undefined {
  const value = from.table[key];
  if (value === undefined || typeof value === "string") return value;
  return invalid(from, key, `it must be a string, not ${nameOfType(value)}`);
}

/** @throws lock/invalid */
export function booleanAt(from: PlacedTable, key: string): boolean | undefined {
  const value = from.table[key];
  if (value === undefined || typeof value === "boolean") return value;
  return invalid(from, key, `it must be a boolean, not ${nameOfType(value)}`);
}

/** A count of bytes. @throws lock/invalid */
export function sizeAt(from: PlacedTable, key: string): number | undefined {
  const value = from.table[key];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return invalid(
    from,
    key,
    typeof value === "number"
      ? "it must be a whole number of bytes"
      : `it must be an integer, not ${nameOfType(value)}`,
  );
}

/** A date and time as `2026-11-01T12:30:00Z`; thousandths of a second only where there are any. @throws lock/invalid */
export function timeAt(from: PlacedTable, key: string): string | undefined {
  const value = from.table[key];
  if (value === undefined) return undefined;
  if (value instanceof Date && !Number.isNaN(value.getTime()))
    return formatInstant(new Date(value.getTime()));
  return invalid(from, key, `it must be a date and time, not ${nameOfType(value)}`);
}

/** @throws lock/invalid */
export function tableAt(from: PlacedTable, key: string): PlacedTable | undefined {
  const value = from.table[key];
  return value === undefined ? undefined : asTable(value, placeOf(from, key));
}

/** @throws lock/invalid */
export function tablesAt(from: PlacedTable, key: string): readonly PlacedTable[] | undefined {
  return listAt(from, key)?.map((value, index) => asTable(value, `${placeOf(from, key)}[${index}]`));
}

/** @throws lock/invalid */
function stringsAt(from: PlacedTable, key: string): readonly string[] | undefined {
  return listAt(from, key)?.map((value, index) =>
    typeof value === "string"
      ? value
      : invalid(from, `${key}[${index}]`, `it must be a string, not ${nameOfType(value)}`),
  );
}

/** Names of projects, extras or groups: they must be normalized already. @throws lock/invalid */
export function nameAt(from: PlacedTable, key: string): string | undefined {
  const name = stringAt(from, key);
  return name === undefined ? undefined : checkName(from, key, name);
}

/** @throws lock/invalid */
export function namesAt(from: PlacedTable, key: string): readonly string[] | undefined {
  return stringsAt(from, key)?.map((name, index) => checkName(from, `${key}[${index}]`, name));
}

/** A marker, as its text. @throws lock/invalid */
export function markerAt(from: PlacedTable, key: string): string | undefined {
  const text = stringAt(from, key);
  if (text !== undefined) understand(from, key, () => parseMarker(text));
  return text;
}

/** Markers, as strings. @throws lock/invalid */
export function markersAt(from: PlacedTable, key: string): readonly string[] | undefined {
  const texts = stringsAt(from, key);
  for (const [index, text] of (texts ?? []).entries())
    understand(from, `${key}[${index}]`, () => parseMarker(text));
  return texts;
}

/** Version specifiers, as their text. @throws lock/invalid */
export function specifiersAt(from: PlacedTable, key: string): string | undefined {
  const text = stringAt(from, key);
  if (text !== undefined) understand(from, key, () => parseSpecifierSet(text));
  return text;
}

/** A version, as its text. @throws lock/invalid */
export function versionAt(from: PlacedTable, key: string): string | undefined {
  const text = stringAt(from, key);
  if (text !== undefined) understand(from, key, () => parseVersion(text));
  return text;
}

/** Hashes in lower-case hexadecimal by algorithm; at least one. @throws lock/invalid */
export function hashesAt(from: PlacedTable, key: string): Readonly<Record<string, string>> | undefined {
  const found = tableAt(from, key);
  if (found === undefined) return undefined;
  const hashes: Record<string, string> = {};
  for (const algorithm of Object.keys(found.table))
    hashes[algorithm.toLowerCase()] = required(found, algorithm, stringAt).toLowerCase();
  if (Object.keys(hashes).length === 0) invalid(from, key, "it must hold at least one hash");
  return hashes;
}

/** @throws lock/invalid, always */
export function invalid(from: PlacedTable, key: string, reason: string, cause?: unknown): never {
  const place = placeOf(from, key);
  throw new PinionError("lock/invalid", `\`${place}\`: ${reason}`, { details: { place, reason }, cause });
}

/** The place of a key. */
export function placeOf({ place }: PlacedTable, key: string): string {
  if (place === "") return key;
  return key === "" ? place : `${place}.${key}`;
}

function listAt(from: PlacedTable, key: string): readonly unknown[] | undefined {
  const value = from.table[key];
  if (value === undefined || Array.isArray(value)) return value as readonly unknown[] | undefined;
  return invalid(from, key, `it must be an array, not ${nameOfType(value)}`);
}

function asTable(value: unknown, place: string): PlacedTable {
  if (isTomlTable(value)) return { table: value, place };
  return invalid({ table: {}, place }, "", `it must be a table, not ${nameOfType(value)}`);
}

function checkName(from: PlacedTable, key: string, name: string): string {
  return isNormalizedName(name) ? name : invalid(from, key, `the name \`${name}\` is not normalized`);
}

function understand(from: PlacedTable, key: string, parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    invalid(from, key, error.message, error);
  }
}

function nameOfType(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a float";
  return typeof value === "object" ? "a table" : `a ${typeof value}`;
}
