import { describe, expect, test } from "vitest";

import { fakeEnvironment } from "../../../test/install-environment.ts";
import type { EntryPoint } from "../../pep/files/entry-points.ts";
import { checkCommandName, commandsOf, interpreterLine, launcherText, rewriteFirstLine } from "./scripts.ts";
import type { InstallTarget } from "../installation.ts";

const target = fakeEnvironment();
const withPython = (executable: string | undefined, more: Partial<InstallTarget> = {}): InstallTarget => ({
  ...target,
  ...more,
  executable,
});
const command = (name: string, attribute: string | undefined = "main", module = "tool.cli"): EntryPoint => ({
  group: "console_scripts",
  name,
  module,
  attribute,
  extras: [],
});

describe("interpreterLine", () => {
  test("names the Python, through the shell where the kernel would cut or split the line", () => {
    expect(interpreterLine(withPython("/venv/bin/python"))).toBe("#!/venv/bin/python");
    expect(interpreterLine(withPython("/my venv/bin/python"))).toBe(
      `#!/bin/sh\n'''exec' '/my venv/bin/python' "$0" "$@"\n' '''`,
    );
    expect(interpreterLine(withPython("/it's here/python"))).toContain(`'/it'"'"'s here/python'`);
    const longest = `/${"x".repeat(123)}`;
    expect(interpreterLine(withPython(longest))).toBe(`#!${longest}`);
    expect(interpreterLine(withPython(`${longest}x`))).toContain("/bin/sh");
  });

  test("finds the Python beside the script in an environment that may be moved, and on the PATH without one", () => {
    const inside = withPython(`${target.scheme.scripts}/python`, { isRelocatable: true });
    expect(interpreterLine(inside)).toBe(
      `#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python' "$0" "$@"\n' '''`,
    );
    expect(interpreterLine(withPython("/usr/bin/python3", { isRelocatable: true }))).toBe(
      "#!/usr/bin/python3",
    );
    expect(interpreterLine(withPython(undefined))).toBe("#!/usr/bin/env python3");
  });
});

describe("launcherText", () => {
  test("imports the first name and calls the whole", () => {
    expect(launcherText(command("tool", "Cli.run"), "#!/venv/bin/python")).toBe(`#!/venv/bin/python
# -*- coding: utf-8 -*-
import sys
from tool.cli import Cli
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(Cli.run())
`);
  });
});

describe("rewriteFirstLine", () => {
  test("replaces the placeholder's line and keeps every other byte", () => {
    const rewrite = (text: string): string | undefined =>
      rewriteFirstLine(Buffer.from(text, "latin1"), withPython("/p"))?.toString("latin1");
    expect(rewrite("#!python\nprint('\xff')\n")).toBe("#!/p\nprint('\xff')\n");
    expect(rewrite("#!pythonw -E\r\nx")).toBe("#!/p\nx");
    expect(rewrite("#!python")).toBe("#!/p\n");
    expect(rewrite("#!/usr/bin/python\n")).toBeUndefined();
    expect(rewrite("#!pyth")).toBeUndefined();
    expect(rewrite("")).toBeUndefined();
  });
});

describe("commandsOf", () => {
  test("takes both groups of commands, and gives `pip3` the version of the target", () => {
    const window: EntryPoint = { ...command("window"), group: "gui_scripts" };
    const other: EntryPoint = { ...command("plugin"), group: "pytest11" };
    const namesOf = (...names: readonly string[]): readonly string[] => [
      ...commandsOf([...names.map((name) => command(name)), window, other], target, "x.whl").keys(),
    ];
    expect(namesOf("pip3.9", "pip", "pip3")).toEqual(["pip", "pip3", "pip3.11", "window"]);
    expect(namesOf("pip3.9", "pip", "pip2", "pip4.2")).toEqual(["pip", "pip2", "pip4.2", "window"]);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a wheel of some hundred kilobytes states hundreds of thousands of commands, each of which becomes a file
  test("refuses more commands than any project has", () => {
    const commands = Array.from({ length: 10_001 }, (_, at) => command(`tool${at}`));
    expect(() => commandsOf(commands, target, "x.whl")).toThrow("it has more than 10000 commands");
    expect(commandsOf(commands.slice(1), target, "x.whl").size).toBe(10_000);
  });

  test("refuses names that leave the folder or replace the interpreter, whatever their case", () => {
    const outside = ["../x", "a/b", "a\\b", "..", ".", "", " x", "x ", "a\0", "a\nb", "c:x"];
    const interpreters = [
      "python",
      "Python3",
      "python3.11",
      "PYTHON.EXE",
      "pythonw",
      "python3.13t",
      "pypy3",
      "graalpy",
      "python.py",
    ];
    for (const name of [...outside, ...interpreters]) {
      expect(() => checkCommandName(name, "x.whl")).toThrow(
        expect.objectContaining({ code: "wheel/invalid" }),
      );
    }
    const harmless = [
      "python-argcomplete-check-easy-install-script",
      "ipython",
      "pip",
      "x.y",
      "pythonic",
      "activate",
    ];
    for (const name of harmless) expect(() => checkCommandName(name, "x.whl")).not.toThrow();
  });

  test("refuses what names no function, also where it could be code", () => {
    const broken = [
      { ...command("x"), attribute: undefined },
      command("x", "a b"),
      command("x", "f();evil"),
      command("x", "f", "a-b"),
    ];
    for (const entryPoint of broken)
      expect(() => commandsOf([entryPoint], target, "x.whl")).toThrow("does not name a function");
  });
});
