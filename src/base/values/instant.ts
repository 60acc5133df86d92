// Instants for people and for files, in UTC (RFC 3339).

/** `2026-11-01T12:30:00Z`, without a fraction that says nothing. */
export function formatInstant(instant: Date): string {
  return instant.toISOString().replace(".000Z", "Z");
}

/** `2026-11-01`. */
export function formatDay(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
