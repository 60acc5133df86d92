// Text for a terminal, or for a file that is read in one: wrapped lines and aligned columns, counted as they are seen.

/** What a piece of text means; the printer decides whether that is a colour. */
export type Tone = "good" | "bad" | "note" | "dim" | "strong";

export type Paint = (tone: Tone, text: string) => string;

/** For files and pipes. */
export const plainPaint: Paint = (_tone, text) => text;

/** Columns that a string takes on a screen: characters of East Asia and pictures take two, marks on others none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : ZERO.test(character) ? 0 : 1;
  return columns;
}

export function padColumns(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

export interface WrapOptions {
  readonly columns: number;
  /** What stands before the first line. */
  readonly first?: string;
  /** What stands before the others. */
  readonly indent?: string;
}

/** Breaks text at blanks, and words that are longer than a line anywhere. */
export function wrap(text: string, { columns, first = "", indent = "" }: WrapOptions): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  const flush = (): void => {
    lines.push(line);
    line = indent;
    isEmpty = true;
  };
  for (const word of text.split(" ")) {
    let rest: string = isEmpty ? word : ` ${word}`;
    if (!isEmpty && columnsOf(line + rest) > columns) {
      flush();
      rest = word;
    }
    while (columnsOf(line + rest) > columns) {
      const taken = takeColumns(rest, columns - columnsOf(line));
      line += taken;
      rest = rest.slice(taken.length);
      flush();
    }
    line += rest;
    isEmpty &&= rest === "";
  }
  if (!isEmpty || lines.length === 0) flush();
  return lines;
}

/** The beginning of a string that fits, one character at least. */
function takeColumns(text: string, columns: number): string {
  let taken = "";
  for (const character of text) {
    if (taken !== "" && columnsOf(taken + character) > columns) break;
    taken += character;
  }
  return taken;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;
const ZERO = /\p{Mn}/u;
