// Commands of a package: launchers for its entry points, and the first line of the scripts that it brings along.
// Binary distribution format ("Recommended installer features"); the contents are those of distlib, pip and uv.

import type { EntryPoint } from "../../pep/files/entry-points.ts";
import { invalidWheel } from "../../store/unpacking/wheel-contents.ts";
import type { InstallTarget } from "../installation.ts";

/**
 * The text of a launcher.
 *
 * @param firstLine from {@link interpreterLine}
 */
export function launcherText(entryPoint: EntryPoint, firstLine: string): string {
  const attribute = entryPoint.attribute ?? "";
  const imported = attribute.split(".", 1)[0];
  return `${firstLine}
# -*- coding: utf-8 -*-
import sys
from ${entryPoint.module} import ${imported}
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(${attribute}())
`;
}

/**
 * The line that starts Python. A path that the kernel would cut or split goes through `/bin/sh`, in a form that Python
 * reads as a string. Without a known Python, `env` finds one on the PATH.
 */
export function interpreterLine(target: InstallTarget): string {
  const { executable, scheme } = target;
  if (executable === undefined) return `#!/usr/bin/env python3`;
  const isInside = executable.startsWith(`${scheme.scripts}/`);
  if (target.isRelocatable === true && isInside) {
    return throughShell(
      `"$(dirname -- "$(realpath -- "$0")")"/${quoteForShell(executable.slice(scheme.scripts.length + 1))}`,
    );
  }
  const isPlain =
    Buffer.byteLength(executable) + SHEBANG_OVERHEAD <= MAX_SHEBANG_BYTES && !/\s/.test(executable);
  return isPlain ? `#!${executable}` : throughShell(quoteForShell(executable));
}

/** Rewrites `#!python` and `#!pythonw`; undefined where the first line is another. */
export function rewriteFirstLine(script: Buffer, target: InstallTarget): Buffer | undefined {
  if (!script.subarray(0, PLACEHOLDER.length).equals(PLACEHOLDER)) return undefined;
  const lineEnd = script.indexOf(0x0a);
  const rest = lineEnd === -1 ? Buffer.from("\n") : script.subarray(lineEnd);
  return Buffer.concat([Buffer.from(interpreterLine(target)), rest]);
}

/**
 * The commands of a wheel, each name once. Beside `pip3` comes `pip3.N` with the target's own minor version, and no other one:
 * as in uv 0.13, since the wheels of pip 26 do not name it.
 *
 * @throws wheel/invalid for a name that leaves the scripts folder or would replace the interpreter, for an entry point without a function,
 * and for more commands than any project has
 */
export function commandsOf(
  entryPoints: readonly EntryPoint[],
  target: InstallTarget,
  filename: string,
): ReadonlyMap<string, EntryPoint> {
  const commands = new Map<string, EntryPoint>();
  for (const entryPoint of entryPoints) {
    if (entryPoint.group !== "console_scripts" && entryPoint.group !== "gui_scripts") continue;
    const { name } = entryPoint;
    checkCommandName(name, filename);
    if (
      entryPoint.attribute === undefined ||
      !isDotted(entryPoint.module) ||
      !isDotted(entryPoint.attribute)
    ) {
      throw invalidWheel(filename, `its command \`${name}\` does not name a function`);
    }
    if (VERSIONED_PIP.test(name)) continue;
    commands.set(name, entryPoint);
    if (commands.size > MAX_COMMANDS)
      throw invalidWheel(filename, `it has more than ${MAX_COMMANDS} commands`);
    if (name === "pip3") commands.set(`pip3.${target.target.pythonVersion.release[1] ?? 0}`, entryPoint);
  }
  return commands;
}

/** Refuses names that are not a single file name, or those of the interpreter (GHSA-4gg8-gxpx-9rph). @throws wheel/invalid */
export function checkCommandName(name: string, filename: string): void {
  if (name === "." || name === ".." || NOT_IN_FILE_NAMES.test(name)) {
    throw invalidWheel(
      filename,
      `its command \`${name.replaceAll(/\p{C}/gu, "\u{FFFD}")}\` is not a plain file name`,
    );
  }
  if (isInterpreterName(name))
    throw invalidWheel(filename, `its command \`${name}\` would replace the interpreter`);
}

/** Names under which an environment's Python is started: no wheel may bring one. Case does not matter on macOS and Windows. */
export function isInterpreterName(name: string): boolean {
  return INTERPRETER.test(name);
}

/** Names of the scripts that activate an environment, as `venv`, virtualenv, uv and Pinion write them. */
export function isActivationName(name: string): boolean {
  return ACTIVATION.test(name);
}

function throughShell(command: string): string {
  return `#!/bin/sh\n'''exec' ${command} "$0" "$@"\n' '''`;
}

function quoteForShell(path: string): string {
  return `'${path.replaceAll("'", `'"'"'`)}'`;
}

function isDotted(text: string): boolean {
  return DOTTED_NAME.test(text);
}

/** Each becomes a file of some hundred bytes, from a line of ten. Wheels of whole collections of tools have some hundred. */
const MAX_COMMANDS = 10_000;
const PLACEHOLDER = Buffer.from("#!python");
const VERSIONED_PIP = /^pip3\.\d+$/;
const NOT_IN_FILE_NAMES = /[/\\:\p{Cc}\p{Cs}]|^$|^\s|\s$/u;
const INTERPRETER = /^(python|pypy|graalpy)[0-9.]*t?(_?d)?w?(\.exe|\.py)?$/i;
const ACTIVATION = /^(?:(?:de)?activate(?:\..*)?|activate_this\.py|pydoc\.bat)$/i;
const DOTTED_NAME = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;
/** Linux read 127 bytes of the first line until 5.1; pip and uv keep to that. `#!` and the line end count. */
const MAX_SHEBANG_BYTES = 127;
const SHEBANG_OVERHEAD = 3;
