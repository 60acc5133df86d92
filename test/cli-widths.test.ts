// What is printed fits the terminal: help, the doctor's report, tables and moving progress, by its width or by COLUMNS.

import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../src/cli/command-table/commands.ts";
import { readCommandLine } from "../src/cli/grammar/program.ts";
import { columnsOf } from "../src/doctor/report/layout.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage } from "./support/command-stage.ts";
import { onTerminal } from "./support/terminal.ts";
import { hasProgram, World } from "./support/world.ts";

const WIDTHS = [44, 80, 120, 200] as const;
/** Where help ends, however wide the terminal is. */
const WIDEST_HELP = 100;

describe("help", () => {
  const lines = [["--help"], ...COMMANDS.map(({ words }) => ["help", ...words])];

  test.each(WIDTHS)("of every command fits %i columns", (columns) => {
    const tooWide = lines.flatMap((line) =>
      linesBeyond(helpText(line, columns), Math.min(columns, WIDEST_HELP)).map((found) => [line, found]),
    );
    expect(tooWide).toEqual([]);
  });

  test("is the same without a terminal as on one of 100 columns, and uses them", () => {
    for (const line of lines) expect(helpText(line, undefined)).toBe(helpText(line, WIDEST_HELP));
    const install = helpText(["help", "pip", "install"], undefined).split("\n");
    expect(Math.max(...install.map((line) => line.length))).toBeGreaterThan(WIDEST_HELP - 20);
  });

  test("goes on after a backslash where an example is longer than a line", () => {
    expect(helpText(["help", "pip", "install"], 60)).toContain(
      "  $ pinion pip install -r requirements.txt \\\n    --index-url https://pypi.corp.example/simple",
    );
  });
});

describe("COLUMNS, where there is no terminal", () => {
  test.each(WIDTHS)("%i", async (columns) => {
    await using world = await World.create();
    const env = { COLUMNS: `${columns}` };
    const help = await world.cli(["pip", "install", "--help"], { env });
    expect(linesBeyond(help.stdout, Math.min(columns, WIDEST_HELP))).toEqual([]);
    const shapes = await world.cli(["lab", "list"], { env });
    expect([shapes.code, linesBeyond(shapes.stdout, columns)]).toEqual([0, []]);
  });
});

describe.skipIf(process.platform === "win32" || !hasProgram("python3"))("a terminal", () => {
  test.each(WIDTHS)("of %i columns", async (columns) => {
    const large = makeWheel({
      name: "a-rather-long-name",
      version: "1.0",
      files: { "large/data.bin": randomBytes(300_000) },
    });
    await using stage = await commandStage({
      packages: [large],
      oddities: [{ kind: "slow", octetsPerSecond: 300_000, on: "files" }],
    });
    const root = stage.world.authority("A private root that this machine does not trust");
    const index = await stage.world.index({ tls: root.issue("localhost") });
    const [help, shapes, doctor, installed] = await Promise.all([
      onTerminal(stage.world, ["pip", "install", "--help"], { columns }),
      onTerminal(stage.world, ["lab", "list"], { columns }),
      onTerminal(stage.world, ["doctor", index.url], { columns }),
      onTerminal(stage.world, ["pip", "install", "--index-url", stage.index.url, large.name], { columns }),
    ]);
    expect(piecesBeyond(help.screen, Math.min(columns, WIDEST_HELP))).toEqual([]);
    for (const { screen } of [shapes, doctor]) expect(piecesBeyond(screen, columns)).toEqual([]);
    expect(installed.screen).toMatch(/━/);
    expect(piecesBeyond(installed.screen, columns)).toEqual([]);
  });

  test("counts for less than COLUMNS", async () => {
    await using world = await World.create();
    const env = { COLUMNS: "60" };
    const { screen } = await onTerminal(world, ["lab", "list"], { columns: 200, env });
    expect(piecesBeyond(screen, 60)).toEqual([]);
  });
});

function helpText(line: readonly string[], columns: number | undefined): string {
  const help = readCommandLine(line, "1.0", () => columns);
  if (!("text" in help)) throw new Error("it is not a request for help");
  return help.text;
}

/** Lines that are too long, but for what is a single word: a path or URL is copied whole. */
function linesBeyond(text: string, columns: number): readonly string[] {
  return text
    .split("\n")
    .filter((line) => columnsOf(line) > columns && line.trim().replace(/ \\$/, "").includes(" "));
}

/** The same of what a terminal is sent: between two of its commands nothing is longer than a line. */
function piecesBeyond(screen: string, columns: number): readonly string[] {
  const rows = screen.replaceAll(/\u001B\[[\d;]*m/g, "").split(/\u001B\[\??[\d;]*[A-Za-z]|[\r\n]/);
  return linesBeyond(rows.join("\n"), columns);
}
