import { expect, test } from "vitest";
import { formatPyvenvConfig, parsePyvenvConfig, readPyvenvConfig } from "./pyvenv-config.ts";

test("parsePyvenvConfig() divides at the first equals sign and knows no sections", () => {
  const config = parsePyvenvConfig(
    "home = /usr/bin\r\nInclude-System-Site-Packages=false\nprompt = a = b\n[section]\nnothing\n",
  );
  expect([...config]).toEqual([
    ["home", "/usr/bin"],
    ["include-system-site-packages", "false"],
    ["prompt", "a = b"],
  ]);
});

test("formatPyvenvConfig() lets no value begin a line of its own", () => {
  const text = formatPyvenvConfig(new Map([["prompt", "a\nhome = /evil"]]));
  expect([...parsePyvenvConfig(text).keys()]).toEqual(["prompt"]);
});

test("readPyvenvConfig() finds nothing where there is nothing", () => {
  expect(readPyvenvConfig("/does/not/exist")).toBeUndefined();
});
