// One virtual environment without pip per process of tests, made by the machine's own Python and copied: to make one takes the
// processor as long as a command. What its Python says about itself is known for each copy too: asking takes half as long.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  inspectInterpreter,
  rememberMadeEnvironment,
  type Interpreter,
} from "../../src/python/interpreter.ts";
import { openStore } from "../../src/store/store.ts";

/** Puts a virtual environment at a path where nothing stands yet. Its activation scripts name another folder. */
export function copyVenv(path: string): void {
  cpSync(templatePath(), path, { recursive: true, verbatimSymlinks: true });
}

/** Puts into a cache what the Python of a copy would answer, so that no command has to start it. */
export function rememberCopy(path: string, cache: string): void {
  if (answered === undefined) return;
  const { prefix, executable, scheme } = answered;
  const moved = (place: string): string => place.replace(prefix, path);
  const made: Interpreter = {
    ...answered,
    executable: moved(executable),
    prefix: path,
    scheme: {
      purelib: moved(scheme.purelib),
      platlib: moved(scheme.platlib),
      scripts: moved(scheme.scripts),
      data: moved(scheme.data),
      headers: moved(scheme.headers),
    },
  };
  const store = openStore(cache);
  rememberMadeEnvironment(made, answered, {
    read: (key) => answers.get(key),
    write: (key, bytes) => store.writeEntry("interpreters", { project: "python", id: key }, bytes),
  });
}

/** Asks the Python of the environment that is copied, once. */
export async function askTemplate(): Promise<void> {
  const python = join(templatePath(), process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const cache = {
    read: (key: string) => answers.get(key),
    write: (key: string, bytes: Uint8Array) => void answers.set(key, bytes),
  };
  answered ??= await inspectInterpreter(python, { env: process.env, cache });
}

function templatePath(): string {
  if (template === undefined) {
    template = join(realpathSync(mkdtempSync(join(tmpdir(), "pinion-venv-"))), "venv");
    execFileSync(PYTHON, ["-m", "venv", "--without-pip", template]);
  }
  return template;
}

let template: string | undefined;
let answered: Interpreter | undefined;
const answers = new Map<string, Uint8Array>();
const PYTHON = process.platform === "win32" ? "python" : "python3";
