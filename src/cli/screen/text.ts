// Small wording that every command shares: durations, plurals, wrapped lines.

/** A duration as uv prints it: `1m 05s`, `1.23s`, `123ms`, `0.12ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds >= 60_000) {
    const seconds = Math.floor(milliseconds / 1000);
    return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
  }
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)}s`;
  return milliseconds >= 1 ? `${Math.floor(milliseconds)}ms` : `${milliseconds.toFixed(2)}ms`;
}

/** `1 package`, `2 packages`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A size as people read it: `4.5MiB`. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)}${BYTE_UNITS[unit]}`;
}

/**
 * Breaks a line at blanks so that no line is longer than `width`, unless one word is, and so that the lines are of much
 * the same length: the break points of least cost, as uv's library for this (textwrap's optimal fit) computes it.
 */
export function wrapLine(line: string, width: number): readonly string[] {
  // The blanks at the beginning are one blank of their width behind an empty word, which may stand on a line by itself.
  const rest = line.trimStart();
  const indent = line.length - rest.length;
  const words = [...(indent > 0 ? [""] : []), ...rest.split(" ")];
  const blanksAfter = (word: number): number => (word === 0 && indent > 0 ? indent : 1);
  // The least cost of all lines up to each word, and where the last of those lines begins.
  const best: { cost: number; start: number }[] = [{ cost: 0, start: 0 }];
  for (let end = 1; end <= words.length; end += 1) {
    let least = { cost: Infinity, start: 0 };
    let length = 0;
    for (let start = end - 1; start >= 0; start -= 1) {
      length += (words[start]?.length ?? 0) + (start === end - 1 ? 0 : blanksAfter(start));
      const isLast = end === words.length;
      const cost =
        (best[start]?.cost ?? 0) +
        lineCost({ gap: width - length, isLast, isOneWord: start === end - 1, width });
      if (cost <= least.cost) least = { cost, start };
      // More words before a word that is too long by itself cost more than what a line of their own costs.
      const ownOverflow = Math.max((words[end - 1]?.length ?? 0) - width, 0);
      if ((length - width - ownOverflow) * OVERFLOW_COST > LINE_COST + width * width) break;
    }
    best.push(least);
  }
  const lines: string[] = [];
  for (let end = words.length; end > 0;) {
    const start = best[end]?.start ?? 0;
    const text = words.slice(start, end).join(" ");
    lines.unshift(start === 0 && end > 1 ? `${" ".repeat(Math.max(indent - 1, 0))}${text}` : text);
    end = start;
  }
  return lines;
}

function lineCost(line: {
  readonly gap: number;
  readonly isLast: boolean;
  readonly isOneWord: boolean;
  readonly width: number;
}): number {
  const { gap, isLast, isOneWord, width } = line;
  if (gap < 0) return LINE_COST - gap * OVERFLOW_COST;
  if (!isLast) return LINE_COST + gap * gap;
  return isOneWord && width - gap < width / SHORT_LAST_LINE ? LINE_COST + SHORT_LAST_LINE_COST : LINE_COST;
}

/**
 * Rows under a header and a row of dashes, columns padded to their widest cell, no blanks at the end of a line. Where
 * that is wider than `width`, each row becomes its first cell with the others indented below, wrapped.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width }: { readonly width?: number | undefined } = {},
): string {
  const table = formatWideTable(header, rows);
  const widest = Math.max(...table.split("\n").map((line) => line.length));
  if (width === undefined || widest <= width) return table;
  return rows
    .map(([first = "", ...rest]) =>
      [
        first,
        ...rest.flatMap((cell) =>
          wrapLine(cell, Math.max(width - CELL_INDENT.length, 1)).map((line) => `${CELL_INDENT}${line}`),
        ),
      ].join("\n"),
    )
    .join("\n");
}

function formatWideTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(" ")
      .trimEnd();
  return [header, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("\n");
}

const CELL_INDENT = "  ";

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

// The penalties of textwrap's optimal fit, https://docs.rs/textwrap/latest/textwrap/wrap_algorithms/struct.Penalties.html
const LINE_COST = 1000;
const OVERFLOW_COST = 2500;
const SHORT_LAST_LINE = 4;
const SHORT_LAST_LINE_COST = 25;
