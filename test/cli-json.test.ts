// `--json` is one document of data, whichever command prints it.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/cli/command-table/commands.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage } from "./support/command-stage.ts";
import { smallBackend, treeWithBackend } from "./support/source-trees.ts";

/** Each command with the words that make it print something; those that need a server of their own are tried elsewhere. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  "pip install": ["paint"],
  "pip sync": ["pins.txt"],
  "pip compile": ["r.in"],
  "pip download": ["paint", "-d", "downloaded"],
  "pip wheel": ["paint", "-w", "wheels"],
  build: ["project", "--wheel", "-o", "built"],
  "pip uninstall": ["paint"],
  "pip list": [],
  "pip freeze": [],
  "pip show": ["greeter"],
  "pip tree": [],
  "pip check": [],
  "lock diff": ["pylock.toml", "pylock.toml"],
  "lock verify": ["pylock.toml"],
  venv: ["made"],
  "cache dir": [],
  "cache size": [],
  "cache verify": [],
  "cache pull": ["--lock", "pylock.toml"],
  "cache export": ["--lock", "pylock.toml", "-o", "files.tar"],
  "cache import": ["files.tar"],
  "cache prune": [],
  "cache clean": ["paint"],
  config: [],
  "trust list": [],
  doctor: [],
  "lab list": [],
  "self check": [],
  "generate-man-page": [],
  "generate-shell-completion": ["bash"],
};
/** They wait for Ctrl-C, for a confirmation or for a store; the demonstration refuses the flag. */
const ELSEWHERE: readonly string[] = ["demo", "lab serve", "trust add", "trust remove", "cache push"];

test(
  "every command prints one document with --json, and nothing else to standard output",
  { timeout: 240_000 },
  async () => {
    await using stage = await commandStage({
      commands: "called",
      packages: [
        makeWheel({ name: "paint", version: "1.0" }),
        makeWheel({ name: "greeter", version: "1.0", requires: ["paint"] }),
      ],
    });
    const env = { PINION_DEFAULT_INDEX: stage.index.url };
    const folder = stage.world.project;
    writeFileSync(join(folder, "r.in"), "greeter\n");
    writeFileSync(join(folder, "pins.txt"), "greeter==1.0\npaint==1.0\n");
    const tree = treeWithBackend(smallBackend("thing", "1.0"));
    for (const [path, content] of Object.entries(tree)) stage.world.write(`project/project/${path}`, content);
    await stage.pinion(["pip", "compile", "r.in", "-o", "pylock.toml", "-q"], { env });
    const all = COMMANDS.map(({ words }) => words.join(" "));
    expect([...Object.keys(LINES), ...ELSEWHERE].toSorted()).toEqual(all.toSorted());
    for (const [command, words] of Object.entries(LINES)) {
      const run = await stage.pinion([...command.split(" "), ...words, "--json"], {
        env,
        timeoutMs: 120_000,
      });
      const lines = run.stdout.trimEnd().split("\n");
      expect([command, lines.length, isDocument(lines[0] ?? "")]).toEqual([command, 1, true]);
    }
  },
);

test("what the documents hold is data: a graph, a path, where files came from and their hashes", async () => {
  const greeter = makeWheel({ name: "greeter", version: "1.0", requires: ["paint"] });
  await using stage = await commandStage({
    commands: "called",
    packages: [makeWheel({ name: "paint", version: "1.0" }), greeter],
  });
  const json = async (...words: readonly string[]): Promise<unknown> =>
    JSON.parse((await stage.pinion([...words, "--json"])).stdout);
  const sha256 = createHash("sha256").update(greeter.bytes).digest("hex");
  expect(await json("pip", "install", "--index-url", stage.index.url, "greeter")).toMatchObject({
    changes: [
      {
        action: "added",
        name: "greeter",
        version: "1.0",
        file: { url: expect.stringMatching(/^http:.*\/greeter-1\.0-py3-none-any\.whl$/), hashes: { sha256 } },
      },
      { action: "added", name: "paint", version: "1.0" },
    ],
  });
  expect(await json("pip", "tree")).toMatchObject({
    roots: ["greeter"],
    edges: [{ from: "greeter", to: "paint" }],
    nodes: [
      { name: "greeter", version: "1.0" },
      { name: "paint", version: "1.0" },
    ],
  });
  expect(await json("cache", "dir")).toEqual({ directory: "[CACHE]" });
});

test("the demonstration, which is text for people, says that it has no document", async () => {
  await using stage = await commandStage({ commands: "called" });
  const run = await stage.pinion(["demo", "--json"]);
  expect([run.code, JSON.parse(run.stdout)]).toMatchObject([2, { error: { code: "usage/unsupported" } }]);
});

/** An object or a list, not a string that holds text. */
function isDocument(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !("error" in value);
  } catch {
    return false;
  }
}
