// `entry_points.txt` of a distribution: its commands and plug-ins
// (packaging.python.org "Entry points specification").

import { PinionError } from "../../errors.ts";

/** One named object that a distribution offers under a group. */
export interface EntryPoint {
  /** `console_scripts` and `gui_scripts` become commands; the other groups are left to their readers. */
  readonly group: string;
  readonly name: string;
  /** The dotted path of the module to import. */
  readonly module: string;
  /** The dotted path inside the module; commands must have one. */
  readonly attribute: string | undefined;
  readonly extras: readonly string[];
}

/**
 * Parses `entry_points.txt`: an INI file with `=` only, whose names keep their case.
 *
 * A line that makes no sense is an error in the two groups of commands and left out elsewhere,
 * since other groups belong to other programs.
 *
 * @throws PinionError `wheel/invalid`
 */
export function parseEntryPoints(text: string): readonly EntryPoint[] {
  if (text.length > MAX_LENGTH) throw invalid(0, "the file is too long");
  const entryPoints: EntryPoint[] = [];
  let group: string | undefined;
  for (const [index, rawLine] of text.split(/\r\n|\r|\n/).entries()) {
    const line = rawLine.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    if (line.startsWith("[") && line.endsWith("]")) {
      group = line.slice(1, -1).trim();
      continue;
    }
    if (group === undefined) continue;
    const entryPoint = parseLine(group, line);
    if (entryPoint !== undefined) entryPoints.push(entryPoint);
    else if (isCommandGroup(group)) throw invalid(index + 1, `\`${line}\` is not an entry point`);
  }
  return entryPoints;
}

/** Tells whether a group's entry points become commands. */
export function isCommandGroup(group: string): boolean {
  return group === "console_scripts" || group === "gui_scripts";
}

function parseLine(group: string, line: string): EntryPoint | undefined {
  const equals = line.indexOf("=");
  if (equals === -1) return undefined;
  const name = line.slice(0, equals).trim();
  const match = OBJECT_REFERENCE.exec(line.slice(equals + 1).trim());
  if (name === "" || match === null) return undefined;
  const [, module = "", attribute, extras = ""] = match;
  return { group, name, module, attribute, extras: extras.match(WORDS) ?? [] };
}

function invalid(line: number, reason: string): PinionError {
  const place = line === 0 ? "" : `, line ${line}`;
  return new PinionError("wheel/invalid", `\`entry_points.txt\` cannot be understood${place}: ${reason}`, {
    details: { line },
  });
}

// `module:attribute [extra, extra]`, with the white space that importlib.metadata allows.
const OBJECT_REFERENCE = /^([\p{L}\p{N}_.]+)\s*(?::\s*([\p{L}\p{N}_.]+)\s*)?(\[[^\]]*\])?$/u;
const WORDS = /[\p{L}\p{N}_]+/gu;

// The longest real file is some 100 KB; one beyond this is an attack on memory.
const MAX_LENGTH = 4_000_000;
