import { expect, test } from "vitest";

import { writeZip } from "../../lab/index/zip-writer.ts";
import { findMetadataMember } from "./metadata-member.ts";

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a wheel in a folder, or the end of one on a server, lists half a million members before its METADATA is read
test("findMetadataMember() lets everything else go on while members are listed and looked at", () => {
  const members = Array.from({ length: 2048 }, (_value, index) => ({ path: `a/${index}`, content: "" }));
  const archive = writeZip([...members, { path: "a-1.dist-info/METADATA", content: "Name: a\n" }]);
  const source = {
    size: archive.length,
    read: (at: number, length: number) => archive.subarray(at, at + length),
  };
  const finding = findMetadataMember(source, "a-1-py3-none-any.whl");
  let pauses = 0;
  let step = finding.next();
  for (; step.done !== true; step = finding.next()) pauses += 1;
  expect(pauses).toBeGreaterThanOrEqual(16);
  expect(step.value).toMatchObject({ name: "a-1.dist-info/METADATA", entry: { size: 8 } });
});
