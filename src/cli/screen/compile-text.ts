// The text of a lock file as `pip compile` writes it: the header, the options, and the pins in their format.

import { relative } from "node:path";
import { pathToFileURL } from "node:url";

import { oneLine } from "../../base/text/printable.ts";
import type { Lock } from "../../lock/lock.ts";
import { formatRequirementsTxt } from "../../lock/write-requirements-txt.ts";
import { toPylock, type ToPylockOptions } from "../../lock/to-pylock.ts";
import { formatPylock } from "../../lock/write-pylock.ts";
import type { Pylock } from "../../pep/files/pylock.ts";
import { redactUrl } from "../../net/url.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import {
  areWheelsLeftOut,
  isBuildForbidden,
  parseNameSet,
  uniteNames,
  type NameSet,
} from "../../pep/name-set.ts";
import { isOneLine, literalUrl } from "../../pep/requirements/literal-url.ts";
import type { RequirementsOptions } from "../../pep/requirements/requirements-txt.ts";
import type { Settings } from "../../settings/settings.ts";

export type LockFormat = "requirements.txt" | "pylock.toml";

export interface CompileTextOptions {
  readonly format: LockFormat;
  readonly settings: Settings;
  /** What stands after the program's name. */
  readonly argv: readonly string[];
  readonly indexes: readonly IndexLocation[];
  readonly noBinary: NameSet;
  readonly onlyBinary: NameSet;
  /** The options that the requirements files hold, in the order of the files. */
  readonly fileOptions: readonly Pick<RequirementsOptions, "findLinks" | "noBinary" | "onlyBinary">[];
  readonly isUniversal: boolean;
  /** The markers of `--emit-marker-expression`. */
  readonly markerExpression: string | undefined;
  readonly isReachable: NonNullable<ToPylockOptions["isReachable"]>;
  /** Absolute: where the lock is written, which its paths are relative to. */
  readonly folder: string;
}

/** Writes a lock. */
export function compileText(lock: Lock, options: CompileTextOptions): string {
  const { format, settings } = options;
  const header = headerLines(options);
  const omits = settings.get("no-emit-package");
  if (format === "pylock.toml") {
    const text = formatPylock(compilePylock(lock, options), { header });
    const excluded = omits.filter((name) => lock.packages.some((chosen) => chosen.name === name));
    if (settings.get("no-annotate") || excluded.length === 0) return text;
    return `${text}\n# The following packages were excluded from the output:\n${excluded.map((name) => `# ${name}\n`).join("")}`;
  }
  return formatRequirementsTxt(lock, {
    header: [...header, ...markerLines(options)],
    options: optionLines(options),
    omits,
    showsHashes: settings.get("generate-hashes"),
    showsExtras: settings.get("no-strip-extras"),
    showsMarkers: options.isUniversal || settings.get("no-strip-markers"),
    annotations: settings.get("no-annotate") ? "none" : settings.get("annotation-style"),
    showsIndexes: settings.get("emit-index-annotation"),
  });
}

/** The lock as the value of a `pylock.toml`, whichever format is written. */
export function compilePylock(
  lock: Lock,
  { settings, isReachable, folder, ...options }: CompileTextOptions,
): Pylock {
  const { noBinary, onlyBinary } = distributionNames(options);
  return toPylock(lock, {
    omits: settings.get("no-emit-package"),
    isReachable,
    relativePath: (path) => relative(folder, path).replaceAll("\\", "/") || ".",
    refusesWheels: (name) => areWheelsLeftOut({ noBinary, onlyBinary }, name),
    refusesBuilds: (name) => isBuildForbidden({ noBinary, onlyBinary }, name),
  });
}

/** The command as the header names it: without what only concerns one run, or may hold a password. */
export function compileCommand(argv: readonly string[], settings: Settings): string {
  const custom = settings.get("custom-compile-command");
  if (custom !== undefined) return custom;
  const kept: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    const rule = dropRule(argument, settings);
    if (rule === "with-value") index += 1;
    if (rule === "keep") kept.push(redactArgument(argument, argv[index - 1]));
  }
  return ["pinion", ...kept].join(" ");
}

function dropRule(argument: string, settings: Settings): "keep" | "drop" | "with-value" {
  if (!settings.get("emit-index-url")) {
    if (INDEX_FLAGS.some((flag) => argument.startsWith(`${flag}=`))) return "drop";
    if (INDEX_FLAGS.includes(argument)) return "with-value";
  }
  if (!settings.get("emit-find-links")) {
    if (argument === "--find-links" || argument === "-f") return "with-value";
    if (argument.startsWith("--find-links=") || argument.startsWith("-f")) return "drop";
  }
  if (argument === "--upgrade-package" || argument === "-P") return "with-value";
  if (argument.startsWith("--upgrade-package=") || argument.startsWith("-P")) return "drop";
  return RUN_FLAGS.has(argument) ? "drop" : "keep";
}

/** The header goes into a file that is shared: no login, and no token in a query. The URL of a proxy needs no scheme. */
function redactArgument(argument: string, before: string | undefined): string {
  const value = argument.startsWith("--") ? argument.indexOf("=") + 1 : 0;
  const isOfProxy = value === 0 ? before === PROXY_FLAG : argument.slice(0, value - 1) === PROXY_FLAG;
  if (!isOfProxy && !argument.includes("://")) return argument;
  const name = /^[A-Za-z0-9._-]+=(?=[a-z+]+:\/\/)/i.exec(argument.slice(value))?.[0] ?? "";
  return argument.slice(0, value) + name + redactUrl(argument.slice(value + name.length));
}

function headerLines({ settings, argv }: CompileTextOptions): readonly string[] {
  if (settings.get("no-header")) return [];
  return [
    "# This file was autogenerated by pinion via the following command:",
    // What follows a line end would not be a comment any more.
    `#    ${oneLine(compileCommand(argv, settings))}`,
  ];
}

function markerLines({ settings, markerExpression }: CompileTextOptions): readonly string[] {
  if (!settings.get("emit-marker-expression") || markerExpression === undefined) return [];
  return ["# Pinned dependencies known to be valid for:", `#    ${markerExpression}`];
}

/** What may not be installed from wheels, or not from sources: by the command line and by the files. */
function distributionNames({
  noBinary,
  onlyBinary,
  fileOptions,
}: Pick<CompileTextOptions, "noBinary" | "onlyBinary" | "fileOptions">): Record<
  "noBinary" | "onlyBinary",
  NameSet
> {
  const withFiles = (names: NameSet, key: "noBinary" | "onlyBinary"): NameSet =>
    uniteNames(names, parseNameSet(fileOptions.flatMap((file) => file[key].map(({ value }) => value))));
  return { noBinary: withFiles(noBinary, "noBinary"), onlyBinary: withFiles(onlyBinary, "onlyBinary") };
}

function optionLines({ settings, indexes, ...options }: CompileTextOptions): readonly string[] {
  const { fileOptions } = options;
  return [
    ...(settings.get("emit-index-url") ? indexLines(indexes) : []),
    ...(settings.get("emit-find-links") ? findLinksLines(settings, fileOptions) : []),
    ...(settings.get("emit-build-options") ? buildOptionLines(options) : []),
  ];
}

function indexLines(indexes: CompileTextOptions["indexes"]): readonly string[] {
  const simple = indexes
    .filter(({ kind }) => kind === "simple")
    .flatMap((index) => [index, ...(index.repeats ?? [])])
    .filter(({ isExplicit }) => !isExplicit);
  const linesOf = (flag: string, isWanted: boolean): readonly string[] => [
    ...new Set(
      simple
        .filter(({ isDefault }) => isDefault === isWanted)
        .map(
          ({ url, written = url, withVariables }) =>
            `${flag} ${withVariables === undefined ? shownLocation(written) : withVariables}`,
        ),
    ),
  ];
  return [...linesOf("--index-url", true), ...linesOf("--extra-index-url", false)];
}

function findLinksLines(
  settings: CompileTextOptions["settings"],
  fileOptions: CompileTextOptions["fileOptions"],
): readonly string[] {
  const written = new Set([
    ...settings.get("find-links").map(shownLocation),
    ...fileOptions.flatMap(({ findLinks }) =>
      findLinks.map(({ value, written: own }) => (own === undefined ? shownLocation(value) : redactUrl(own))),
    ),
  ]);
  return [...written].map((value) => `--find-links ${value}`);
}

/** A URL or a path, without what a URL has of secrets; a path with line ends or options in it as its URL. */
function shownLocation(value: string): string {
  if (value.includes("://")) return literalUrl(redactUrl(value));
  return isOneLine(value) ? value : pathToFileURL(value).href;
}

function buildOptionLines(options: Parameters<typeof distributionNames>[0]): readonly string[] {
  const { noBinary, onlyBinary } = distributionNames(options);
  return [...nameLines("--no-binary", noBinary), ...nameLines("--only-binary", onlyBinary)];
}

function nameLines(flag: string, { isForAll, names }: NameSet): readonly string[] {
  return isForAll ? [`${flag} :all:`] : [...names].map((name) => `${flag} ${name}`);
}

const INDEX_FLAGS: readonly string[] = [
  "--extra-index-url",
  "--index-url",
  "-i",
  "--index",
  "--default-index",
];

const PROXY_FLAG = "--proxy";

const RUN_FLAGS: ReadonlySet<string> = new Set([
  "--upgrade",
  "-U",
  "--quiet",
  "-q",
  "--verbose",
  "-v",
  "--no-progress",
  "--native-tls",
]);
