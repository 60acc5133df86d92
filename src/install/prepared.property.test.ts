// The law of prepared wheels: what is installed from them is what is installed from their manifests.

import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { casesOf } from "../../test/support/cases.ts";
import {
  fakeEnvironment,
  memoryFolder,
  snapshot,
  temporaryStore,
  wanted,
} from "../../test/install-environment.ts";
import { applyChanges } from "./transaction.ts";

const component = fc.constantFrom("a", "b", "Z", "_", "a-b", "a b", "é", "a,b", ".x", "lib");
const path = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join("/")}/file.py`);
const wheel = fc.record({
  files: fc.uniqueArray(path, { maxLength: 6 }),
  isShared: fc.boolean(),
  hasCommand: fc.boolean(),
  isRequested: fc.boolean(),
});

test("a prepared wheel is installed as its manifest says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(wheel, { minLength: 1, maxLength: 3 }), async (wheels) => {
      const folder = memoryFolder();
      try {
        const store = temporaryStore(folder);
        const install = [];
        for (const [index, { files, isShared, hasCommand, isRequested }] of wheels.entries()) {
          const name = `wheel${index}`;
          const made = await wanted(store, {
            name,
            version: "1.0",
            files: Object.fromEntries(
              files.map((file) => [isShared ? file : `${name}/${file}`, `${name} ${file}`]),
            ),
            ...(hasCommand ? { consoleScripts: { [`run-${index % 2}`]: `${name}:main` } } : {}),
          });
          install.push({ ...made, isRequested });
        }
        const first = fakeEnvironment(join(folder, "first"));
        const warnings: string[] = [];
        await applyChanges({ install, remove: [] }, first, {
          onEvent: (event) => event.kind === "warning" && warnings.push(event.message),
        });
        for (const { wheel: unpacked } of install)
          rmSync(join(dirname(unpacked.directory), "prepared"), { force: true });
        const second = fakeEnvironment(join(folder, "second"));
        const others: string[] = [];
        await applyChanges({ install, remove: [] }, second, {
          onEvent: (event) => event.kind === "warning" && others.push(event.message),
        });
        expect(comparable(first.root)).toEqual(comparable(second.root));
        expect(warnings.map((text) => text.replaceAll(first.root, second.root))).toEqual(others);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: casesOf(60, 15) },
  );
});

/** Launchers name their interpreter by its path; RECORD has their digests. */
function comparable(root: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(snapshot(root)).map(([name, contents]) => [
      name,
      name.endsWith("/RECORD")
        ? contents.replaceAll(/(\.\.\/.*bin\/[^,]*),sha256=[^,]*,\d+/g, "$1")
        : contents.replaceAll(root, "[ROOT]"),
    ]),
  );
}
