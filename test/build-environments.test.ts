// Environments of builds that are kept for later ones.

import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

import { openBuildEnvironment } from "../src/api/builds/build-environments.ts";
import { PLAN_FORMAT, type ChangePlan } from "../src/api/plan/value.ts";
import { inspectInterpreter } from "../src/python/interpreters/interpreter.ts";
import { temporaryFolder } from "./install-environment.ts";
import { realPythons } from "./support/pythons.ts";

const python = realPythons().at(-1);

const CHANGES: readonly (readonly [string, (site: string) => void])[] = [
  ["writes to a file", (site) => writeFileSync(join(site, "tool/core/main.py"), "changed")],
  [
    "changes a file without its size",
    (site) => utimesSync(join(site, "tool/core/main.py"), new Date(), new Date(0)),
  ],
  ["removes a file", (site) => rmSync(join(site, "tool/core/main.py"))],
  ["adds a file to a package", (site) => writeFileSync(join(site, "tool/core/more.py"), "")],
  ["adds a module", (site) => writeFileSync(join(site, "sitecustomize.py"), "")],
];

// Promise: a build does not decide what another one runs
// Attack: a build changes a package of its environment, which is kept for the next build that requires the same
test.skipIf(python === undefined || process.platform === "win32").each(CHANGES)(
  "an environment is made again where a build %s",
  async (_name, change) => {
    const cacheDirectory = temporaryFolder();
    const base = await inspectInterpreter(python?.executable ?? "", { env: process.env });
    let made = 0;
    const open = async (): Promise<string> => {
      const interpreter = await openBuildEnvironment(PLAN, base, {
        cacheDirectory,
        wheels: [],
        async apply({ destination }) {
          made += 1;
          if (destination.kind !== "environment") throw new Error("it is for an environment");
          const file = join(destination.interpreter.scheme.purelib, "tool/core/main.py");
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, "print(1)");
          await Promise.resolve();
        },
        protection: () => "verified",
        signal: undefined,
      });
      return interpreter.scheme.purelib;
    };
    const site = await open();
    // Bytecode comes with use.
    mkdirSync(join(site, "tool/core/__pycache__"));
    writeFileSync(join(site, "tool/core/__pycache__/main.pyc"), "");
    await open();
    expect(made).toBe(1);
    change(site);
    await open();
    expect(made).toBe(2);
    expect(readFileSync(join(site, "tool/core/main.py"), "utf8")).toBe("print(1)");
  },
);

const PLAN: ChangePlan = {
  kind: "changes",
  format: PLAN_FORMAT,
  destination: { kind: "directory", path: "/", target: undefined } as unknown as ChangePlan["destination"],
  linkMode: "copy",
  install: [],
  remove: [],
  keep: [],
  fingerprint: "",
  indexes: [],
  refresh: [],
  warnings: [],
};
