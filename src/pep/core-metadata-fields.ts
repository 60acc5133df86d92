// Core metadata as its fields, without judging them: the form of an e-mail's header (RFC 822) in METADATA and
// PKG-INFO, read as Python's e-mail parser and packaging's `parse_email` do, which every index's data was checked with.

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
 * The header lines alone, as name and value pairs in their order; stops at the first line that is no header,
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
  while (position < text.length) {
    const end = lineEnd(text, position);
    const line = text.slice(position, end);
    if (!HEADER_LINE.test(line)) {
      // An empty line ends the header and is part of neither; any other begins the body.
      if (EMPTY_LINE.test(line)) position = end;
      break;
    }
    position = end;
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (name !== "") value += line;
    } else {
      if (name !== "") headers.push([name, stripLineEnd(value)]);
      const colon = line.indexOf(":");
      const isEnvelope = line.startsWith("From ");
      name = isEnvelope || colon <= 0 ? "" : line.slice(0, colon);
      value = name === "" ? "" : line.slice(colon + 1).replace(/^[ \t]+/, "");
    }
  }
  if (name !== "") headers.push([name, stripLineEnd(value)]);
  return { headers, bodyStart: position };
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

/** The body is the description; where that is a header too, nobody can say which is right. */
function addBody(
  body: string | Uint8Array,
  raw: Map<string, MetadataValue>,
  unparsed: Map<string, readonly (string | Uint8Array)[]>,
): void {
  const header = raw.get("description");
  const others = unparsed.get("description") ?? (typeof header === "string" ? [header] : undefined);
  if (typeof body === "string" && others === undefined) {
    raw.set("description", body);
  } else {
    raw.delete("description");
    unparsed.set("description", [...(others ?? []), body]);
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
    const group = grouped.get(key);
    if (group === undefined) grouped.set(key, [decoded]);
    else group.push(decoded);
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

function lineEnd(text: string, start: number): number {
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === LINE_FEED) return index + 1;
    if (code === CARRIAGE_RETURN) return text.charCodeAt(index + 1) === LINE_FEED ? index + 2 : index + 1;
  }
  return text.length;
}

function stripLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === LINE_FEED || text.charCodeAt(end - 1) === CARRIAGE_RETURN))
    end -= 1;
  return text.slice(0, end);
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

// What Python's e-mail parser takes for a header line: a name of visible characters and a colon, a continuation,
// or an mbox envelope.
const HEADER_LINE = /^(?:From |[\x21-\x39\x3b-\x7e]*:|[\t ])/;
const EMPTY_LINE = /^(?:\r\n|\r|\n)/;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

// Arguments that a call takes without overflowing the stack.
const CHUNK_LENGTH = 8192;
