// How a line of progress divides the columns of a terminal: a name, a bar, and how much of how much has come.

/** The columns of each part; together with two blanks they never take more than the terminal has, from 44 on. */
export interface BarLayout {
  readonly name: number;
  readonly bar: number;
}

export function barLayout(columns: number): BarLayout {
  const bar = Math.min(MAX_BAR_COLUMNS, Math.max(MIN_BAR_COLUMNS, Math.floor(columns / 5)));
  // A line that fills the last column wraps on some terminals.
  return { bar, name: Math.max(MIN_NAME_COLUMNS, columns - 1 - bar - VALUE_COLUMNS - 2) };
}

/** The name with a mark where it is cut: its start says more than its end, which is the same for most wheels. */
export function fitName(name: string, columns: number): string {
  return name.length <= columns ? name : `${name.slice(0, columns - 1)}…`;
}

const MAX_BAR_COLUMNS = 24;
const MIN_BAR_COLUMNS = 8;
const MIN_NAME_COLUMNS = 8;
/** `1023.9MiB/1023.9MiB`. */
const VALUE_COLUMNS = 19;
