// The rules of core metadata, field by field, as packaging's `Metadata.from_email` applies them. Installing needs few of
// them (`metadata.ts`); this is for callers that check whether a distribution was built by the book.

import { FIELD_NAMES, type MetadataFields, type MetadataValue } from "./core-metadata-fields.ts";
import { isValidName } from "../name.ts";
import { parseRequirement } from "../requirements/requirement.ts";
import { tryParseSpecifierSet } from "../versions/specifier.ts";
import { tryParseVersion } from "../versions/version.ts";

/** A field that breaks a rule. */
export interface MetadataProblem {
  /** As in the file, in lower case: `requires-dist`. */
  readonly field: string;
  readonly message: string;
}

/** Everything in a metadata file that breaks a rule; empty for one by the book. */
export function checkMetadata({ raw, unparsed }: MetadataFields): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = Object.keys(unparsed).map((field) => ({
    field,
    message: Object.hasOwn(FIELD_NAMES, field)
      ? `\`${field}\` has invalid data`
      : `\`${field}\` is not a field of core metadata`,
  }));
  const fields = new Map(Object.entries(raw));
  const version = fields.get("metadata_version");
  const age = typeof version === "string" ? METADATA_VERSIONS.indexOf(version) : -1;
  for (const field of REQUIRED_FIELDS) {
    if (!fields.has(FIELD_NAMES[field] ?? field) && !Object.hasOwn(unparsed, field)) {
      problems.push({ field, message: `\`${field}\` is a required field` });
    }
  }
  if (version !== undefined && age === -1) {
    problems.push({
      field: "metadata-version",
      message: `${quote(version)} is not a version of core metadata`,
    });
  }
  for (const [name, value] of fields) {
    const field = HEADER_NAMES.get(name) ?? name;
    const added = ADDED_IN.get(field) ?? "1.0";
    const message =
      age !== -1 && METADATA_VERSIONS.indexOf(added) > age
        ? `\`${field}\` came with metadata version ${added}`
        : RULES[field]?.(value);
    if (message !== undefined) problems.push({ field, message });
  }
  return problems;
}

/** What is wrong with a value; undefined for nothing. */
type Rule = (value: MetadataValue) => string | undefined;

function text(check: (value: string) => boolean, message: string): Rule {
  return (value) => (typeof value === "string" && check(value) ? undefined : `${quote(value)} ${message}`);
}

function each(check: (value: string) => boolean, message: string): Rule {
  return (values) => {
    const wrong = Array.isArray(values) ? values.find((value: string) => !check(value)) : undefined;
    return wrong === undefined ? undefined : `${quote(wrong)} ${message}`;
  };
}

function isRequirement(value: string): boolean {
  try {
    parseRequirement(value);
    return true;
  } catch {
    return false;
  }
}

/** PEP 566: one of three types, in UTF-8, and for Markdown one of two variants. */
function isContentType(value: string): boolean {
  const match = CONTENT_TYPE.exec(value);
  if (match === null) return false;
  const [, type = "", parameters = ""] = match;
  const given = new Map(
    [...parameters.matchAll(PARAMETER)].map(([, name = "", word, quoted]) => [
      name.toLowerCase(),
      word ?? quoted ?? "",
    ]),
  );
  if (!CONTENT_TYPES.has(type.toLowerCase()) || (given.get("charset") ?? "utf-8").toLowerCase() !== "utf-8")
    return false;
  return type.toLowerCase() !== "text/markdown" || MARKDOWN_VARIANTS.has(given.get("variant") ?? "GFM");
}

/** PEP 639: inside the project, resolved, with `/` between its parts. */
function isLicensePath(path: string): boolean {
  return (
    !path.includes("..") && !/[*\\]/.test(path) && !/^$|^\/|^[A-Za-z]:|\/\/|\/$|^\.\/|\/\.(?:\/|$)/.test(path)
  );
}

/** PEP 794: dotted identifiers that are not keywords, and perhaps `; private`. */
function isImportName(value: string): boolean {
  const [name = "", ...options] = value.split(";");
  if (options.length > 0 && options.join(";").trimStart() !== "private") return false;
  return name
    .trimEnd()
    .split(".")
    .every((part) => IDENTIFIER.test(part) && !KEYWORDS.has(part));
}

function isDynamicField(value: string): boolean {
  const field = value.toLowerCase();
  return Object.hasOwn(FIELD_NAMES, field) && !REQUIRED_FIELDS.includes(field);
}

function quote(value: MetadataValue): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const REQUIRED_FIELDS: readonly string[] = ["metadata-version", "name", "version"];

const RULES: Readonly<Record<string, Rule>> = {
  name: text(isValidName, "is not a project name"),
  version: text((value) => tryParseVersion(value) !== undefined, "is not a version"),
  summary: text((value) => !LINE_BREAK.test(value), "has more than one line"),
  "description-content-type": text(isContentType, "is not a content type of descriptions"),
  dynamic: each(isDynamicField, "cannot be dynamic"),
  "provides-extra": each(isValidName, "is not a name of an extra"),
  "requires-python": text((value) => tryParseSpecifierSet(value) !== undefined, "is not a version specifier"),
  "requires-dist": each(isRequirement, "is not a requirement"),
  "license-file": each(isLicensePath, "is not a path inside the project"),
  "import-name": each(isImportName, "is not a name to import"),
  "import-namespace": each(isImportName, "is not a name to import"),
};

const HEADER_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(FIELD_NAMES).map(([header, name]) => [name, header]),
);

const METADATA_VERSIONS: readonly string[] = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"];

/** The version that each field came with, where it was not the first. */
const ADDED_IN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "1.1": ["classifier", "download-url", "obsoletes", "provides", "requires", "supported-platform"],
    "1.2": [
      "maintainer",
      "maintainer-email",
      "obsoletes-dist",
      "project-url",
      "provides-dist",
      "requires-dist",
      "requires-external",
      "requires-python",
    ],
    "2.1": ["description-content-type", "provides-extra"],
    "2.2": ["dynamic"],
    "2.4": ["license-expression", "license-file"],
    "2.5": ["import-name", "import-namespace"],
  }).flatMap(([version, fields]) => fields.map((field) => [field, version] as const)),
);

// RFC 2045, 5.1; each parameter is a word or a quoted text.
const CONTENT_TYPE =
  /^\s*([\w.+-]+\/[\w.+-]+)[ \t]*((?:;[ \t]*[\w.-]+=(?:[\w.+-]+|"[^"\\]*")[ \t]*)*)(?:;[ \t]*)?$/;
const PARAMETER = /;[ \t]*([\w.-]+)=(?:([\w.+-]+)|"([^"\\]*)")/g;
const CONTENT_TYPES: ReadonlySet<string> = new Set(["text/plain", "text/x-rst", "text/markdown"]);
const MARKDOWN_VARIANTS: ReadonlySet<string> = new Set(["GFM", "CommonMark"]);

// Where Python's `str.splitlines` ends a line.
const LINE_BREAK = /[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}\p{Mn}_]*$/u;

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);
