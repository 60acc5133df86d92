// Core metadata as its fields, without judging them: the form of an e-mail's header (RFC 822) in METADATA and
// PKG-INFO, read as Python's e-mail parser and packaging's `parse_email` do, which every index's data was checked with.

import { append } from "../../base/values/group-by.ts";

/** The fields of a metadata file, under packaging's names: `requires_dist`, `project_urls`. */
export interface MetadataFields {
  readonly raw: Readonly<Record<string, MetadataValue>>;
  /** What is unknown, repeated against the rules, or not UTF-8, by its header name in lower case. */
  readonly unparsed: Readonly<Record<string, readonly (string | Uint8Array)[]>>;
}

export type MetadataValue = string | readonly string[] | Readonly<Record<string, string>>;

/** Splits a metadata file into fields; total, as the rules of validity are elsewhere. */
export function parseMetadataFields(data: string | Uint8Array): MetadataFields {
  const { headers, body } = splitMessage(data);
  const raw = new Map<string, MetadataValue>();
  const unparsed = new Map<string, readonly (string | Uint8Array)[]>();
  for (const [header, values] of headers) {
    const value = fieldValue(header, values);
    if (value === undefined)
      unparsed.set(
        header,
        values.map(({ text }) => text),
      );
    else raw.set(FIELD_NAMES[header] ?? header, value);
  }
  if (body !== undefined) addBody(body, raw, unparsed);
  return { raw: Object.fromEntries(raw), unparsed: Object.fromEntries(unparsed) };
}

/**
 * Only the header lines, as name and value pairs in their order; stops at the first line that is not a header,
 * so that a long description costs nothing.
 */
export function readHeaders(text: string): {
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyStart: number;
} {
  const headers: (readonly [string, string])[] = [];
  let name = "";
  let value = "";
  let position = 0;
  let lineEnd = "";
  const finish = (): void => {
    if (name !== "") headers.push([name, value]);
    name = "";
  };
  // Sticky patterns: one native call per line, as an environment has a hundred of these files to read.
  const header = /([\x21-\x39\x3b-\x7e]*):[ \t]*([^\r\n]*)(\r\n|\r|\n|$)/y;
  const continuation = /((?:[ \t]|From )[^\r\n]*)(\r\n|\r|\n|$)/y;
  while (position < text.length) {
    header.lastIndex = position;
    const found = header.exec(text);
    if (found !== null) {
      finish();
      [, name = "", value = "", lineEnd = ""] = found;
      position = header.lastIndex;
      continue;
    }
    continuation.lastIndex = position;
    const [, line, end = ""] = continuation.exec(text) ?? [];
    if (line === undefined) break;
    // An mbox envelope is not a header, and ends the one before.
    if (line.startsWith("From ")) finish();
    else value += lineEnd + line;
    lineEnd = end;
    position = continuation.lastIndex;
  }
  finish();
  // An empty line ends the header and is part of neither; any other begins the body.
  const emptyLine = /^(?:\r\n|\r|\n)/.exec(text.slice(position, position + 2))?.[0] ?? "";
  return { headers, bodyStart: position + emptyLine.length };
}

/**
 * The values of `Requires-Dist`, as {@link readHeaders} finds them, without taking the other fields apart.
 *
 * @param head the text up to its first empty line, or all of it
 */
export function readRequiresDist(head: string): readonly string[] {
  if (head.length > MAX_PLAIN_LENGTH || !PLAIN_HEADERS.test(head)) {
    return readHeaders(head).headers.flatMap(([name, value]) =>
      name.toLowerCase() === "requires-dist" ? [value] : [],
    );
  }
  const values: string[] = [];
  // Line by line: a pattern for all of it would look at each character, and in either case.
  for (let start = 0, end = 0; start < head.length; start = end + 1) {
    end = head.indexOf("\n", start);
    if (end === -1) end = head.length;
    const valueStart = start + REQUIRES_DIST.length;
    if (head.charAt(valueStart - 1) === ":" && head.slice(start, valueStart).toLowerCase() === REQUIRES_DIST)
      values.push(head.slice(valueStart, end).replace(/^[ \t]+|\r$/g, ""));
  }
  return values;
}

/** The names of the fields that may be repeated, and of those that may not, by header name in lower case. */
export const FIELD_NAMES: Readonly<Record<string, string>> = {
  author: "author",
  "author-email": "author_email",
  classifier: "classifiers",
  description: "description",
  "description-content-type": "description_content_type",
  "download-url": "download_url",
  dynamic: "dynamic",
  "home-page": "home_page",
  "import-name": "import_names",
  "import-namespace": "import_namespaces",
  keywords: "keywords",
  license: "license",
  "license-expression": "license_expression",
  "license-file": "license_files",
  maintainer: "maintainer",
  "maintainer-email": "maintainer_email",
  "metadata-version": "metadata_version",
  name: "name",
  obsoletes: "obsoletes",
  "obsoletes-dist": "obsoletes_dist",
  platform: "platforms",
  "project-url": "project_urls",
  provides: "provides",
  "provides-dist": "provides_dist",
  "provides-extra": "provides_extra",
  requires: "requires",
  "requires-dist": "requires_dist",
  "requires-external": "requires_external",
  "requires-python": "requires_python",
  summary: "summary",
  "supported-platform": "supported_platforms",
  version: "version",
};

interface HeaderValue {
  readonly text: string;
  readonly isUtf8: boolean;
}

/** The body is the description; where that is a header too, it is unknown which is right, unless one is not a string. */
function addBody(
  body: string | Uint8Array,
  raw: Map<string, MetadataValue>,
  unparsed: Map<string, readonly (string | Uint8Array)[]>,
): void {
  const header = raw.get("description");
  const others = unparsed.get("description") ?? [];
  if (typeof body === "string" && typeof header === "string") {
    raw.delete("description");
    unparsed.set("description", [header, body]);
  } else if (typeof body === "string" && others.length === 0) {
    raw.set("description", body);
  } else {
    unparsed.set("description", [...others, body]);
  }
}

function splitMessage(data: string | Uint8Array): {
  readonly headers: ReadonlyMap<string, readonly HeaderValue[]>;
  readonly body: string | Uint8Array | undefined;
} {
  // Bytes are split as Latin-1, one character each, and every value is decoded on its own:
  // one bad header must not spoil the others.
  const isText = typeof data === "string";
  const text = isText ? data : decodeLatin1(data);
  const { headers, bodyStart } = readHeaders(text);

  const grouped = new Map<string, HeaderValue[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const decoded = isText ? { text: value, isUtf8: true } : decodeUtf8(value);
    append(grouped, key, decoded);
  }

  if (bodyStart >= text.length) return { headers: grouped, body: undefined };
  if (isText) return { headers: grouped, body: text.slice(bodyStart) };
  const bytes = data.subarray(bodyStart);
  const body = tryDecodeUtf8(bytes);
  return { headers: grouped, body: body ?? bytes };
}

/** The value under packaging's rules; undefined where it belongs to the unparsed. */
function fieldValue(header: string, values: readonly HeaderValue[]): MetadataValue | undefined {
  const field = Object.hasOwn(FIELD_NAMES, header) ? FIELD_NAMES[header] : undefined;
  if (field === undefined || values.some((value) => !value.isUtf8)) return undefined;
  const texts = values.map((value) => value.text);
  const [first = ""] = texts;
  if (field === "project_urls") return projectUrls(texts);
  if (field === "import_names" && texts.length === 1 && first === "") return [];
  if (LIST_FIELDS.has(field)) return texts;
  if (texts.length > 1) return undefined;
  return field === "keywords" ? first.split(",").map((keyword) => keyword.trim()) : first;
}

/** `Label, URL` pairs; undefined where a label comes twice. */
function projectUrls(texts: readonly string[]): Readonly<Record<string, string>> | undefined {
  const urls = new Map<string, string>();
  for (const text of texts) {
    const comma = text.indexOf(",");
    const label = (comma === -1 ? text : text.slice(0, comma)).trim();
    if (urls.has(label)) return undefined;
    urls.set(label, comma === -1 ? "" : text.slice(comma + 1).trim());
  }
  return Object.fromEntries(urls);
}

function decodeUtf8(latin1: string): HeaderValue {
  const text = tryDecodeUtf8(Uint8Array.from(latin1, (character) => character.charCodeAt(0)));
  return text === undefined ? { text: latin1, isUtf8: false } : { text, isUtf8: true };
}

function tryDecodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Latin-1 with one character per byte; the web's `latin1` is windows-1252. */
function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK_LENGTH) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK_LENGTH));
  }
  return text;
}

const REQUIRES_DIST = "requires-dist:";
/** What one regular expression may look at as a whole; its stack grows with the lines. */
const MAX_PLAIN_LENGTH = 65_536;
/** Only header lines, none of which is continued on the next. */
const PLAIN_HEADERS = /^(?:[\x21-\x39\x3b-\x7e]*:[^\r\n]*(?:\r?\n|$))*$/;

const LIST_FIELDS: ReadonlySet<string> = new Set([
  "classifiers",
  "dynamic",
  "license_files",
  "obsoletes",
  "obsoletes_dist",
  "platforms",
  "provides",
  "provides_dist",
  "provides_extra",
  "requires",
  "requires_dist",
  "requires_external",
  "supported_platforms",
  "import_names",
  "import_namespaces",
]);

// Arguments that a call takes without overflowing the stack.
const CHUNK_LENGTH = 8192;
