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
 * As uv, it refuses what is in no section, a line that is neither a section nor `name = value`, and a section or a name that
 * occurs twice. A value that makes no sense is an error in the two groups of commands and left out elsewhere, since other
 * groups belong to other programs.
 *
 * @throws PinionError `wheel/invalid`
 */
export function parseEntryPoints(text: string): readonly EntryPoint[] {
  if (text.length > MAX_LENGTH) throw invalid(0, "the file is too long");
  if (text.startsWith("\uFEFF")) throw invalid(1, "the file begins with a byte order mark");
  const entryPoints: EntryPoint[] = [];
  const sections = new Set<string>();
  let section: Section | undefined;
  for (const [index, rawLine] of text.split(/\r\n|\r|\n/).entries()) {
    const line = rawLine.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const refuse = (reason: string): PinionError => invalid(index + 1, reason);
    const group = HEADER.exec(line)?.[1];
    if (group !== undefined) {
      if (sections.has(group)) throw refuse(`the section \`${group}\` occurs twice`);
      sections.add(group);
      section = { group, names: new Set(), indent: undefined };
      continue;
    }
    if (section === undefined) throw refuse("there is text before the first section");
    const indent = rawLine.length - rawLine.trimStart().length;
    if (section.indent !== undefined && indent > section.indent) {
      if (isCommandGroup(section.group)) throw refuse(`\`${line}\` continues an entry point`);
      continue;
    }
    section.indent = indent;
    const name = nameIn(line);
    if (name === undefined) throw refuse(`\`${line}\` is not an entry point`);
    if (section.names.has(name)) throw refuse(`\`${name}\` occurs twice`);
    section.names.add(name);
    const entryPoint = parseValue(section.group, name, line);
    if (entryPoint !== undefined) entryPoints.push(entryPoint);
    else if (isCommandGroup(section.group)) throw refuse(`\`${line}\` is not an entry point`);
  }
  return entryPoints;
}

interface Section {
  readonly group: string;
  readonly names: Set<string>;
  /** Of the last name: what is indented more continues its value. */
  indent: number | undefined;
}

/** Tells whether a group's entry points become commands. */
export function isCommandGroup(group: string): boolean {
  return group === "console_scripts" || group === "gui_scripts";
}

function nameIn(line: string): string | undefined {
  const equals = line.indexOf("=");
  const name = line.slice(0, Math.max(0, equals)).trim();
  return name === "" ? undefined : name;
}

function parseValue(group: string, name: string, line: string): EntryPoint | undefined {
  const match = OBJECT_REFERENCE.exec(line.slice(line.indexOf("=") + 1).trim());
  if (match === null) return undefined;
  const [, module = "", attribute, extras = ""] = match;
  return { group, name, module, attribute, extras: extras.match(WORDS) ?? [] };
}

function invalid(line: number, reason: string): PinionError {
  const place = line === 0 ? "" : `, line ${line}`;
  return new PinionError("wheel/invalid", `\`entry_points.txt\` cannot be understood${place}: ${reason}`, {
    details: { line },
  });
}

// What follows the last bracket does not count.
const HEADER = /^\[(.+)\]/;
// `module:attribute [extra, extra]`, with the white space that importlib.metadata allows.
const OBJECT_REFERENCE = /^([\p{L}\p{N}_.]+)\s*(?::\s*([\p{L}\p{N}_.]+)\s*)?(\[[^\]]*\])?$/u;
const WORDS = /[\p{L}\p{N}_]+/gu;

// The longest real file is some 100 KB; one beyond this is an attack on memory.
const MAX_LENGTH = 4_000_000;
