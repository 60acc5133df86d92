// Every flag that `--help` of uv 0.13.9 and pip 26.3 lists, for the commands that Pinion has: it is accepted, or listed in
// flag-differences.json with the reason.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, inject, test } from "vitest";
import { readCommandLine } from "../../src/cli/grammar/program.ts";
import { isPinionError } from "../../src/errors.ts";
import { installedPeer } from "./programs.ts";
import { uv } from "./peers.ts";

const DIFFERENCES = JSON.parse(
  readFileSync(new URL("flag-differences.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

interface Tool {
  readonly name: "uv" | "pip";
  /** What starts it; undefined where it is not installed. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** Its commands, and what Pinion calls them. */
  readonly commands: readonly (readonly [theirs: readonly string[], ours: readonly string[]])[];
}

const PIP = ["install", "download", "uninstall", "freeze", "list", "show", "check", "wheel"];
const UV_PIP = ["compile", "sync", "install", "uninstall", "freeze", "list", "show", "tree", "check"];
const uvProgram = uv("0.13.9").program;
const pipProgram = installedPeer(inject("peers"), "pip", "python");

const TOOLS: readonly Tool[] = [
  {
    name: "uv",
    command: uvProgram === undefined ? undefined : [uvProgram],
    commands: [
      ...UV_PIP.map(
        (word) =>
          [
            ["pip", word],
            ["pip", word],
          ] as const,
      ),
      ...["dir", "size", "clean", "prune"].map(
        (word) =>
          [
            ["cache", word],
            ["cache", word],
          ] as const,
      ),
      [["venv"], ["venv"]],
      [["build"], ["build"]],
    ],
  },
  {
    name: "pip",
    command: pipProgram === undefined ? undefined : [pipProgram, "-m", "pip"],
    commands: [
      ...PIP.map((word) => [[word], ["pip", word]] as const),
      [["cache"], ["cache", "dir"]],
      [["config"], ["config"]],
    ],
  },
];

describe.each(TOOLS)("$name", ({ name, command, commands }) => {
  test
    .skipIf(command === undefined)
    .each(commands.map(([theirs, ours]) => [theirs.join(" "), theirs, ours] as const))(
    `every flag of \`${name} %s\``,
    (shown, theirs, ours) => {
      const flags = flagsOf(command ?? [""], theirs);
      expect(flags.length).toBeGreaterThan(10);
      const refused = flags.filter(({ spelling, hasValue }) =>
        isRefused([...ours, spelling, ...(hasValue ? ["1"] : [])]),
      );
      const listed = Object.keys(DIFFERENCES).filter((key) =>
        flags.some(({ spelling }) => key === `${name} ${shown} ${spelling}`),
      );
      expect(refused.map(({ spelling }) => `${name} ${shown} ${spelling}`).toSorted()).toEqual(
        listed.toSorted(),
      );
    },
  );
});

const UV = TOOLS[0];

test.skipIf(uvProgram === undefined).each(UV?.commands ?? [])(
  "the values of the options of `uv %j` have the names that uv gives them",
  (theirs, ours) => {
    const uvNames = valueNames(helpOf([uvProgram ?? ""], theirs));
    const names = valueNames(pinionHelp(ours));
    const shared = [...names].filter(([flag]) => uvNames.has(flag));
    expect(shared.length).toBeGreaterThan(3);
    expect(shared).toEqual(shared.map(([flag]) => [flag, uvNames.get(flag)]));
  },
);

test("every difference is of a flag that there is", () => {
  const known = new Set(
    TOOLS.flatMap(({ name, command, commands }) =>
      command === undefined
        ? Object.keys(DIFFERENCES).filter((key) => key.startsWith(`${name} `))
        : commands.flatMap(([theirs]) =>
            flagsOf(command, theirs).map(({ spelling }) => `${name} ${theirs.join(" ")} ${spelling}`),
          ),
    ),
  );
  expect(Object.keys(DIFFERENCES).filter((key) => !known.has(key))).toEqual([]);
});

interface Flag {
  readonly spelling: string;
  readonly hasValue: boolean;
}

/** Each spelling that help lists at the beginning of a line: `-t, --target <dir>`, `--log-file`. */
function flagsOf(program: readonly string[], words: readonly string[]): readonly Flag[] {
  const help = helpOf(program, words);
  return help.split("\n").flatMap((line) => {
    const head =
      /^ {2,6}(-{1,2}[A-Za-z][^\s,]*(?: <[^>]*>| \[[^\]]*\])?(?:, -{1,2}[A-Za-z][^\s,]*(?: <[^>]*>)?)*)/.exec(
        line,
      )?.[1];
    if (head === undefined) return [];
    const hasValue = head.includes("<");
    return [...head.matchAll(/(?:^|, )(-{1,2}[A-Za-z][\w-]*)/g)].map(([, spelling = ""]) => ({
      spelling,
      hasValue,
    }));
  });
}

function helpOf([program, ...first]: readonly string[], words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program ?? "", [...first, ...words, "--help"], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "200", NO_COLOR: "1" },
  });
  if (status !== 0) throw new Error(`no help: ${stderr}`);
  return stdout;
}

function pinionHelp(words: readonly string[]): string {
  const help = readCommandLine([...words, "--help"], "1.0");
  return "text" in help ? help.text : "";
}

/** `FILE` by `--cert`, of each option that help lists. */
function valueNames(help: string): ReadonlyMap<string, string> {
  return new Map(
    [...help.matchAll(/^ {2,6}(?:-\w, )?(--[a-z-]+) \[?<([^>]+)>/gm)].map(([, flag = "", name = ""]) => [
      flag,
      name,
    ]),
  );
}

/** Whether the flag is not known; another objection, such as a value that means nothing, is not one. */
function isRefused(words: readonly string[]): boolean {
  try {
    readCommandLine(words, "1.0");
    return false;
  } catch (error) {
    if (isPinionError(error, "usage/unsupported")) return true;
    return isPinionError(error, "usage/invalid-argument") && error.message.includes("unexpected argument");
  }
}
