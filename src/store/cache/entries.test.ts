import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import { readEntry, writeEntry } from "./entries.ts";

describe("writeEntry", () => {
  test("ends in the same checksum for small values and large ones", () => {
    const folder = temporaryFolder();
    const key = { project: "x", id: "0123456789abcdef0123456789abcdef" };
    const sizes = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 4090, max: 4100 }));
    const bytes = sizes.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
    fc.assert(
      fc.property(bytes, (contents) => {
        writeEntry(folder, key, contents);
        const written = readFileSync(join(folder, "p-x", key.id));
        expect(written.readUInt32LE(contents.length)).toBe(crc32(contents, 0x70696e6f));
        expect(readEntry(folder, key)).toEqual(Buffer.from(contents));
      }),
      { numRuns: 50 },
    );
  });

  test("keeps a key of any text under a digest", () => {
    const folder = temporaryFolder();
    writeEntry(folder, { project: "x", id: "../../etc/passwd" }, Buffer.from("value"));
    expect(readdirSync(join(folder, "p-x"))).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});
