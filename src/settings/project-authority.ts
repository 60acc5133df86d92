// What the file of a project may not decide. A project is often the work of others: its folder was checked out or unpacked,
// and a command that merely runs inside it must not start a program of its choice, trust whom it names for every server,
// or hand it keys and caches. What its own indexes need stays its own to say, but not their way and their trust at once:
// together these would read what the user's credentials open. The files of all tools are judged together, since a project
// may have several, and way and trust may stand in different tables and files.

import { formatOrigin, type Origin } from "./origin.ts";
import type { PlacedException, PlacedValue, ToolFiles } from "./sources.ts";
import { SETTINGS, type SettingName } from "./table.ts";

/**
 * Leaves out what a project's files must not decide, with a warning for each, and marks the rest as the project's.
 *
 * @param tools the files of every tool
 */
export function withoutUserOnly(tools: readonly ToolFiles[]): readonly ToolFiles[] {
  const hasOwnTrust = tools.some(
    ({ indexTables, tlsExceptions = [] }) =>
      indexTables.some(({ distance, cert }) => distance === "project" && cert !== undefined) ||
      tlsExceptions.some(({ distance }) => distance === "project"),
  );
  return tools.map((files) => ofTool(files, hasOwnTrust ? "trust" : "way"));
}

/** What of one server a project chooses: whom to trust for it, or by which proxies it is reached. */
type Choice = "trust" | "way";

function ofTool(files: ToolFiles, choice: Choice): ToolFiles {
  const warnings = [...files.warnings];
  const ignore = (key: string, place: string, reason: string): undefined => {
    warnings.push(`Ignored \`${key}\` of ${place}: ${reason}`);
  };
  const values = new Map<SettingName, readonly PlacedValue[]>();
  for (const [name, placed] of files.values) {
    const allowed = placed.filter(({ distance, origin }) => {
      const fault = distance === "project" ? faultOf(name, choice) : undefined;
      if (fault !== undefined) ignore(name, formatOrigin(origin), fault);
      return fault === undefined;
    });
    if (allowed.length > 0) values.set(name, allowed.map(marked));
  }
  const indexTables = files.indexTables.map((table) => {
    if (table.distance !== "project") return table;
    const place = `the index at ${formatOrigin(table.origin)}`;
    const proxy =
      choice === "trust" && table.proxy !== undefined ? ignore("proxy", place, WAY_AND_TRUST) : table.proxy;
    return { ...table, proxy, origin: projectOrigin(table.origin) };
  });
  const tlsExceptions = files.tlsExceptions?.map((exception: PlacedException) =>
    exception.distance === "project" ? { ...exception, isOfProject: true as const } : exception,
  );
  return { ...files, values, indexTables, tlsExceptions, warnings };
}

function faultOf(name: SettingName, choice: Choice): string | undefined {
  if (SETTINGS[name].isUserOnly === true) return REASON;
  return choice === "trust" && WAYS.has(name) ? WAY_AND_TRUST : undefined;
}

function marked(value: PlacedValue): PlacedValue {
  return value.distance === "project" ? { ...value, origin: projectOrigin(value.origin) } : value;
}

function projectOrigin(origin: Origin): Origin {
  return origin.kind === "file" ? { ...origin, isOfProject: true } : origin;
}

const WAYS: ReadonlySet<SettingName> = new Set(["proxy", "https-proxy", "http-proxy", "no-proxy"]);
const REASON = "a project's file cannot set it";
const WAY_AND_TRUST = `${REASON} beside an index's \`cert\` or a \`[[tls-exception]]\``;
