import { expect, test } from "vitest";
import { activationScripts } from "./activate-scripts.ts";

const facts = {
  root: "/tmp/it's 100% $(here)!",
  scriptsFolder: "bin",
  prompt: "a\"b'c$(d)`e`%f\\g!h",
  sitePackages: ["../lib/python3.12/site-packages"],
  isRelocatable: false,
};

const script = (name: string, changes: Partial<typeof facts> = {}): string =>
  activationScripts({ ...facts, ...changes }).get(name) ?? "";

test("activationScripts() serve the shells that uv's do", () => {
  expect([...activationScripts(facts).keys()].toSorted()).toEqual([
    "activate",
    "activate.bat",
    "activate.csh",
    "activate.fish",
    "activate.nu",
    "activate.ps1",
    "activate.xsh",
    "activate_this.py",
    "deactivate.bat",
    "pydoc.bat",
  ]);
});

test.each([
  ["activate", "VIRTUAL_ENV='/tmp/it'\\''s 100% $(here)!'"],
  ["activate.csh", "setenv VIRTUAL_ENV '/tmp/it'\\''s 100% $(here)\\!'"],
  ["activate.fish", "set -gx VIRTUAL_ENV '/tmp/it\\'s 100% $(here)!'"],
  ["activate.nu", `let root = "/tmp/it's 100% $(here)!"`],
  ["activate.xsh", `$VIRTUAL_ENV = "/tmp/it's 100% $(here)!"`],
  ["activate.bat", `@set "VIRTUAL_ENV=/tmp/it's 100%% $(here)!"`],
])("activationScripts() quotes the folder as %s needs it", (name, line) => {
  const lines = script(name).split(/\r?\n/);
  expect(lines.map((text) => text.trim())).toContain(line);
});

// Promise: a command runs no program that the folder it runs in chose
// Attack: a checked-out folder in which an environment is made has one of PowerShell's typographic quotes in its name, and a command after it
test("activationScripts() double everything that PowerShell takes for a single quote", () => {
  const prompt = "a'b\u2018c\u2019d\u201ae\u201bf";
  const line = script("activate.ps1", { prompt })
    .split("\n")
    .find((text) => text.startsWith("$env:VIRTUAL_ENV_PROMPT"));
  expect(line).toBe("$env:VIRTUAL_ENV_PROMPT = 'a''b\u2018\u2018c\u2019\u2019d\u201a\u201ae\u201b\u201bf'");
});

test.each(["activate", "activate.csh"])(
  "activationScripts() puts nothing into the prompt of %s that runs",
  (name) => {
    const line = script(name)
      .split("\n")
      .find((text) => /^\s*(?:PS1=|set prompt = )'/.test(text));
    expect(line).toContain("(a\"b'\\''c_(d)_e__f_g_h) ");
  },
);

test("activationScripts() of a relocatable environment hold no absolute path where the shell allows it", () => {
  const scripts = activationScripts({ ...facts, root: "/unmovable", isRelocatable: true });
  const holding = [...scripts].filter(([, text]) => text.includes("/unmovable")).map(([name]) => name);
  expect(holding).toEqual(["activate.xsh"]);
  expect(scripts.has("activate.csh")).toBe(false);
});

test("activationScripts() for cmd.exe end their lines as it wants them", () => {
  expect(script("activate.bat").replaceAll("\r\n", "")).not.toContain("\n");
});
