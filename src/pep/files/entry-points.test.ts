import { expect, test } from "vitest";
import { readVectors } from "../../../test/support/vectors.ts";
import { isCommandGroup, parseEntryPoints } from "./entry-points.ts";

interface EntryPointsCase {
  readonly wheel: string;
  readonly text: string;
  readonly scripts: readonly (readonly [string, string, string, string | null, readonly string[]])[];
}

const { cases } = readVectors<{ readonly cases: readonly EntryPointsCase[] }>("entry-points");

test.each(cases.map((one) => [one.wheel, one] as const))(
  "parseEntryPoints() reads the commands of %s",
  (_name, { text, scripts }) => {
    const commands = parseEntryPoints(text)
      .filter(({ group }) => isCommandGroup(group))
      .map(({ group, name, module, attribute, extras }) => [group, name, module, attribute ?? null, extras]);
    expect(commands).toEqual(scripts);
  },
);

test("parseEntryPoints() keeps the case of names and passes over comments and white space", () => {
  const text =
    "; comment\r\n[console_scripts]\n# comment\n  Run-Me =  pkg.mod : Main.run [ extra-one, two ]\n\n[x]\na =\n";
  expect(parseEntryPoints(text)).toEqual([
    {
      group: "console_scripts",
      name: "Run-Me",
      module: "pkg.mod",
      attribute: "Main.run",
      extras: ["extra", "one", "two"],
    },
  ]);
});

test.each([
  ["values that make no sense in other groups", "[other]\na = what is this\nb =\n"],
  ["values of several lines in other groups", "[other]\na =\n  one\n\n  two\nb = 1\n"],
  ["the same name in two groups and in other letters", "[other]\na = b:c\nA = b:c\n[more]\na = b:c\n"],
  ["nothing", "# nothing\n  \n"],
])("parseEntryPoints() accepts %s", (_name, text) => {
  expect(() => parseEntryPoints(text)).not.toThrow();
});

test("parseEntryPoints() takes a section whose line goes on", () => {
  expect(parseEntryPoints("[console_scripts] more\na = b:c\n")).toMatchObject([{ group: "console_scripts" }]);
  expect(parseEntryPoints("[ console_scripts ]\na = b:c\n")).toMatchObject([{ group: " console_scripts " }]);
});

// As uv 0.13.9, which reads the file as INI: without this, a wheel would be installed without its commands.
test.each([
  ["a section that is not closed", "[console_scripts\nrun = a:b\n", 1],
  ["a section without a name", "[]\nrun = a:b\n", 1],
  ["an entry before any section", "run = a:b\n[console_scripts]\n", 1],
  ["a byte order mark", "\uFEFF[console_scripts]\nrun = a:b\n", 1],
  ["a later section that is not closed", "[other]\na = b:c\n[console_scripts\nrun = a:b\n", 3],
  ["a line without `=` in any group", "[other]\na = b:c\nwhat is this\n", 3],
  ["an entry without a name", "[other]\n= b:c\n", 2],
  ["a section twice", "[other]\n[console_scripts]\n[other]\n", 3],
  ["a name twice", "[console_scripts]\nrun = a:b\nrun = a:c\n", 3],
  ["a command that goes on", "[console_scripts]\nrun = a:b\n  more = a:c\n", 3],
  ["a command that names no module", "[console_scripts]\n\nrun = not a module!\n", 3],
])("parseEntryPoints() refuses %s", (_name, text, line) => {
  expect(() => parseEntryPoints(text)).toThrowError(
    expect.objectContaining({ code: "wheel/invalid", details: { line } }),
  );
});
