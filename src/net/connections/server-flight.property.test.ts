import * as fc from "fast-check";
import { expect, test } from "vitest";

import { parseKeyLogLine, readServerFlight } from "./server-flight.ts";

const record = fc
  .tuple(
    fc.constantFrom(20, 21, 22, 23),
    fc.constantFrom(0x0301, 0x0303, 0x0304),
    fc.uint8Array({ maxLength: 200 }),
  )
  .map(([type, version, content]) => {
    const header = Buffer.from([
      type,
      version >> 8,
      version & 0xff,
      content.length >> 8,
      content.length & 0xff,
    ]);
    return Buffer.concat([header, content]);
  });

/** A ServerHello of TLS 1.3 that the records after it are read with. */
const hello = Buffer.from(
  `160303005a020000560303${"ab".repeat(32)}00130100002e002b0002030400330024001d0020${"cd".repeat(32)}`,
  "hex",
);
const keyLog = new Map([["SERVER_HANDSHAKE_TRAFFIC_SECRET", Buffer.alloc(32, 1)]]);

test("readServerFlight() reads any bytes, in bounded time, without an error", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array)),
    fc.array(record, { maxLength: 20 }).map((records) => Buffer.concat(records)),
    fc.array(record, { maxLength: 20 }).map((records) => Buffer.concat([hello, ...records])),
  );
  const law = fc.property(bytes, (input) => {
    const flight = readServerFlight(input, keyLog);
    expect(flight.certificates.length).toBeLessThanOrEqual(100);
  });
  fc.assert(law, { numRuns: 500 });
});

test("readServerFlight() of a flight that is cut is a part of the whole", () => {
  const law = fc.property(fc.integer({ min: 0, max: hello.length }), (length) => {
    const flight = readServerFlight(hello.subarray(0, length), keyLog);
    expect(flight.version).toBe(length === hello.length ? 0x0304 : undefined);
    expect(flight.isPlaintext).toBe(false);
  });
  fc.assert(law);
});

test("readServerFlight() calls what is not TLS plaintext, from its first byte", () => {
  for (const text of ["H", "HTTP/1.1 200 OK\r\n", "220 ESMTP", "\u0000\u0000\u0000\u0000\u0000\u0000"]) {
    expect(readServerFlight(Buffer.from(text), new Map()).isPlaintext).toBe(true);
  }
  expect(readServerFlight(Buffer.alloc(0), new Map()).isPlaintext).toBe(false);
});

test("parseKeyLogLine() reads lines of NSS's format and nothing else", () => {
  expect(parseKeyLogLine(Buffer.from("LABEL 00ff 0102\n"))).toEqual(["LABEL", Buffer.from([1, 2])]);
  expect(parseKeyLogLine(Buffer.from("nonsense"))).toBeUndefined();
});
