// On a terminal: bars while something comes, colours, and nothing that moves left at the end. Without one: plain lines.

import { randomBytes } from "node:crypto";
import { describe, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage } from "./support/command-stage.ts";
import { onTerminal } from "./support/terminal.ts";
import { hasProgram } from "./support/world.ts";

const ESCAPE = "\u001B";
const CTRL_C = "\u0003";
const LARGE = makeWheel({ name: "large", version: "1.0", files: { "large/data.bin": randomBytes(400_000) } });

describe.skipIf(process.platform === "win32" || !hasProgram("python3"))("on a terminal", () => {
  test("bars move while a wheel comes, and go", async ({ expect }) => {
    await using stage = await commandStage({
      packages: [LARGE],
      oddities: [{ kind: "slow", octetsPerSecond: 400_000, on: "files" }],
    });
    const { screen, code } = await onTerminal(stage.world, [
      "pip",
      "install",
      "--index-url",
      stage.index.url,
      "large",
    ]);
    expect(code).toBe(0);
    expect(screen).toMatch(/large-1\.0-py3-none-any\.whl .*━/);
    expect(screen).toContain(`${ESCAPE}[?25l`);
    expect(screen.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(screen.lastIndexOf(`${ESCAPE}[?25l`));
    expect(screen).toContain(`${ESCAPE}[32m+${ESCAPE}[39m`);
    expect(screen.slice(screen.indexOf("Installed"))).not.toContain("━");
    expect(lastScreen(screen)).toMatch(/^Resolved .*\nPrepared .*\nInstalled .*\n \+ large==1\.0$/);
  });

  test("--no-progress, -q, NO_COLOR and TERM=dumb keep it still", async ({ expect }) => {
    await using stage = await commandStage({ packages: [LARGE] });
    const args = ["pip", "install", "--reinstall", "--no-cache", "--index-url", stage.index.url, "large"];
    expect((await onTerminal(stage.world, [...args, "--no-progress"])).screen).not.toContain("━");
    expect((await onTerminal(stage.world, [...args, "-q"])).screen).toBe("");
    expect(
      (await onTerminal(stage.world, [...args, "--no-progress"], { env: { NO_COLOR: "1" } })).screen,
    ).not.toContain(ESCAPE);
    expect(
      (await onTerminal(stage.world, [...args, "--no-progress"], { env: { TERM: "dumb" } })).screen,
    ).not.toContain(ESCAPE);
  });

  test("what is piped on is plain, though the terminal is coloured", async ({ expect }) => {
    await using stage = await commandStage();
    await stage.install("paint");
    const { screen } = await onTerminal(stage.world, ["pip", "freeze"]);
    expect(screen).toContain(`${ESCAPE}[1mpaint${ESCAPE}[22m==1.2.0`);
    expect((await stage.pinion(["pip", "freeze"])).stdout).toBe("paint==1.2.0\n");
  });

  test("Ctrl-C brings the cursor back", async ({ expect }) => {
    await using stage = await commandStage({
      packages: [LARGE],
      oddities: [{ kind: "stall", after: 200_000, on: "files" }],
    });
    const { screen, code } = await onTerminal(
      stage.world,
      ["pip", "install", "--index-url", stage.index.url, "large"],
      { typed: { after: "━", text: CTRL_C } },
    );
    expect(code).toBe(130);
    expect(screen.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(screen.lastIndexOf(`${ESCAPE}[?25l`));
  });
});

/** What a terminal shows in the end: enough of its commands for what moves here. */
function lastScreen(written: string): string {
  const lines: string[] = [""];
  let row = 0;
  for (const [piece] of written.matchAll(/\u001B\[\??[\d;]*[A-Za-z]|\r|\n|[^\r\n\u001B]+/g)) {
    const [, amount, command] = /^\u001B\[\??([\d;]*)([A-Za-z])$/.exec(piece) ?? [];
    if (piece === "\n") row += 1;
    else if (command === "A") row -= Number(amount === "" ? 1 : amount);
    else if (command === "J") lines.splice(row, lines.length, "");
    else if (command === "K") lines[row] = "";
    else if (command === undefined && piece !== "\r") lines[row] = `${lines[row] ?? ""}${piece}`;
  }
  return lines.join("\n");
}
