// One line of a requirements file as a requirement: a name, a path or a URL, told apart by the text only.

import { isPinionError, PinionError } from "../errors.ts";
import type { Declaration } from "./declaration.ts";
import type { FilePlace } from "./file-place.ts";
import type { Marker } from "./marker-expression.ts";
import { parseMarker } from "./marker.ts";
import { parseRequirement, type Requirement } from "./requirement.ts";
import type { LineOptions } from "./requirements-options.ts";

/** One requirement of a file. */
export interface RequirementEntry extends FilePlace {
  readonly kind: "requirement" | "editable" | "path" | "url";
  /** The requirement where it has a name; paths and bare URLs have none. */
  readonly requirement?: Requirement;
  /** The path or URL of the other kinds, without extras and marker; a path is relative to the working folder. */
  readonly location?: string;
  /** Extras of a path or URL, as written. */
  readonly extras: readonly string[];
  /** The marker of a path or URL. */
  readonly marker?: Marker;
  /** The requirement as written, without its options. */
  readonly text: string;
  /** `sha256:…` each. */
  readonly hashes: readonly string[];
  readonly configSettings: Readonly<Record<string, string | readonly string[]>>;
  readonly isConstraint: boolean;
  /** Where it was declared, unless by this file of requirements; undefined also for a script's metadata. */
  readonly declaredIn?: Declaration | undefined;
  /** What came over the network and says this, as messages name it; absent for files, whose names show it. */
  readonly fromNetwork?: string | undefined;
}

/** One line that holds a requirement, before its text is understood. */
export interface RequirementsLine extends FilePlace {
  readonly isConstraint: boolean;
  readonly isEditable: boolean;
  readonly text: string;
  readonly options: LineOptions;
}

/** The requirement that a line states. @throws requirement/invalid-file */
export function toEntry(line: RequirementsLine): RequirementEntry {
  const { file, isConstraint, options } = line;
  const common = {
    file,
    line: line.line,
    text: line.text,
    isConstraint,
    hashes: options.hashes,
    configSettings: options.configSettings,
  };
  const kind = kindOf(line.text);
  if (kind === "requirement") {
    const requirement = understand(line, () => parseRequirement(line.text));
    return { kind: line.isEditable ? "editable" : kind, ...common, requirement, extras: requirement.extras };
  }
  const { location, extras, marker } = splitLocation(line.text, kind);
  const markerText = marker ?? (line.isEditable ? options.rest.replace(/^;/, "").trim() : "");
  return {
    kind: line.isEditable ? "editable" : kind,
    ...common,
    location,
    extras,
    ...(markerText === "" ? {} : { marker: understand(line, () => parseMarker(markerText)) }),
  };
}

/** Distinguishes a named requirement from a path and from a bare URL only by its text. */
function kindOf(text: string): "requirement" | "path" | "url" {
  if (NAMED_URL.test(text)) return "requirement";
  if (WRITTEN_URL.test(text)) return "url";
  const [head = ""] = text.split(/[\s;[]/, 1);
  const isPath = head.startsWith(".") || /[/\\]/.test(head) || ARCHIVE_EXTENSION.test(head);
  return isPath ? "path" : "requirement";
}

function splitLocation(
  text: string,
  kind: "path" | "url",
): { readonly location: string; readonly extras: readonly string[]; readonly marker: string | undefined } {
  // In a URL a `;` needs white space before it, or it is part of the URL (PEP 508).
  const semicolon = kind === "url" ? text.search(/\s;/) : text.indexOf(";");
  const place = (semicolon === -1 ? text : text.slice(0, semicolon)).trim();
  const marker = semicolon === -1 ? undefined : text.slice(text.indexOf(";", semicolon) + 1).trim();
  const bracket = place.endsWith("]") ? place.lastIndexOf("[") : -1;
  if (bracket <= 0) return { location: place, extras: [], marker };
  const extras = place
    .slice(bracket + 1, -1)
    .split(",")
    .map((extra) => extra.trim())
    .filter((extra) => extra !== "");
  return { location: place.slice(0, bracket).trim(), extras, marker };
}

/** Turns a syntax error of a part into one of its place in the file. */
function understand<T>(line: RequirementsLine, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    const position = error.details["position"];
    throw invalidLine(line, error.message, typeof position === "number" ? position + 1 : 1, error);
  }
}

/** A line that cannot be understood. */
export function invalidLine(
  { file, line }: FilePlace,
  reason: string,
  column = 1,
  cause?: unknown,
): PinionError {
  return new PinionError(
    "requirement/invalid-file",
    `Cannot understand \`${file}\`, line ${line}: ${reason}`,
    {
      details: { file, line, column, reason },
      cause,
    },
  );
}

/** `name @ address`, `name[extra] @ address`. */
const NAMED_URL = /^[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\]\s*)?@/;

/** A URL; a single letter before the colon is a drive. */
export const WRITTEN_URL: RegExp = /^(?:[A-Za-z][A-Za-z0-9+.-]+:\/\/|file:)/i;

const ARCHIVE_EXTENSION = /\.(?:whl|zip|tar|tgz|tbz|tar\.(?:gz|bz2|xz|zst|lz|lzma|Z))$/i;
