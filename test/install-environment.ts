// Environments and wheels for the tests of the installer: folders that look like a virtual environment, without Python.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { WantedDistribution } from "../src/install/plan.ts";
import type { InstallTarget } from "../src/install/installation.ts";
import type { Removable } from "../src/install/uninstall.ts";
import { makeWheel, type WheelSpec } from "../src/lab/index/make-wheel.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import { openStore, type Store } from "../src/store/store.ts";

/** A new folder, which goes with the run of the tests. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "pinion-install-"));
}

/** A new folder in memory where the system has one, for tests that change hundreds of small trees; the test removes it. */
export function memoryFolder(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "pinion-install-"));
}

export function temporaryStore(folder: string = temporaryFolder()): Store {
  return openStore(join(folder, "cache"));
}

/** A folder like that of `python -m venv`, with files in place of the interpreter. */
export function fakeEnvironment(root: string = join(temporaryFolder(), "venv")): InstallTarget {
  const site = join(root, "lib/python3.11/site-packages");
  mkdirSync(site, { recursive: true });
  mkdirSync(join(root, "include"), { recursive: true });
  mkdirSync(join(root, "bin"), { recursive: true });
  writeFileSync(join(root, "pyvenv.cfg"), "home = /usr/bin\n");
  writeFileSync(join(root, "bin/python"), "");
  chmodSync(join(root, "bin/python"), 0o755);
  return targetOf(root, site);
}

export function targetOf(root: string, site: string): InstallTarget {
  return {
    root,
    executable: join(root, "bin/python"),
    linkMode: "hardlink",
    target: targetFor({ platform: "linux", pythonVersion: "3.11" }),
    scheme: {
      purelib: site,
      platlib: site,
      scripts: join(root, "bin"),
      data: root,
      headers: join(root, "include/site/python3.11"),
    },
  };
}

/** Puts a wheel of this shape into the cache. */
export async function wanted(store: Store, spec: WheelSpec): Promise<WantedDistribution> {
  const { name, version, filename, bytes } = makeWheel(spec);
  const wheel = await store.addWheel(bytes, { filename });
  return { name, version: parseVersion(version), wheel, isRequested: true };
}

/** A distribution as the environment would list it. */
export function installed({ name, wheel }: WantedDistribution, target: InstallTarget): Removable {
  return { name, kind: "dist-info", directory: join(target.scheme.purelib, wheel.distInfo) };
}

/** Every file, folder and link below a folder, with mode and contents: equal texts mean equal trees. */
export function snapshot(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = (folder: string, prefix: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      const stats = lstatSync(path);
      const mode = (stats.mode & 0o777).toString(8);
      if (stats.isSymbolicLink()) found[`${prefix}${name}`] = `-> ${readlinkSync(path)}`;
      else if (stats.isDirectory()) {
        found[`${prefix}${name}/`] = mode;
        visit(path, `${prefix}${name}/`);
      } else found[`${prefix}${name}`] = `${mode} ${readFileSync(path, "latin1")}`;
    }
  };
  visit(root, "");
  return found;
}
