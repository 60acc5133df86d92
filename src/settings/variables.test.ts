// What uv's variables may hold, run through uv 0.13.9, which refuses everything else before it does anything.

import { describe, expect, test } from "vitest";
import type { SettingValue } from "./table/setting.ts";
import type { SettingName } from "./table/table.ts";
import { UNUSED_VARIABLES } from "./table/unused-variables.ts";
import { readVariables } from "./variables.ts";

function read(variable: string, text: string, name: SettingName = "offline"): SettingValue | undefined {
  return readVariables({ [variable]: text })
    .map(({ values }) => values.get(name)?.value)
    .find((value) => value !== undefined);
}

const BOOLEANS = [...UNUSED_VARIABLES].filter(([, { type }]) => type === "boolean").map(([name]) => name);

describe("a variable of uv", () => {
  test.each(["1", "true", "TRUE", "Y", "t", "yes", "On", "0", "false", "oFF", "N", "f", "no"])(
    "for a yes or no may be %j",
    (text) => {
      for (const variable of ["UV_OFFLINE", ...BOOLEANS]) expect(() => read(variable, text)).not.toThrow();
    },
  );

  test.each(["maybe", "2", " 1", "1 ", "enable"])("for a yes or no is refused as %j", (text) => {
    for (const variable of ["UV_OFFLINE", "UV_NO_PROGRESS", ...BOOLEANS])
      expect(() => read(variable, text), variable).toThrow(
        `\`${variable}\` must be true or false: \`${text}\``,
      );
  });

  test.each([
    ["UV_CONCURRENT_DOWNLOADS", "0"],
    ["UV_CONCURRENT_BUILDS", "0"],
    ["UV_CONCURRENT_INSTALLS", "0"],
    ["UV_CONCURRENT_DOWNLOADS", "true"],
    ["UV_CONCURRENT_INSTALLS", "-1"],
    ["UV_HTTP_RETRIES", " 3"],
    ["UV_HTTP_TIMEOUT", "1.5"],
    ["UV_HTTP_CONNECT_TIMEOUT", "-1"],
    ["UV_UPLOAD_HTTP_TIMEOUT", "soon"],
    ["UV_PYTHON_PREFERENCE", "installed"],
    ["UV_PYTHON_DOWNLOADS", "yes"],
    ["UV_LINK_MODE", "hard-link"],
  ])("is refused: %s=%j", (variable, text) => {
    expect(() => read(variable, text)).toThrow(`\`${variable}\` must be `);
  });

  test.each([
    ["UV_HTTP_RETRIES", "0", "retries", 0],
    ["UV_CONCURRENT_DOWNLOADS", "1", "concurrent-downloads", 1],
    ["UV_CONCURRENT_DOWNLOADS", "9999999999", "concurrent-downloads", 9_999_999_999],
    // As long as a timer can be.
    ["UV_HTTP_TIMEOUT", "9999999", "http-timeout", 2_000_000],
    ["UV_LINK_MODE", "reflink", "link-mode", "clone"],
    ["UV_INDEX_STRATEGY", "unsafe-any-match", "index-strategy", "unsafe-first-match"],
    ["UV_PYTHON_DOWNLOADS", "Never", "offline", undefined],
    ["UV_PYTHON_PREFERENCE", "only-system", "offline", undefined],
    ["UV_PREVIEW", "", "offline", undefined],
  ] as const)("%s=%j is %s %j", (variable, text, name, expected) => {
    expect(read(variable, text, name)).toBe(expected);
  });

  test.each(["UV_NO_BINARY_PACKAGE", "UV_NO_BUILD_PACKAGE"])(
    "%s holds names that blanks separate, whatever the command",
    (variable) => {
      for (const text of ["a", " a  b-c ", " "]) expect(() => read(variable, text)).not.toThrow();
      for (const text of ["a,b", ":all:", "-a"])
        expect(() => read(variable, text)).toThrow(`\`${variable}\`: Not a valid package or extra name`);
    },
  );

  test("is stricter than pip's, and Pinion's own", () => {
    expect(read("PIP_TIMEOUT", "1.5", "http-timeout")).toBe(1.5);
    expect(read("PIP_NO_DEPS", " 1 ", "no-deps")).toBe(true);
    expect(read("PINION_HTTP_TIMEOUT", "0.5", "http-timeout")).toBe(0.5);
    expect(() => read("PINION_CONCURRENT_BUILDS", "0")).toThrow("must be a whole number above 0: `0`");
  });
});
