// What the file of a project may not decide. A project is often the work of others: its folder was checked out or unpacked,
// and a command that merely runs inside it must not start a program of its choice, trust whom it names for every server,
// or hand it keys and caches. What its own indexes need stays its own to say, but not their way and their trust at once:
// together these would read what the user's credentials open. The files of all tools are judged together, since a project
// may have several, and way and trust may stand in different tables and files. What it has written stays in its own folder.
// A build is different: it runs code, and a project chooses more of it than the package's own, as with uv (the extra
// requirements of builds, their variables, among them PATH), but not whom the programs of a build trust.

import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

import { FirstFew } from "../../base/text/first-few.ts";
import { isGitFolderName } from "../../base/files/git-folder.ts";
import { isWithin, realPlace } from "../../base/files/real-place.ts";
import { isTextList } from "../../base/values/record.ts";
import { formatOrigin, type Origin } from "../origin.ts";
import type { PlacedException, PlacedValue, ToolFiles } from "./sources.ts";
import { SETTINGS, type SettingName } from "../table/table.ts";

/**
 * Leaves out what a project's files must not decide, with a warning for each, and marks the rest as the project's.
 *
 * @param tools the files of every tool
 * @param cwd absolute: what the paths of uv's files are relative to
 */
export function withoutUserOnly(tools: readonly ToolFiles[], cwd: string): readonly ToolFiles[] {
  const hasOwnTrust = tools.some(
    ({ indexTables, tlsExceptions = [] }) =>
      indexTables.some(({ distance, cert }) => distance === "project" && cert !== undefined) ||
      tlsExceptions.some(({ distance }) => distance === "project"),
  );
  return tools.map((files) => ofTool(files, { choice: hasOwnTrust ? "trust" : "way", cwd }));
}

/** What of one server a project chooses: whom to trust for it, or by which proxies it is reached. */
type Choice = "trust" | "way";

interface Circumstances {
  readonly choice: Choice;
  readonly cwd: string;
}

function ofTool(files: ToolFiles, circumstances: Circumstances): ToolFiles {
  const { choice } = circumstances;
  const ignored = new FirstFew((count) => `Ignored ${count} more settings of a project`);
  const ignore = (key: string, place: string, reason: string): undefined => {
    ignored.add(() => `Ignored \`${key}\` of ${place}: ${reason}`);
  };
  const values = new Map<SettingName, readonly PlacedValue[]>();
  for (const [name, placed] of files.values) {
    const allowed = placed.flatMap((value) => {
      if (value.distance !== "project") return [value];
      const place = formatOrigin(value.origin);
      const fault = faultOf(name, value, circumstances);
      if (fault !== undefined) ignore(name, place, fault);
      return fault === undefined
        ? [withoutUserOnlyEntries(name, value, (entry) => ignore(entry, place, REASON))]
        : [];
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
  return { ...files, values, indexTables, tlsExceptions, warnings: [...files.warnings, ...ignored] };
}

/** A value without the entries that are the user's only to have. */
function withoutUserOnlyEntries(
  name: SettingName,
  said: PlacedValue,
  ignore: (entry: string) => void,
): PlacedValue {
  const { userOnlyEntries } = SETTINGS[name];
  const { value } = said;
  if (userOnlyEntries === undefined || !isTextList(value)) return said;
  const left = value.filter((entry) => {
    const found = userOnlyEntries.pattern.exec(entry)?.[1];
    if (found !== undefined) ignore(found);
    return found === undefined;
  });
  return { ...said, value: left };
}

function faultOf(name: SettingName, said: PlacedValue, { choice, cwd }: Circumstances): string | undefined {
  const { isUserOnly, isOnlySwitchedOn, staysInProject } = SETTINGS[name];
  if (isUserOnly === true || (isOnlySwitchedOn === true && said.value === false)) return REASON;
  if (staysInProject === true) return placeFault(said, cwd);
  return choice === "trust" && WAYS.has(name) ? WAY_AND_TRUST : undefined;
}

/** What is wrong with a place that a project's file names, by where its links lead. */
function placeFault({ value, origin }: PlacedValue, cwd: string): string | undefined {
  if (typeof value !== "string" || origin.kind !== "file") return OUTSIDE;
  try {
    const written = resolve(cwd, dirname(origin.path));
    const folder = realPlace(written);
    const named = resolve(cwd, value);
    const place = realPlace(named);
    if (!isWithin(place, folder)) return OUTSIDE;
    // Git runs the programs that its files there name. A package that is put beside `.git` could bring such files.
    const ways = [relative(written, named), relative(folder, place)];
    const isGits = ways.some((way) => way.split(sep).some(isGitFolderName));
    return isGits || existsSync(join(place, ".git")) ? GITS : undefined;
  } catch {
    // A link that leads nowhere, or in a circle, or a folder that cannot be looked into.
    return OUTSIDE;
  }
}

function marked(value: PlacedValue): PlacedValue {
  return value.distance === "project" ? { ...value, origin: projectOrigin(value.origin) } : value;
}

function projectOrigin(origin: Origin): Origin {
  return origin.kind === "file" ? { ...origin, isOfProject: true } : origin;
}

const WAYS: ReadonlySet<SettingName> = new Set([
  "proxy",
  "https-proxy",
  "http-proxy",
  "no-proxy",
  "no-proxy-env",
]);
const REASON = "a project's file cannot set it";
const OUTSIDE = "a project's file can name only a place in its own folder";
const GITS = "a project's file cannot name `.git`, or the folder that holds it";
const WAY_AND_TRUST = `${REASON} beside an index's \`cert\` or a \`[[tls-exception]]\``;
