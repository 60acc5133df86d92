// Elapsed time, for durations that are shown to people and for turns and timeouts.

/** Milliseconds from some fixed moment. The global `performance` would load a room of the runtime just for this. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
