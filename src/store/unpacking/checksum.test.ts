// CRC-32 decides where nothing better does: it is computed for the files that RECORD gives no SHA-256 for, and only those.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { temporaryStore } from "../../../test/install-environment.ts";
import { makeWheel, type WheelFaults } from "../../lab/index/make-wheel.ts";

const NAME = "paint";
const OTHER = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";

describe("a member whose CRC-32 in the archive is wrong", () => {
  test("is taken where RECORD has its SHA-256", async () => {
    const { manifest } = await add({ wrong: "paint/brush.py" });
    expect(manifest.map(({ path }) => path)).toContain("paint/brush.py");
  });

  const cases: readonly (readonly [string, string, WheelFaults])[] = [
    ["RECORD has no row", "paint/brush.py", rewrite(/^paint\/brush.py,.*\n/m, "")],
    ["its row has no hash", "paint/brush.py", rewrite(/^(paint\/brush.py),.*$/m, "$1,,")],
    [
      "its row has another hash than SHA-256",
      "paint/brush.py",
      rewrite(
        /^(paint\/brush.py),sha256=[^,]*/m,
        "$1,sha384=kVh4fEf5W8sXQ14x8Q-eEiXr2kC7Ecb8lOZHHAD_04U_hN_8u4L5MqAKQxGYKGgd",
      ),
    ],
    ["it is RECORD", "paint-1.0.dist-info/RECORD", {}],
  ];
  for (const [what, wrong, faults] of cases) {
    test(`is refused where ${what}`, async () => {
      await expect(add({ wrong, faults })).rejects.toMatchObject({
        code: expect.stringMatching(/^(archive|wheel)\/invalid$/),
      });
    });
  }

  test("is reported as damage of the archive where it is not the file of RECORD either", async () => {
    const faults = rewrite(/^(paint\/brush.py),sha256=[^,]*/m, `$1,sha256=${OTHER}`);
    await expect(add({ wrong: "paint/brush.py", faults })).rejects.toMatchObject({ code: "archive/invalid" });
    await expect(add({ faults })).rejects.toMatchObject({ code: "wheel/invalid" });
  });
});

test("the CRC-32 of a file without a row that is right is not an obstacle", async () => {
  const { manifest } = await add({ faults: rewrite(/^paint\/brush.py,.*\n/m, "") });
  expect(manifest.map(({ path }) => path)).toContain("paint/brush.py");
});

async function add({ wrong, faults = {} }: { readonly wrong?: string; readonly faults?: WheelFaults }) {
  const store = temporaryStore();
  const { filename, bytes } = makeWheel({
    name: NAME,
    version: "1.0",
    files: { "paint/__init__.py": "", "paint/brush.py": "bristles = 100\n" },
    faults,
  });
  if (wrong !== undefined) forgeChecksum(bytes, wrong);
  try {
    return await store.addWheel(bytes, { filename });
  } catch (error) {
    expect(readdirSync(join(store.directory, "wheels-v1"))).toEqual([]);
    throw error;
  }
}

function rewrite(pattern: RegExp, replacement: string): WheelFaults {
  return { rewriteRecord: (text) => text.replace(pattern, replacement) };
}

/** Changes the CRC-32 that both headers of a member state (APPNOTE 4.3.7 and 4.3.12). */
function forgeChecksum(archive: Buffer, path: string): void {
  const headers = [
    { signature: "PK\u0003\u0004", checksum: 14, nameLength: 26, name: 30 },
    { signature: "PK\u0001\u0002", checksum: 16, nameLength: 28, name: 46 },
  ];
  let forged = 0;
  for (const { signature, checksum, nameLength, name } of headers) {
    for (let at = archive.indexOf(signature); at !== -1; at = archive.indexOf(signature, at + 1)) {
      const end = at + name + archive.readUInt16LE(at + nameLength);
      if (archive.toString("utf8", at + name, end) !== path) continue;
      archive.writeUInt32LE((archive.readUInt32LE(at + checksum) ^ 1) >>> 0, at + checksum);
      forged += 1;
    }
  }
  expect(forged).toBe(2);
}
