// What the real shells offer after the generated scripts were loaded.

import { describe, expect, test } from "vitest";

import { hasProgram, World } from "./support/world.ts";

const LINES: readonly (readonly [line: string, offered: readonly string[], kept: readonly string[]])[] = [
  ["pinion ", ["pip", "venv", "cache", "doctor"], ["install", "--help"]],
  ["pinion pip ", ["install", "uninstall", "freeze"], ["venv"]],
  ["pinion pip in", ["install"], ["uninstall"]],
  ["pinion pip install --ind", ["--index-url", "--index-strategy"], ["--find-links"]],
  ["pinion pip install --link-mode ", ["hardlink", "copy"], ["install"]],
];

async function script(world: World, shell: string): Promise<string> {
  const { stdout, code } = await world.run(["generate-shell-completion", shell]);
  expect(code).toBe(0);
  return world.write(`completion.${shell}`, stdout);
}

/** One candidate a line, as each shell can be asked for them without a person. */
const ASK = {
  bash: (path: string, line: string) =>
    `source ${path}; COMP_LINE=${JSON.stringify(line)}; read -ra COMP_WORDS <<< "$COMP_LINE"; ` +
    `[[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _pinion; printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (path: string, line: string) => `source ${path}; complete -C ${JSON.stringify(line)} | cut -f1`,
};

describe.for(["bash", "fish"] as const)("completion for %s", (shell) => {
  test.runIf(hasProgram(shell))("offers commands, options and values", async () => {
    await using world = await World.create();
    const path = await script(world, shell);
    for (const [line, offered, kept] of LINES) {
      const run = await world.program(shell, ["-c", ASK[shell](path, line)]);
      const found = run.stdout.split("\n").map((word) => word.trim());
      expect(found, `${line}: ${run.stderr}`).toEqual(expect.arrayContaining([...offered]));
      for (const word of kept) expect(found, line).not.toContain(word);
    }
  });
});

describe("completion for zsh", () => {
  test.runIf(hasProgram("zsh"))("is loaded without an error, and registered", async () => {
    await using world = await World.create();
    const path = await script(world, "zsh");
    const load = `autoload -U compinit; compinit -u -d ${world.directory}/dump; source ${path}; echo $_comps[pinion]`;
    const run = await world.program("zsh", ["-f", "-c", load]);
    expect([run.stdout, run.stderr]).toEqual(["_pinion\n", ""]);
  });
});

test("another shell is refused with those that there are", async () => {
  await using world = await World.create();
  const run = await world.cli(["generate-shell-completion", "tcsh"]);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("expected bash, zsh, fish");
});
