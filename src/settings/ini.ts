// The dialect of INI that Python's `RawConfigParser` reads, which is how pip reads pip.conf.
// https://docs.python.org/3/library/configparser.html#supported-ini-file-structure

import { PinionError } from "../errors.ts";

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
 * that is no assignment, a section or key given twice, a byte order mark
 */
export function parseIni(text: string, path: string): readonly IniSection[] {
  const sections: {
    name: string;
    entries: { key: string; lines: string[]; indent: number; line: number }[];
  }[] = [];
  const refuse = (line: number, why: string): never => {
    throw new PinionError("settings/invalid", `\`${path}\`:${line}: ${why}`, { details: { path, line } });
  };
  if (text.startsWith("\uFEFF")) refuse(1, "the file begins with a byte order mark, which pip does not read");
  text.split(/\r\n|\n|\r/).forEach((written, index) => {
    const line = index + 1;
    const section = sections.at(-1);
    const entry = section?.entries.at(-1);
    const isComment = /^\s*[#;]/.test(written);
    const indent = written.length - written.trimStart().length;
    if (isComment) return;
    if (written.trim() === "") {
      if (entry !== undefined) entry.lines.push("");
      return;
    }
    if (entry !== undefined && indent > entry.indent) {
      entry.lines.push(written.trim());
      return;
    }
    const header = /^\s*\[(.+)\]/.exec(written)?.[1];
    if (header !== undefined) {
      if (sections.some(({ name }) => name === header))
        refuse(line, `the section \`[${header}]\` is there twice`);
      sections.push({ name: header, entries: [] });
      return;
    }
    const assignment = /^\s*([^=:]*?)\s*[=:]\s*(.*)$/.exec(written);
    if (section === undefined) return refuse(line, "there is text before the first section");
    if (assignment === null || assignment[1] === "" || assignment[1] === undefined)
      return refuse(line, "this is no `key = value`");
    const key = assignment[1].toLowerCase();
    if (section.entries.some((other) => other.key === key))
      refuse(line, `\`${key}\` is there twice in \`[${section.name}]\``);
    section.entries.push({ key, lines: [(assignment[2] ?? "").trim()], indent, line });
  });
  return sections.map(({ name, entries }) => ({
    name,
    entries: entries.map(({ key, lines, line }) => ({ key, value: lines.join("\n").trimEnd(), line })),
  }));
}
