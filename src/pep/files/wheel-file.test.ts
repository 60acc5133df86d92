import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { parseWheelFile, parseWheelTags } from "./wheel-file.ts";

test("parseWheelFile() reads what decides the place of files", () => {
  const text =
    "Wheel-Version: 1.9\r\nGenerator: x\r\nRoot-Is-Purelib: True\r\nTag: py2-none-any\r\nTag: py3-none-any\r\n";
  expect(parseWheelFile(text)).toEqual({
    version: [1, 9],
    isPurelib: true,
    tags: ["py2-none-any", "py3-none-any"],
  });
});

test.each(["", "Wheel-Version: 2.0\n", "Wheel-Version: one\n"])("parseWheelFile() refuses %j", (text) => {
  expect(outcome(() => parseWheelFile(text))).toEqual({ code: "wheel/invalid" });
});

test("parseWheelTags() expands sets and leaves out what makes no sense", () => {
  expect(parseWheelTags("Tag: CP38.cp39-abi3-linux_x86_64\nTag: nonsense\nTag: py3--any\n")).toEqual([
    "cp38-abi3-linux_x86_64",
    "cp39-abi3-linux_x86_64",
  ]);
});
