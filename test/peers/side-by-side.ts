// One command line through a real uv and through Pinion, each in a world of its own against the same index: what both
// print, how they end and what is installed then, with times, paths and the tools' own names masked.

import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunningIndex } from "../../src/lab/index/index-server.ts";
import { World, type CliRun } from "../support/world.ts";

export interface CommandLine {
  /** What the case is called in its test and among the differences. */
  readonly name: string;
  /** `[INDEX]` stands for the index's URL, `[FLAT]` for its page of links, `[WHEELS]` for a folder of its wheels. */
  readonly args: readonly string[];
  /** Command lines that run before; what they print is not compared. */
  readonly before?: readonly (readonly string[])[];
  /** Written into the working folder; `[INDEX]` and the others are replaced here too. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Whether the working folder has a `.venv`; it has by default. */
  readonly hasVenv?: false;
}

export interface Outcome extends CliRun {
  /** The `.dist-info` folders of `.venv` afterwards. */
  readonly installed: readonly string[];
}

export interface Stage {
  readonly index: RunningIndex;
  /** A virtual environment that is copied for each run. */
  readonly venv: string;
  /** A folder of the index's wheels. */
  readonly wheels: string;
}

/** Runs a command line through one tool, in a fresh world. */
export async function runThrough(
  tool: "pinion" | { readonly uv: string },
  { args, before = [], files = {}, env = {}, input, hasVenv }: CommandLine,
  stage: Stage,
): Promise<Outcome> {
  await using world = await World.create({ cache: "empty" });
  const fill = (text: string): string =>
    text
      .replaceAll("[INDEX]", stage.index.url)
      .replaceAll("[FLAT]", stage.index.flatUrl)
      .replaceAll("[WHEELS]", stage.wheels);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(world.project, path)), { recursive: true });
    writeFileSync(join(world.project, path), fill(text));
  }
  const venv = join(world.project, ".venv");
  if (hasVenv !== false) cpSync(stage.venv, venv, { recursive: true, verbatimSymlinks: true });
  const run = async (words: readonly string[]): Promise<CliRun> => {
    const filled = words.map(fill);
    const options = {
      env: {
        ...OF_BOTH,
        ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)])),
      },
      ...(input === undefined ? {} : { input: fill(input) }),
    };
    if (tool === "pinion") return await world.run(filled, options);
    return await world.program(tool.uv, filled, {
      ...options,
      env: { ...options.env, UV_CACHE_DIR: world.cache, PINION_CACHE_DIR: undefined },
    });
  };
  for (const words of before) await run(words);
  const { code, stdout, stderr } = await run(args);
  const mask = (text: string): string => maskTool(world.filter(text), stage);
  return { code, stdout: mask(stdout), stderr: mask(stderr), installed: installedIn(venv) };
}

function maskTool(text: string, { index, wheels }: Stage): string {
  return (
    text
      .replaceAll(wheels, "[WHEELS]")
      .replaceAll(`localhost:${index.port}`, "localhost:[PORT]")
      .replaceAll(/\b(uv|pinion)\b/gi, "[TOOL]")
      .replaceAll(/\b(UV|PINION)_/g, "[TOOL]_")
      // The form of usage is each tool's own.
      .replaceAll(/^Usage: .*$/gm, "[USAGE]")
      .replaceAll(/'(--[a-z-]+) <[^']*>'/g, "'$1 <[VALUE]>'")
      .replaceAll(/^ {2}<package\|.*>$/gim, "  [PACKAGES]")
  );
}

function installedIn(venv: string): readonly string[] {
  const library = join(venv, "lib");
  if (!existsSync(library)) return [];
  return readdirSync(library)
    .flatMap((python) => readdirSync(join(library, python, "site-packages")))
    .filter((name) => name.endsWith(".dist-info"))
    .toSorted();
}

const OF_BOTH: Readonly<Record<string, string>> = {
  SHELL: "/bin/bash",
  UV_PYTHON_DOWNLOADS: "never",
  UV_HTTP_RETRIES: "0",
};
