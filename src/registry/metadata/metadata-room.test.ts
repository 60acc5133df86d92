import { describe, expect, test } from "vitest";

import { parseMetadata } from "../../pep/metadata/metadata.ts";
import { MetadataRoom } from "./metadata-room.ts";

const URL = "https://user:secret@files.example/a-1-py3-none-any.whl";
const MEBIBYTE = 1024 ** 2;
const FIELDS = [
  "Metadata-Version: 2.4",
  "Name: A.b",
  "Version: 1.0",
  'requires-dist: c>=1 ; extra == "x"',
  "Requires-Dist: d\r\nProvides-Extra: x",
  "Dynamic: Requires-Python",
  "  and more",
  "Requires-Python: >=3.10",
].join("\n");

// Promise: what a server sends cannot use up the memory
// Attack: an index lists very many versions of a project, whose metadata is as long as it may be, and none of them fits
describe("MetadataRoom", () => {
  test.each([
    ["a long field that decides nothing", `License: ${"x".repeat(MEBIBYTE)}`],
    [
      "many fields that decide nothing",
      "Classifier: Topic :: Software Development\n".repeat(20_000).trimEnd(),
    ],
    ["a field of many lines", `License: MIT\n${" and more\n".repeat(100_000).trimEnd()}`],
  ])("keeps of a header with %s what decides", (_what, field) => {
    const { metadata, head } = new MetadataRoom().read(`${FIELDS}\n${field}\n\nText`, URL);
    expect(metadata).toEqual(parseMetadata(FIELDS));
    expect(head.length).toBeLessThan(FIELDS.length + 10);
  });

  test("keeps an ordinary header as it is", () => {
    const { metadata, head } = new MetadataRoom().read(
      `${FIELDS}\nLicense: MIT\n\n${"Text\n".repeat(9)}`,
      URL,
    );
    expect(head.toString()).toBe(`${FIELDS}\nLicense: MIT\n`);
    expect(metadata).toEqual(parseMetadata(`${FIELDS}\nLicense: MIT\n`));
  });

  test("refuses metadata that would take more than all metadata of a run may", () => {
    const room = new MetadataRoom(MEBIBYTE);
    const text = `${FIELDS}\n${"Requires-Dist: e>=1\n".repeat(2_000)}`;
    room.read(text, URL);
    room.read(text, URL);
    let error: unknown;
    try {
      room.read(text, URL);
    } catch (refusal) {
      error = refusal;
    }
    expect(error).toMatchObject({
      code: "net/too-large",
      message:
        "The metadata of the indexes takes more than 1 MiB together with that of `https://user:****@files.example/a-1-py3-none-any.whl`",
    });
  });
});
