import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installedBytesOfAll } from "./installed-bytes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinion-sizes-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Distributions whose RECORD is one file, by a link. */
function withRecord(
  text: string,
  count: number,
): readonly { readonly name: string; readonly directory: string }[] {
  const record = join(folder, "RECORD");
  writeFileSync(record, text);
  return Array.from({ length: count }, (_, at) => {
    const directory = join(folder, `tool${at}-1.dist-info`);
    mkdirSync(directory);
    symlinkSync(record, join(directory, "RECORD"));
    return { name: `tool${at}`, directory };
  });
}

describe.skipIf(process.platform === "win32")("installedBytesOfAll()", () => {
  test("adds the sizes of each RECORD, and has none where it cannot be read", async () => {
    const [first, second] = withRecord("a.py,,10\nb.py,,5\nRECORD,,\n", 2);
    rmSync(join(second?.directory ?? "", "RECORD"));
    expect(
      await installedBytesOfAll(
        [first, second].flatMap((found) => found ?? []),
        undefined,
      ),
    ).toEqual(
      new Map([
        ["tool0", 15],
        ["tool1", undefined],
      ]),
    );
  });

  // Promise: no untrusted input makes a command hang
  // Attack: an environment of others has very many distributions, each with a link to the same long RECORD
  test("refuses an environment whose RECORDs are too long together", async () => {
    // One row that cannot be read costs nothing.
    const all = withRecord("x".repeat(1024 ** 2), 130);
    await expect(installedBytesOfAll(all, undefined)).rejects.toMatchObject({
      code: "environment/too-large",
    });
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: the RECORD of an installed distribution has as many rows as it may have
  test("hears a signal between the rows of a RECORD", async () => {
    const all = withRecord("a.py,,1\nRECORD,,\n", 1);
    await expect(installedBytesOfAll(all, AbortSignal.abort())).rejects.toMatchObject({
      code: "net/cancelled",
    });
  });
});
