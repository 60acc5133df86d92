import * as fc from "fast-check";
import { expect, test } from "vitest";

import { ChunkedBody } from "./chunked-body.ts";

test("gives the same data and rest however a body is divided into chunks, and into pieces", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })),
      fc.array(fc.nat()),
      fc.constantFrom("", "HTTP/1.1 200 OK"),
      (chunks, cuts, rest) => {
        const coded = Buffer.concat([
          ...chunks.flatMap((chunk) => [
            Buffer.from(`${chunk.length.toString(16)};x=y\r\n`),
            chunk,
            Buffer.from("\r\n"),
          ]),
          Buffer.from(`0\r\nA: b\r\n\r\n${rest}`),
        ]);
        const body = new ChunkedBody(fault);
        const data: Buffer[] = [];
        const left: Buffer[] = [];
        let from = 0;
        const ends = cuts.map((cut) => cut % coded.length).toSorted((a, b) => a - b);
        for (const end of [...ends, coded.length]) {
          const piece = coded.subarray(from, end);
          from = end;
          if (body.isComplete) left.push(piece);
          else {
            data.push(body.take(piece));
            left.push(body.rest);
          }
        }
        expect(Buffer.concat(data)).toEqual(Buffer.concat(chunks));
        expect(Buffer.concat(left).toString()).toBe(rest);
        expect(body.isComplete).toBe(true);
      },
    ),
  );
});

test("says where a body is that ends too early", () => {
  const body = new ChunkedBody(fault);
  body.take(Buffer.from("5\r\nhel"));
  expect(body.place).toBe("after 3 of 5 bytes");
  body.take(Buffer.from("lo\r\n"));
  expect(body.place).toBe("between two chunks");
});

// Promise: untrusted input cannot exhaust memory or time
// Attack: an answer of megabytes in which each byte is a chunk of its own
test("refuses a body of which the coding takes more than the data, but not a small one", () => {
  const pieces = Buffer.from("1\r\na\r\n".repeat(10_000));
  const body = new ChunkedBody(fault);
  const fill = (times: number): void => {
    for (let count = 0; count < times; count += 1) expect(body.take(pieces)).toHaveLength(10_000);
  };
  fill(100);
  expect(() => fill(10)).toThrow("takes more bytes than its body");
});

function fault(why: string): Error {
  return new Error(why);
}
