// One change with everything in it that is awkward, for tests that stop it at every step: an upgrade in which a folder
// becomes a file, a shared namespace, bytecode, a file that two packages have, scripts, data, headers, a removal.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { InstallTarget } from "../src/install/installation.ts";
import { applyChanges, type Changes } from "../src/install/transaction.ts";
import type { Store } from "../src/store/store.ts";
import { installed, wanted } from "./install-environment.ts";

/** Brings an environment into the state before the change, and returns the change. */
export async function prepareScenario(target: InstallTarget, store: Store): Promise<Changes> {
  const oldPaint = await wanted(store, {
    name: "paint",
    version: "1.0",
    files: {
      "paint/__init__.py": "old = 1\n",
      "paint/gone.py": "",
      "paint/data/table": "a folder that becomes a file",
      "shared/paint/__init__.py": "",
    },
    consoleScripts: { paint: "paint:main", brush: "paint:brush" },
    data: { "data/share/doc/paint/readme": "old" },
  });
  const brush = await wanted(store, {
    name: "brush",
    version: "1.0",
    files: { "shared/brush/__init__.py": "" },
  });
  const newPaint = await wanted(store, {
    name: "paint",
    version: "2.0",
    files: {
      "paint/__init__.py": "new = 2\n",
      "paint/data": "now a file",
      "paint/more/__init__.py": "",
      "shared/paint/__init__.py": "new",
      "unowned.py": "new",
    },
    consoleScripts: { paint: "paint:main" },
    data: {
      "data/share/doc/paint/readme": "new",
      "headers/paint.h": "#define PAINT",
      "scripts/tool": "#!python\n",
    },
  });
  const canvas = await wanted(store, {
    name: "canvas",
    version: "1.0",
    files: { "shared/canvas/__init__.py": "", "canvas/__init__.py": "", "canvas/deep/er/x.py": "" },
  });
  await applyChanges({ install: [oldPaint, brush], remove: [] }, target);
  const site = target.scheme.purelib;
  mkdirSync(join(site, "paint/__pycache__"));
  mkdirSync(join(site, "__pycache__"));
  writeFileSync(join(site, "paint/__pycache__/__init__.cpython-311.pyc"), "bytecode");
  writeFileSync(join(site, "__pycache__/unowned.cpython-311.opt-1.pyc"), "bytecode");
  writeFileSync(join(site, "unowned.py"), "nobody's");
  writeFileSync(join(site, "paint/notes.txt"), "the user's own");
  return {
    install: [newPaint, canvas],
    remove: [installed(oldPaint, target), installed(brush, target)],
  };
}
