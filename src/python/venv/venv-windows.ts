// The programs of a Windows environment: redirectors that start the Python it was made from. They come from that
// Python's own `venv`, since a plain copy of python.exe would not find its libraries.

import { join } from "node:path/win32";
import type { VenvBase } from "../interpreters/interpreter.ts";

/** A file to copy into the folder of scripts. */
export interface Launcher {
  readonly from: string;
  /** Its name there. */
  readonly name: string;
}

/** The files to copy, as far as the base Python has them; `exists` says which it has. */
export function windowsLaunchers(base: VenvBase, exists: (path: string) => boolean): readonly Launcher[] {
  const templates = join(base.basePrefix, "Lib", "venv", "scripts", "nt");
  const home = join(base.baseExecutable, "..");
  const minor = base.markers.python_version;
  const variants: readonly (readonly [name: string, templates: readonly string[]])[] = [
    ["python.exe", ["venvlauncher.exe", "python.exe"]],
    ["pythonw.exe", ["venvwlauncher.exe", "pythonw.exe"]],
    ...(base.isFreeThreaded
      ? ([
          [`python${minor}t.exe`, ["venvlaunchert.exe"]],
          [`pythonw${minor}t.exe`, ["venvwlaunchert.exe"]],
        ] as const)
      : []),
    ...(base.implementation === "pypy"
      ? ([
          ["pypy3.exe", []],
          ["pypy3w.exe", []],
        ] as const)
      : []),
  ];
  return variants.flatMap(([name, templateNames]) => {
    // 3.13 renamed the redirectors; distributions without them (conda, PyPy) start from a copy beside their libraries.
    const candidates = [...templateNames.map((template) => join(templates, template)), join(home, name)];
    const from = candidates.find(exists);
    return from === undefined ? [] : [{ from, name }];
  });
}
