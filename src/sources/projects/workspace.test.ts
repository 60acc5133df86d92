import { lchownSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

import { readToml } from "../../base/formats/toml.ts";
import type { TomlTable } from "../../base/formats/toml-table.ts";
import { findWorkspace } from "./workspace.ts";

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "pinion-workspace-"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

function project(name: string, rest = ""): string {
  return `[project]\nname = "${name}"\n${rest}`;
}

function workspace(...members: readonly string[]): string {
  return project("root", `[tool.uv.workspace]\nmembers = ${JSON.stringify(members)}\n`);
}

function parsed(text: string): TomlTable {
  const found = readToml(text);
  return found.kind === "read" ? found.table : {};
}

describe("findWorkspace()", () => {
  test("finds the root above a folder that is written with a slash at its end, no higher than it may", async () => {
    const root = tree({ "pyproject.toml": workspace("lib"), "lib/pyproject.toml": project("lib") });
    const lib = parsed(project("lib"));
    expect((await findWorkspace(lib, `${join(root, "lib")}/`, root))?.folder).toBe(root);
    expect(await findWorkspace(lib, `${join(root, "lib")}/`, join(root, "lib"))).toBeUndefined();
  });

  // Promise: what came over the network names only what is on the network
  // Attack: the workspace of a repository has members above its checkout, and below any folder of this machine
  test("has no members outside of a folder that is not left", async () => {
    const text = workspace("lib", "../other", "../o*", `${tmpdir()}/*`);
    const root = tree({
      "checkout/pyproject.toml": text,
      "checkout/lib/pyproject.toml": project("lib"),
      "other/pyproject.toml": project("other"),
    });
    const checkout = join(root, "checkout");
    const names = async (noHigherThan?: string): Promise<readonly string[]> => [
      ...((await findWorkspace(parsed(text), checkout, noHigherThan))?.members.keys() ?? []),
    ];
    expect(await names(checkout)).toEqual(["root", "lib"]);
    expect(await names()).toContain("other");
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a repository has any number of the same long pyproject.toml, as members of a workspace and above its project
  test("reads some megabytes of projects and no more", async () => {
    const long = project("long", `# ${"x".repeat(1024 ** 2)}\n`);
    const deep = Array.from({ length: 9 }, (_, index) => `${"a/".repeat(index)}pyproject.toml`);
    const root = tree(Object.fromEntries(deep.map((file) => [file, long])));
    const document = parsed(workspace("**"));
    await expect(findWorkspace(document, root, undefined)).rejects.toMatchObject({
      code: "build/invalid-project",
    });
    await expect(findWorkspace({}, join(root, "a/".repeat(8)), root)).rejects.toMatchObject({
      code: "build/invalid-project",
    });
  });

  // Promise: no other user of the machine decides about the settings of a command
  // Attack: in a folder for everybody, a link of another user's leads to a file of this user's that suits the attacker
  test.skipIf(process.geteuid?.() !== 0)("takes no root by another user's link", async () => {
    const root = tree({ "kept.toml": workspace("lib"), "lib/pyproject.toml": project("lib") });
    symlinkSync("kept.toml", join(root, "pyproject.toml"));
    const lib = parsed(project("lib"));
    expect(await findWorkspace(lib, join(root, "lib"), undefined)).toBeDefined();
    lchownSync(join(root, "pyproject.toml"), 12_345, 12_345);
    expect(await findWorkspace(lib, join(root, "lib"), undefined)).toBeUndefined();
  });
});
