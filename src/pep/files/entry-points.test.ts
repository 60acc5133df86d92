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
    "; comment\r\nlost = before.any:group\n[ console_scripts ]\n# comment\n  Run-Me =  pkg.mod : Main.run [ extra-one, two ]\n\n[x]\n=\n";
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

test("parseEntryPoints() accepts anything in other programs' groups and is strict in its own", () => {
  expect(parseEntryPoints("[other]\nwhat is this\n")).toEqual([]);
  expect(() => parseEntryPoints("[console_scripts]\n\nrun = not a module!\n")).toThrowError(
    expect.objectContaining({ code: "wheel/invalid", details: { line: 3 } }),
  );
});
