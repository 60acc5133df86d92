import { createHash } from "node:crypto";
import { join } from "node:path";

import { describe, expect, test, vi } from "vitest";

import { temporaryFolder } from "../../test/install-environment.ts";
import { turnsOf } from "../../test/support/turns-of.ts";
import { readBundle, writeBundle, type BundledFile } from "./file-bundle.ts";

describe("readBundle()", () => {
  test.each([0, 1, 3])("reads what was written, of %d files", async (count) => {
    const contents = new Map(Array.from({ length: count }, (_, at) => fileOf(`a-${at}.zip`, `of ${at}`)));
    const archive = await bytesOf(writeBundle([...contents.keys()], (file) => pieces(contents.get(file))));
    expect(await read(archive)).toEqual([...contents.keys()]);
  });

  test.each([
    ["with a space", (list: string) => list.replace('","size"', '", "size"')],
    ["with a row twice", (list: string) => list.replace(/(\{"filename".*\}),\n/, "$1,\n$1,\n")],
    ["with something after the last row", (list: string) => list.replace("}\n]}\n", "},\n\n]}\n")],
    ["with a list in a row", (list: string) => list.replace(/"size":\d+/, '"size":[]')],
    ["of another format", (list: string) => list.replace("pinion-files 1", "pinion-files 2")],
    ["with bytes that are not text", (list: string) => list.replace("a-0", "a-\xff")],
    ["without its end", (list: string) => list.slice(0, -1)],
  ])("refuses a list %s", async (_what, change) => {
    const contents = new Map([fileOf("a-0.zip", "0"), fileOf("a-1.zip", "1")]);
    const archive = await bytesOf(writeBundle([...contents.keys()], (file) => pieces(contents.get(file))));
    await expect(read(withList(archive, change))).rejects.toMatchObject({ code: "archive/invalid" });
  });

  // Promise: Ctrl-C ends every command within a second, in every phase; an archive of a few bytes cannot fill the memory
  // Attack: the list of an archive that is imported has very many rows, or is nothing but brackets, as long as it may be
  test("reads a long list in turns, and no more of it than its first wrong row", async () => {
    const rows = Array.from(
      { length: 500 },
      (_, at) => fileOf(`a-${String(at).padStart(4, "0")}.zip`, "")[0],
    );
    const archive = await bytesOf(writeBundle(rows, () => pieces("")));
    const onlyList = archive.subarray(0, archive.length - (rows.length + 2) * BLOCK);
    expect(await turnsOf(() => read(onlyList))).toBeGreaterThan(500);
    const brackets = withList(archive, (list) => list.replace("\n{", `\n${"[".repeat(10_000)}{`));
    const values = withList(archive, (list) => list.replace("\n{", `\n${"{},".repeat(10_000)}\n{`));
    const parse = vi.spyOn(JSON, "parse");
    for (const wrong of [brackets, values])
      await expect(read(wrong)).rejects.toMatchObject({ code: "archive/invalid" });
    expect(parse.mock.calls.filter(([text]) => text.length > 4096)).toEqual([]);
    parse.mockRestore();
  });
});

function fileOf(filename: string, text: string): readonly [BundledFile, string] {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return [{ filename, sha256, size: text.length }, text];
}

async function* pieces(text = ""): AsyncGenerator<Buffer, void, void> {
  if (text !== "") yield await Promise.resolve(Buffer.from(text));
}

async function bytesOf(archive: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of archive) all.push(piece);
  return Buffer.concat(all);
}

async function read(archive: Buffer): Promise<readonly BundledFile[]> {
  const folder = temporaryFolder();
  const files: BundledFile[] = [];
  await readBundle(inOnePiece(archive), {
    pathFor: ({ filename }) => join(folder, filename),
    take: (file) => {
      files.push(file);
      return Promise.resolve();
    },
  });
  return files;
}

async function* inOnePiece(archive: Buffer): AsyncGenerator<Buffer, void, void> {
  yield await Promise.resolve(archive);
}

/** The archive with another list, whose header says how long it is. */
function withList(archive: Buffer, change: (list: string) => string): Buffer {
  const size = Number.parseInt(archive.toString("latin1", 124, 135), 8);
  const list = Buffer.from(change(archive.toString("latin1", BLOCK, BLOCK + size)), "latin1");
  const header = Buffer.from(archive.subarray(0, BLOCK));
  header.write(list.length.toString(8).padStart(11, "0"), 124, "latin1");
  header.write("        ", 148, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const padding = Buffer.alloc((BLOCK - (list.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, list, padding, archive.subarray(BLOCK + Math.ceil(size / BLOCK) * BLOCK)]);
}

const BLOCK = 512;
