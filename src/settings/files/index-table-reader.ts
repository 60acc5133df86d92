// `[[index]]` tables out of TOML. uv's keys, and those that only Pinion has: cert, pins, client-cert, client-key,
// proxy.

import { isTextList } from "../../base/values/record.ts";
import { isTomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { dirname, resolve } from "node:path";
import { PinionError } from "../../errors.ts";
import { indexNameFault } from "../../base/text/index-name.ts";
import { parsePin } from "../../trust/host-trust.ts";
import type { IndexTable } from "../values/index-table.ts";
import { formatOrigin, type Origin, type Tool } from "../origin.ts";
import type { Distance } from "./distance.ts";
import { invalidAt } from "./invalid-at.ts";
import { relativeToFile } from "./relative-to-file.ts";
import type { TomlLines } from "./toml-lines.ts";
import { refusePem } from "../values/value.ts";

export interface IndexTableContext {
  readonly path: string;
  readonly lines: TomlLines;
  /** `index`, `tool.uv.index`, `tool.pinion.index`. */
  readonly header: string;
  readonly tool: Tool;
  readonly distance: Distance;
  readonly notes: string[];
}

type FileOrigin = Extract<Origin, { readonly kind: "file" }>;

/**
 * Reads an array of index tables; relative URLs and paths are relative to the file.
 *
 * @throws settings/invalid where a table has no url or a value of the wrong kind
 */
export function readIndexTables(value: unknown, context: IndexTableContext): readonly IndexTable[] {
  if (value === undefined) return [];
  const { path, lines, header, tool, distance, notes } = context;
  if (!Array.isArray(value)) throw invalidAt({ path }, `\`${header}\` must be a list of tables`);
  return value.map((table: unknown, occurrence) => {
    const line = lines.of(header, "url", occurrence);
    const origin: FileOrigin = { kind: "file", path, line, key: "index", tool };
    const refuse = (key: string, expected: string): never => {
      const place = { path, line: lines.of(header, key, occurrence) ?? line, key };
      throw invalidAt(place, `\`${key}\` of an index must be ${expected}`);
    };
    if (!isTomlTable(table)) return refuse("url", "in a table");
    for (const key of Object.keys(table)) {
      if (KEYS.has(key) && (tool === "pinion" || !PINION_ONLY.has(key))) continue;
      if (tool === "pinion") refuse(key, `one of ${[...KEYS].join(", ")}`);
      notes.push(`${path}: Pinion does not use \`${key}\` of an index`);
    }
    const originOf = (key: string): string =>
      formatOrigin({ ...origin, key, line: lines.of(header, key, occurrence) ?? line });
    return toIndexTable(table, { path, origin, distance, originOf, refuse });
  });
}

function toIndexTable(
  table: TomlTable,
  {
    path,
    origin,
    distance,
    originOf,
    refuse,
  }: {
    readonly path: string;
    readonly origin: Origin;
    readonly distance: Distance;
    /** The place of one key, as messages name it. */
    readonly originOf: (key: string) => string;
    readonly refuse: (key: string, expected: string) => never;
  },
): IndexTable {
  const text = (key: string): string | undefined => {
    const value = table[key];
    return value === undefined || typeof value === "string" ? value : refuse(key, "a string");
  };
  const isTrue = (key: string): boolean => {
    const value = table[key];
    return value === undefined || typeof value === "boolean"
      ? value === true
      : refuse(key, "`true` or `false`");
  };
  const choice = <const T extends string>(key: string, choices: readonly [T, ...T[]]): T => {
    const value = text(key);
    if (value === undefined) return choices[0];
    return choices.find((candidate) => candidate === value) ?? refuse(key, `one of ${choices.join(", ")}`);
  };
  const file = (key: string): string | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    refusePem(value, originOf(key));
    return resolve(dirname(path), value);
  };
  const url = text("url") ?? refuse("url", "there");
  // It would be the file's own folder, which is empty as an index: the next one would be asked instead.
  if (url.trim() === "") refuse("url", "a URL or a path");
  const given = table["ignore-error-codes"] ?? [];
  const codes: readonly unknown[] = Array.isArray(given)
    ? given
    : refuse("ignore-error-codes", "a list of HTTP status codes");
  if (!codes.every((code) => Number.isInteger(code) && Number(code) >= 100 && Number(code) <= 599)) {
    refuse("ignore-error-codes", "a list of HTTP status codes");
  }
  const pins = table["pins"] ?? [];
  if (!isTextList(pins)) return refuse("pins", "a list of strings: `sha256:…`");
  const cacheControl = table["cache-control"];
  if (cacheControl !== undefined && !isTomlTable(cacheControl))
    refuse("cache-control", "a table with `api` and `files`");
  const cacheText = (key: string): string | undefined => {
    const value = isTomlTable(cacheControl) ? cacheControl[key] : undefined;
    return value === undefined || typeof value === "string"
      ? value
      : refuse("cache-control", "a table of strings");
  };
  const name = text("name");
  const fault = name === undefined ? undefined : indexNameFault(name);
  if (fault !== undefined)
    throw new PinionError("settings/invalid", `\`${originOf("name")}\`: ${fault}`, { details: { path } });
  return {
    name,
    url: relativeToFile(url, path),
    isDefault: isTrue("default"),
    isExplicit: isTrue("explicit"),
    format: choice("format", ["simple", "flat"]),
    authenticate: choice("authenticate", ["auto", "always", "never"]),
    ignoreErrorCodes: codes.map(Number),
    cacheControl: { api: cacheText("api"), files: cacheText("files") },
    excludeNewer: table["exclude-newer"] === false ? false : text("exclude-newer"),
    cert: file("cert"),
    clientCert: file("client-cert"),
    clientKey: file("client-key"),
    proxy: text("proxy"),
    isInsecure: isTrue("insecure"),
    pins: pins.map((pin) => parsePin(pin, originOf("pins"))),
    origin,
    distance,
  };
}

const PINION_ONLY: ReadonlySet<string> = new Set([
  "cert",
  "pins",
  "client-cert",
  "client-key",
  "proxy",
  "insecure",
]);
const KEYS: ReadonlySet<string> = new Set([
  "name",
  "url",
  "default",
  "explicit",
  "format",
  "authenticate",
  "ignore-error-codes",
  "cache-control",
  "exclude-newer",
  ...PINION_ONLY,
]);
