// A handful of small real packages that depend on each other, with a history: what the laboratory's index serves.

import { makeWheel } from "./make-wheel.ts";
import type { LabWheel, WheelSpec } from "./make-wheel.ts";

/**
 * `greeter` (command `greet`, extra `color`) needs `wordlist` and, for the extra, `paint`; `fastcount` has wheels per
 * platform; `legacy-tool` wants `wordlist<2`, and `wordlist` 3.0.0b1 is a pre-release.
 */
export function sampleWheels(): readonly LabWheel[] {
  return SPECS.map(makeWheel);
}

function wordlist(version: string, words: readonly string[]): WheelSpec {
  return {
    name: "wordlist",
    version,
    summary: "Words to greet with",
    requiresPython: ">=3.8",
    files: {
      "wordlist/__init__.py": `from importlib.resources import files

__version__ = ${JSON.stringify(version)}


def words():
    return files(__name__).joinpath("words.txt").read_text(encoding="utf-8").split()
`,
      "wordlist/words.txt": `${words.join("\n")}\n`,
    },
  };
}

function greeter(version: string, requirement: string): WheelSpec {
  return {
    name: "greeter",
    version,
    summary: "Greets whom you name",
    requiresPython: ">=3.8",
    requires: [requirement, 'paint>=1.0 ; extra == "color"'],
    extras: ["color"],
    consoleScripts: { greet: "greeter.command:main" },
    files: {
      "greeter/__init__.py": `from wordlist import words

__version__ = ${JSON.stringify(version)}


def greet(name):
    return f"{words()[0].capitalize()}, {name}!"
`,
      "greeter/command.py": `import sys

from greeter import greet


def main():
    text = greet(" ".join(sys.argv[1:]) or "world")
    try:
        from paint import green
    except ImportError:
        green = str
    print(green(text))
`,
      "greeter/py.typed": "",
    },
  };
}

function fastcount(tag: string): WheelSpec {
  return {
    name: "fastcount",
    version: "1.4.0",
    summary: "Counts words; one wheel per platform",
    tag,
    files: {
      "fastcount/__init__.py": `BUILT_FOR = ${JSON.stringify(tag)}\n\n\ndef count(text):\n    return len(text.split())\n`,
    },
  };
}

const SPECS: readonly WheelSpec[] = [
  wordlist("1.0.0", ["hello"]),
  wordlist("1.1.0", ["hello", "hi"]),
  wordlist("2.0.0", ["hello", "hi", "good day"]),
  wordlist("3.0.0b1", ["ahoy"]),
  greeter("1.0.0", "wordlist>=1.0"),
  greeter("1.1.0", "wordlist>=1.1,<3"),
  greeter("2.0.0", "wordlist>=2.0"),
  {
    name: "paint",
    version: "1.2.0",
    summary: "Colours for terminals",
    files: { "paint.py": 'def green(text):\n    return f"\\x1b[32m{text}\\x1b[0m"\n' },
  },
  fastcount("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"),
  fastcount("cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64"),
  fastcount("cp311-cp311-macosx_11_0_arm64"),
  fastcount("cp311-cp311-win_amd64"),
  fastcount("py3-none-any"),
  {
    name: "legacy-tool",
    version: "0.9",
    summary: "Stuck on an old word list",
    requires: ["wordlist<2"],
    files: { "legacy_tool.py": "from wordlist import words\n" },
  },
];
