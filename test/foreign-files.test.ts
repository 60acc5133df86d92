// Files of an environment and of a project that are not files: no command waits for them, or reads without end.

import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { commandStage, type CommandStage } from "./support/command-stage.ts";

interface Case {
  /** Below the `.dist-info` folder, or the project. */
  readonly file: string;
  readonly in: "dist-info" | "project" | "environment";
  readonly commands: readonly string[];
  /** None where it depends on the Pythons of the machine. */
  readonly code?: number;
}

const INDEX = "--no-index --find-links";
const CASES: readonly Case[] = [
  { file: "RECORD", in: "dist-info", commands: ["show --files greeter", "tree --show-sizes"], code: 0 },
  { file: "RECORD", in: "dist-info", commands: ["uninstall greeter"], code: 2 },
  { file: "direct_url.json", in: "dist-info", commands: ["freeze", "list"], code: 0 },
  { file: "WHEEL", in: "dist-info", commands: ["check"], code: 1 },
  { file: "INSTALLER", in: "dist-info", commands: ["show greeter"], code: 0 },
  { file: "pyvenv.cfg", in: "environment", commands: ["list"] },
  { file: "links.html", in: "project", commands: [`install ${INDEX} links.html absent`], code: 2 },
  {
    file: "absent-1.0-py3-none-any.whl",
    in: "project",
    commands: ["install ./absent-1.0-py3-none-any.whl"],
    code: 1,
  },
  {
    file: "absent-1.0-py3-none-any.whl",
    in: "project",
    commands: [
      `install ${INDEX} . absent`,
      `install ${INDEX} . absent==1.0 --no-deps`,
      `download ${INDEX} . absent --dest out`,
      `download ${INDEX} . absent --no-deps --dest out`,
      `install ${INDEX} . absent --only-binary absent --dry-run`,
    ],
    code: 1,
  },
  {
    file: "absent-1.0.tar.gz",
    in: "project",
    commands: [`install ${INDEX} . absent`, `download ${INDEX} . absent --no-deps --dest out`],
  },
  { file: "absent-1.0.tar.gz", in: "project", commands: ["install ./absent-1.0.tar.gz"], code: 1 },
  {
    file: "out.txt",
    in: "project",
    commands: [`compile ${INDEX} . --output-file out.txt missing.in`],
    code: 2,
  },
];

describe.skipIf(process.platform === "win32").concurrent("a pipe in the place of", () => {
  // Promise: a file that a command did not write itself is read only if it is a file, up to a bound
  // Attack: a folder that was checked out holds pipes, and links to devices without end
  test.for(CASES)("$file: the command ends", async (given, { expect }) => {
    await using stage = await commandStage();
    if (given.in === "dist-info") await stage.install("greeter");
    const path = placeOf(stage, given);
    rmSync(path, { force: true });
    execFileSync("mkfifo", [path]);
    for (const command of given.commands) {
      const run = await stage.pinion(["pip", ...command.split(" ")]);
      expect([command, run.code, run.stderr]).toEqual([
        command,
        given.code ?? expect.any(Number),
        expect.any(String),
      ]);
    }
    rmSync(path);
    symlinkSync("/dev/zero", path);
    for (const command of given.commands) {
      const run = await stage.pinion(["pip", ...command.split(" ")]);
      expect([command, run.code, run.stderr]).toEqual([
        command,
        given.code ?? expect.any(Number),
        expect.any(String),
      ]);
    }
  });
});

function placeOf(stage: CommandStage, given: Case): string {
  const { world, venv } = stage;
  switch (given.in) {
    case "project":
      return join(world.project, given.file);
    case "environment":
      return join(venv, given.file);
    case "dist-info": {
      const greeter = stage.installed().find((name) => name.startsWith("greeter==")) ?? "";
      const site = execFileSync("sh", ["-c", `echo "${venv}"/lib/*/site-packages`], {
        encoding: "utf8",
      }).trim();
      return join(site, `${greeter.replace("==", "-")}.dist-info`, given.file);
    }
  }
}
