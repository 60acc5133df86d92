// What the file of a project may not decide. A project is often the work of others: its folder was checked out or unpacked,
// and a command that merely runs inside it must not start a program of its choice, trust whom it names for every server,
// or hand it keys and caches. What its own indexes need stays its own to say, but not their way and their trust at once:
// together these would read what the user's credentials open.

import { formatOrigin } from "./origin.ts";
import type { PlacedValue, ToolFiles } from "./sources.ts";
import { SETTINGS, type SettingName } from "./table.ts";

/** Leaves out what a project's file must not decide, with a warning for each. */
export function withoutUserOnly(files: ToolFiles): ToolFiles {
  const warnings = [...files.warnings];
  const values = new Map<SettingName, readonly PlacedValue[]>();
  for (const [name, placed] of files.values) {
    const allowed = placed.filter(({ distance, origin }) => {
      if (distance !== "project" || SETTINGS[name].isUserOnly !== true) return true;
      warnings.push(`Ignored \`${name}\` of ${formatOrigin(origin)}: ${REASON}`);
      return false;
    });
    if (allowed.length > 0) values.set(name, allowed);
  }
  const indexTables = files.indexTables.map((table) => {
    if (table.distance !== "project" || table.proxy === undefined || table.cert === undefined) return table;
    warnings.push(
      `Ignored \`proxy\` of the index at ${formatOrigin(table.origin)}: ${REASON} beside \`cert\``,
    );
    return { ...table, proxy: undefined };
  });
  return { ...files, values, indexTables, warnings };
}

const REASON = "a project's file cannot set it";
