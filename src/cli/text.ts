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

/** Breaks a line at blanks so that no line is longer than `width`, unless one word is. */
export function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (longer.length > width && current !== "") {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  lines.push(current);
  return lines;
}

/** Rows under a header and a row of dashes, columns padded to their widest cell, no blanks at the end of a line. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
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

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
