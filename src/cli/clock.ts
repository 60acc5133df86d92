// Elapsed time, as it is shown to people.

/** Milliseconds from some fixed moment. The global `performance` would load a room of the runtime just for this. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
