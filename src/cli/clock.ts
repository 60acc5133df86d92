// Elapsed time, as it is shown to people.

/** Milliseconds from some fixed moment. The global `performance` would load a room of the runtime for this alone. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
