import { describe, expect, test } from "vitest";
import { hoistFlags } from "./hoist.ts";

const COMMANDS = [["pip", "install"], ["pip", "list"], ["venv"]];

describe("hoistFlags()", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a flag with its value", "--cache-dir here pip list", "pip list --cache-dir here"],
    ["a flag with its value in one word", "--cache-dir=here pip list", "pip list --cache-dir=here"],
    ["between the words of a command", "pip -q --offline list -e", "pip list -q --offline -e"],
    ["short flags in one word", "-qqv pip list", "pip list -qqv"],
    ["an opposite", "--no-offline pip list", "pip list --no-offline"],
    ["an alias", "--native-tls pip list", "pip list --native-tls"],
    ["nothing after the command", "venv --offline x --cache-dir y", "venv --offline x --cache-dir y"],
    ["nothing where a flag is unknown", "--frob pip list", "--frob pip list"],
    ["nothing where short flags are unknown", "-qX pip list", "-qX pip list"],
    ["nothing of help", "--help pip list", "--help pip list"],
    ["nothing without a command", "-q", "-q"],
    [
      "options without effect",
      "--preview-features x --preview pip list",
      "pip list --preview-features x --preview",
    ],
    ["a flag without its value, to be refused there", "venv --cache-dir", "venv --cache-dir"],
  ];
  test.each(cases)("moves %s", (_, written, expected) => {
    const settings = ["quiet", "verbose", "offline", "cache-dir", "system-certs"] as const;
    const options = [{ flag: "--preview" }, { flag: "--preview-features <features>" }];
    expect(hoistFlags(written.split(" "), COMMANDS, { settings, options }).join(" ")).toBe(expected);
  });
});
