// Which files of `__pycache__` are bytecode of which module (PEP 3147, 488).

import { append } from "../../base/values/group-by.ts";

/**
 * The bytecode files among the names in `__pycache__`, by the file of their module: `a.cpython-312.pyc` is of `a.py`,
 * `a.cpython-312.opt-1.pyc` too (PEP 3147, 488). The latter could also be of a module `a.cpython-312`.
 */
export function bytecodeByModule(cached: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byModule = new Map<string, string[]>();
  for (const name of cached) {
    for (const stem of stemsOf(name)) {
      append(byModule, stem + SOURCE, name);
    }
  }
  return byModule;
}

function stemsOf(name: string): readonly string[] {
  if (!name.endsWith(BYTECODE)) return [];
  const [stem, tag = ""] = parted(name.slice(0, -BYTECODE.length));
  if (stem === undefined || tag === "") return [];
  const [shorter, middle] = parted(stem);
  const isOptimised = tag.startsWith(OPTIMISED) && tag !== OPTIMISED;
  return isOptimised && shorter !== undefined && middle !== "" ? [shorter, stem] : [stem];
}

/** What is before and after the last dot; empty where there is none. */
function parted(text: string): readonly [string, string] | readonly [] {
  const dot = text.lastIndexOf(".");
  return dot === -1 ? [] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** What a module's file ends with. */
export const SOURCE = ".py";
const BYTECODE = ".pyc";
const OPTIMISED = "opt-";
