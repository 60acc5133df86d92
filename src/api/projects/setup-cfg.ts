// A `setup.cfg` as far as requirements go, where nothing but that file decides them: setuptools' `[options]`.

import { isValidName, normalizeName } from "../../pep/name.ts";
import type { ProjectTable } from "../../pep/project-table.ts";
import { withoutComment } from "../../pep/requirements/line-comment.ts";

/** What a setup.cfg states, or why only a build knows. */
export type SetupCfg =
  | { readonly kind: "static"; readonly project: ProjectTable }
  | { readonly kind: "dynamic"; readonly reason: string };

/** Reads `install_requires` and `extras_require`. */
export function readSetupCfgTable(text: string): SetupCfg {
  const options = iniSection(text, "options");
  const extrasSection = iniSection(text, "options.extras_require");
  const name = iniSection(text, "metadata").get("name")?.trim();
  if (name === undefined || !isValidName(name))
    return { kind: "dynamic", reason: "it does not state a name" };
  const values = [options.get("install_requires") ?? "", ...extrasSection.values()];
  const built = values.find((value) => /^\s*(?:file|attr):/.test(value));
  if (built !== undefined) return { kind: "dynamic", reason: `\`${built.trim()}\` is read by a build` };
  return {
    kind: "static",
    project: {
      name: normalizeName(name),
      dependencies: listOf(options.get("install_requires") ?? ""),
      optionalDependencies: new Map(
        [...extrasSection].map(([extra, value]) => [normalizeName(extra), listOf(value)]),
      ),
      requiresPython: options.get("python_requires"),
      dynamic: [],
    },
  };
}

/** On several lines a semicolon begins a marker; on one line it ends an entry. */
function listOf(value: string): readonly string[] {
  return value
    .split(value.includes("\n") ? "\n" : ";")
    .map(withoutComment)
    .filter((line) => line !== "");
}

/** The keys of a section of an INI file; a value continues on indented lines. */
function iniSection(text: string, section: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let current = "";
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = header.trim();
      key = undefined;
      continue;
    }
    if (current !== section || /^\s*[#;]/.test(line)) continue;
    if (/^\s/.test(line) && key !== undefined) {
      values.set(key, `${values.get(key) ?? ""}\n${line.trim()}`);
      continue;
    }
    const match = /^([^=:\s]+)\s*[=:]/.exec(line);
    if (match === null) continue;
    key = match[1] ?? "";
    values.set(key, line.slice(match[0].length).trimStart());
  }
  return values;
}
