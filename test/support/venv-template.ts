// One virtual environment without pip per process of tests, made by the machine's own Python and copied: to make one takes the
// processor as long as a command. What its Python says about itself is known for each copy too: asking takes half as long.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  inspectInterpreter,
  keptAnswer,
  rememberMadeEnvironment,
  type Interpreter,
  type InterpreterCache,
} from "../../src/python/interpreters/interpreter.ts";
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
  const known = keptAnswer(answered.executable, {
    cache: { read: (key) => answers.get(key), write: () => undefined },
  });
  rememberMadeEnvironment(made, known, {
    read: () => undefined,
    write: (key, bytes) => store.writeEntry("interpreters", { project: "python", id: key }, bytes),
  });
}

/** Puts into a cache what the Python of the machine answers. */
export function rememberPython(cache: string): void {
  const store = openStore(cache);
  for (const [key, bytes] of ownAnswers)
    store.writeEntry("interpreters", { project: "python", id: key }, bytes);
}

/** Asks the Python of the machine, which is at the path, and the one of the environment that is copied; once. */
export async function askPythons(executable: string): Promise<void> {
  if (answered !== undefined) return;
  const python = join(templatePath(), process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  await inspectInterpreter(executable, { env: process.env, cache: memory(ownAnswers) });
  answered = await inspectInterpreter(python, { env: process.env, cache: memory(answers) });
}

function memory(kept: Map<string, Uint8Array>): InterpreterCache {
  return { read: (key) => kept.get(key), write: (key, bytes) => void kept.set(key, bytes) };
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
const ownAnswers = new Map<string, Uint8Array>();
const answers = new Map<string, Uint8Array>();
const PYTHON = process.platform === "win32" ? "python" : "python3";
