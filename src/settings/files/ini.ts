// The dialect of INI that Python's `RawConfigParser` reads, which is how pip reads pip.conf.
// https://docs.python.org/3/library/configparser.html#supported-ini-file-structure

import { invalidAt } from "./invalid-at.ts";

export interface IniEntry {
  /** As written, lower-cased as the parser does. */
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface IniSection {
  readonly name: string;
  readonly entries: readonly IniEntry[];
}

/**
 * Reads an INI text.
 *
 * @throws settings/invalid with {path, line} for what Python's parser refuses: text before the first section, a line
 * that is not an assignment, a section or key given twice, a byte order mark
 */
export function parseIni(text: string, path: string): readonly IniSection[] {
  const sections = new Map<string, Map<string, WrittenEntry>>();
  let section: Map<string, WrittenEntry> | undefined;
  let name = "";
  let entry: WrittenEntry | undefined;
  const refuse = (line: number, why: string): never => {
    throw invalidAt({ path, line }, why);
  };
  if (text.startsWith("\uFEFF")) refuse(1, "the file begins with a byte order mark, which pip does not read");
  text.split(/\r\n|\n|\r/).forEach((written, index) => {
    const line = index + 1;
    const trimmed = written.trim();
    const indent = written.length - written.trimStart().length;
    if (trimmed.startsWith("#") || trimmed.startsWith(";")) return;
    if (trimmed === "") {
      if (entry !== undefined) entry.lines.push("");
      return;
    }
    if (entry !== undefined && indent > entry.indent) {
      entry.lines.push(trimmed);
      return;
    }
    const closing = trimmed.startsWith("[") ? trimmed.lastIndexOf("]") : -1;
    if (closing > 1) {
      name = trimmed.slice(1, closing);
      if (sections.has(name)) refuse(line, `the section \`[${name}]\` occurs twice`);
      section = new Map();
      entry = undefined;
      sections.set(name, section);
      return;
    }
    if (section === undefined) return refuse(line, "there is text before the first section");
    const separator = separatorIn(trimmed);
    const key = trimmed.slice(0, Math.max(0, separator)).trimEnd().toLowerCase();
    if (key === "") return refuse(line, "this is not a `key = value`");
    if (section.has(key)) refuse(line, `\`${key}\` occurs twice in \`[${name}]\``);
    entry = { lines: [trimmed.slice(separator + 1).trim()], indent, line };
    section.set(key, entry);
  });
  return [...sections].map(([title, entries]) => ({
    name: title,
    entries: [...entries].map(([key, { lines, line }]) => ({ key, value: lines.join("\n").trimEnd(), line })),
  }));
}

interface WrittenEntry {
  readonly lines: string[];
  readonly indent: number;
  readonly line: number;
}

/** The first `=` or `:` of a line, or -1. */
function separatorIn(line: string): number {
  const equals = line.indexOf("=");
  const colon = line.indexOf(":");
  return equals === -1 || colon === -1 ? Math.max(equals, colon) : Math.min(equals, colon);
}
