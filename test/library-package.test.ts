// The package as other projects use it: its types under the ways in which they resolve modules, `require` from CommonJS,
// and every example of docs/library.md, type-checked and run against an index on loopback.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { compilers, outsideProject, type OutsideProject } from "./support/outside-project.ts";
import { World } from "./support/world.ts";

const { newest: NEWEST, before: BEFORE } = compilers();

/** What the page's examples take for granted. */
const PRELUDE = readFileSync(join(import.meta.dirname, "support", "library-example.txt"), "utf8");

const PAGE = readFileSync(fileURLToPath(new URL("../docs/library.md", import.meta.url)), "utf8");
const EXAMPLES: readonly string[] = [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(
  (match) => match[1] ?? "",
);

let project: OutsideProject;
beforeAll(() => {
  project = outsideProject();
});
afterAll(() => project[Symbol.dispose]());

const MODULE_USE = `
import { createInstaller, isPinionError, targetFor, type Installer, type InstallationPlan } from "pinion";
import { parseVersion } from "pinion/pep";
import { createAgent } from "pinion/tls";
import { openStore } from "pinion/wheel";
export const installer: Installer = createInstaller({ cacheDirectory: "/c", directory: "/d" });
export const plan: Promise<InstallationPlan> = installer.plan({
  requirements: [{ kind: "text", text: "flask" }],
  constraints: [],
  overrides: [],
  into: { kind: "directory", path: "/p", target: targetFor({ platform: "linux", pythonVersion: "3.12" }) },
});
export const used: unknown[] = [parseVersion("1.0"), createAgent, openStore, isPinionError];
// @ts-expect-error an installer has no such function: the types are not \`any\`
installer.noSuchFunction();
`;

const COMMONJS_USE = `
import pinion = require("pinion");
import tls = require("pinion/tls");
const installer: pinion.Installer = pinion.createInstaller({ cacheDirectory: "/c", directory: "/d" });
export = { installer, agent: tls.createAgent };
`;

describe("the types", () => {
  test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>]>([
    ["node16", { module: "node16", moduleResolution: "node16" }, { "use.mts": MODULE_USE }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }, { "use.ts": MODULE_USE }],
    [
      "nodenext, in a module, in CommonJS, and in every example of docs/library.md",
      { module: "nodenext", moduleResolution: "nodenext" },
      {
        "use.mts": MODULE_USE,
        "use.cts": COMMONJS_USE,
        ...Object.fromEntries(EXAMPLES.map((example, at) => [`example-${at}.ts`, wholeExample(example)])),
      },
    ],
  ])("hold under %s", (_name, options, files) => {
    for (const [file, source] of Object.entries(files)) project.write(file, source);
    expect(project.typeErrors(NEWEST, options, Object.keys(files))).toBe("");
  });

  test("hold in CommonJS under node20, and are refused by the compiler under node16", () => {
    project.write("older.cts", COMMONJS_USE);
    const errorsUnder = (module: string): string =>
      project.typeErrors(NEWEST, { module, moduleResolution: "node16" }, ["older.cts"]);
    expect(errorsUnder("node20")).toBe("");
    expect(errorsUnder("node16")).toMatch(/\bTS1471\b/);
  });

  test("hold with the compiler before", () => {
    project.write("before.mts", MODULE_USE);
    expect(project.typeErrors(BEFORE, { module: "node16", moduleResolution: "node16" }, ["before.mts"])).toBe(
      "",
    );
  });
});

describe("require()", () => {
  test("gives CommonJS every entry point, without a warning", () => {
    const path = project.write(
      "use.cjs",
      `const all = ["pinion", "pinion/pep", "pinion/tls", "pinion/wheel"].map((name) => require(name));
       const { createInstaller, PinionError } = all[0];
       const installer = createInstaller({ cacheDirectory: "/c", directory: "/d" });
       console.log(all.every((entry) => Object.keys(entry).length > 3), typeof installer.plan, typeof PinionError);`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "true function function\n", stderr: "" });
  });
});

describe("docs/library.md", () => {
  test("has examples", () => {
    expect(EXAMPLES.length).toBeGreaterThan(5);
  });

  test.each(EXAMPLES.map((example, index) => [index + 1, example] as const))(
    "example %i runs",
    async (index, example) => {
      await using world = await World.create();
      const served = await world.index({ packages: sampleWheels() });
      const { code } = await transform(wholeExample(example), {
        loader: "ts",
        format: "esm",
        target: "es2023",
      });
      const path = project.write(`run-${index}.mjs`, code);
      const env = { WORLD: world.directory, INDEX: served.url };
      // Not synchronously: the index answers from this process.
      const { code: status, stderr } = await world.program(process.execPath, [path], { env });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );
});

/** The page's fragments with what they take for granted; one that makes its installer stands for itself. */
function wholeExample(example: string): string {
  if (example.startsWith("import { createInstaller"))
    return `${example}\nexport { createInstaller, targetFor };\n`;
  const [, imports = "", rest = ""] = /^((?:import .*\n)*)([^]*)$/.exec(example) ?? [];
  return `${imports}${PRELUDE}\n{\n${rest}}\nawait installer.close();\nexport {};\n`;
}
