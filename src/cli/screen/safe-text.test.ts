import { expect, test } from "vitest";
import { Output } from "./output.ts";
import { safeJson, safeText, unshownValues, withoutValues } from "./safe-text.ts";

const HOSTILE = "a\u001b]0;title\u0007b\u009b2Jc\u202ed\u200b\u2028\u061ce\rf\n\tg";

test("safeText() leaves line ends, tabs and, where they are wanted, colours", () => {
  expect(safeText(HOSTILE, { hasColor: true })).toBe("a]0;titleb2Jcdef\n\tg");
  expect(safeText("\u001b[31mred\u001b[39m\u001b[2J", { hasColor: true })).toBe("\u001b[31mred\u001b[39m[2J");
  expect(safeText("\u001b[31mred\u001b[39m", { hasColor: false })).toBe("red");
  expect(safeText("x https://ada:secret@h/?token=1", { hasColor: false })).toBe(
    "x https://ada:****@h/?token=****",
  );
});

// Promise: what others wrote does not drive the terminal
// Attack: a summary of a package has codes that hide text or write it in the colour of the screen, where colours are on
test("safeText() leaves no style but those that commands themselves make", () => {
  for (const code of ["", "0", "8", "7", "5", "30", "37", "38;5;0", "48;2;0;0;0", "1;8", "01", "131", "99"])
    expect(safeText(`a\u001b[${code}mb`, { hasColor: true }), code).toBe("ab");
  const styles = [
    "error",
    "warning",
    "hint",
    "name",
    "dim",
    "count",
    "path",
    "added",
    "changed",
    "latest",
  ] as const;
  const silent = { isTerminal: true, stream: process.stderr, write: () => {}, finish: () => {} };
  const output = new Output({
    stdout: silent,
    stderr: silent,
    quiet: 0,
    verbose: 0,
    color: "always",
    isJson: false,
    hasProgress: false,
    env: {},
  });
  for (const style of styles) {
    const dressed = output.style(style, "text");
    expect(dressed, style).not.toBe("text");
    expect(safeText(dressed, { hasColor: true }), style).toBe(dressed);
  }
});

test("safeJson() is one line without secrets whose value is the same", () => {
  const text = safeJson({ name: HOSTILE, url: "https://ada:secret@h/f?sig=1", list: ["a", 1, null] });
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/);
  expect(JSON.parse(text)).toEqual({
    name: HOSTILE,
    url: "https://ada:****@h/f?sig=****",
    list: ["a", 1, null],
  });
  expect(safeJson({ a: [] }, 2)).toBe('{\n  "a": []\n}');
});

test("withoutValues() hides PEM, and words and variables of more than 200 characters", () => {
  const path = "a/".repeat(101);
  const unshown = unshownValues(["", undefined, "short", `${path} other`, "x".repeat(200)]);
  expect(withoutValues(`Cannot read \`/home/${path}x\`: it is too long`, unshown)).toBe(
    "Cannot read `/home/[202 characters]x`: it is too long",
  );
  expect(withoutValues("x".repeat(200), unshown)).toBe("x".repeat(200));
  const key =
    "-----BEGIN EC PARAMETERS-----\nAA==\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nc2Vj";
  for (const text of [
    key,
    `${key}\n-----END EC PRIVATE KEY-----`,
    "-----BEGIN sec",
    key.replaceAll("\n", " "),
  ])
    expect(withoutValues(`\`${text}\``, unshownValues([]))).toMatch(/^`\[PEM text\]/);
  expect(withoutValues("-----BEGIN sec is missing", unshownValues(["-----BEGIN sec\n"]))).toBe(
    "[PEM text] is missing",
  );
});
