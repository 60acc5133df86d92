import { describe, expect, test } from "vitest";
import { PinionError } from "../../errors.ts";
import { Output, type OutputOptions } from "./output.ts";
import { renderError } from "./render-error.ts";

const NOT_FOUND = new PinionError("resolve/no-solution", "No solution found when resolving dependencies", {
  cause: new Error("Because a is not there, we can conclude that b is not usable.\n\nExpected:\n  sha256:00"),
  hints: ["Look elsewhere for a package with a name that is as long as this hint"],
});

function render(error: unknown, options: Partial<OutputOptions> = {}): string {
  let text = "";
  const screen = {
    isTerminal: false,
    stream: process.stderr,
    write: (written: string) => void (text += written),
    finish: (callback: () => void) => callback(),
  };
  const output = new Output({
    stdout: screen,
    stderr: screen,
    quiet: 0,
    verbose: 0,
    color: "never",
    isJson: false,
    hasProgress: false,
    env: {},
    ...options,
  });
  renderError(error, output);
  return text;
}

describe("renderError()", () => {
  test("prints the failure, its causes and the hints", () => {
    expect(render(NOT_FOUND)).toBe(`error: No solution found when resolving dependencies
  cause: Because a is not there, we can conclude that b is not usable.

         Expected:
           sha256:00

hint: Look elsewhere for a package with a name that is as long as this hint
`);
  });

  test("wraps at COLUMNS, and not where UV_NO_WRAP is set", () => {
    const wrapped = `error: No solution found when resolving
       dependencies
  cause: Because a is not there, we can
         conclude that b is not usable.

         Expected:
           sha256:00
`;
    expect(render(NOT_FOUND, { env: { COLUMNS: "40" } })).toContain(wrapped);
    expect(render(NOT_FOUND, { env: { COLUMNS: "wide" } })).toBe(render(NOT_FOUND));
    expect(render(NOT_FOUND, { env: { COLUMNS: "40", UV_NO_WRAP: "1" } })).toBe(render(NOT_FOUND));
  });

  test("leaves a usage error as it is laid out", () => {
    const usage = new PinionError(
      "usage/invalid-argument",
      "unexpected argument\n\nUsage: pinion pip install",
    );
    expect(render(usage, { env: { COLUMNS: "12" } })).toBe(`error: ${usage.message}\n`);
  });

  test("prints nothing with -qq", () => {
    expect(render(NOT_FOUND, { quiet: 1 })).toContain("error: No solution");
    expect(render(NOT_FOUND, { quiet: 2 })).toBe("");
  });
});
