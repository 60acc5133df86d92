// A fatal alert as a TLS record (RFC 8446 section 6).

/** A record with a fatal alert (RFC 8446 5.1 and 6), in clear. */
export function fatalAlert(description: number): Buffer {
  return Buffer.from([ALERT_RECORD, 3, 3, 0, 2, LEVEL_FATAL, description]);
}

const ALERT_RECORD = 21;
const LEVEL_FATAL = 2;
