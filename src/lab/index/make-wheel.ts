// Makes wheels (the binary distribution format, core metadata 2.1, RECORD) in memory, right ones and wrong ones.

import { createHash, hash } from "node:crypto";
import { formatRecord } from "../../pep/files/record.ts";
import { normalizeName } from "../../pep/name.ts";
import { writeZip } from "./zip-writer.ts";
import type { ZipMember, ZipOptions } from "./zip-writer.ts";

export interface WheelSpec {
  readonly name: string;
  readonly version: string;
  /** Requirements as METADATA has them: `wordlist>=1.1`, `paint ; extra == "color"`. */
  readonly requires?: readonly string[];
  readonly requiresPython?: string;
  readonly extras?: readonly string[];
  readonly summary?: string;
  /** Content by path inside the wheel. Default: a package of the wheel's name that knows its version. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** `module:function` by command name. */
  readonly consoleScripts?: Readonly<Record<string, string>>;
  /** Further groups of entry_points.txt. */
  readonly entryPoints?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Content by path below `<name>-<version>.data/`: `scripts/run.sh`, `data/share/x`, `headers/x.h`. */
  readonly data?: Readonly<Record<string, string | Uint8Array>>;
  /** Paths that are executable. */
  readonly executables?: readonly string[];
  /** Compressed tag set. Default: `py3-none-any`. */
  readonly tag?: string;
  readonly build?: string;
  /** What makes the wheel wrong; see each. */
  readonly faults?: WheelFaults;
}

export interface WheelFaults {
  /** Stands for the file name that follows from name, version and tag. */
  readonly filename?: string;
  /** Stands for METADATA, WHEEL or entry_points.txt. */
  readonly metadata?: string;
  readonly wheel?: string;
  readonly entryPoints?: string;
  /** Stands for the name of the `.dist-info` folder, without the suffix. */
  readonly distInfo?: string;
  /** Rewrites RECORD before it is written. */
  readonly rewriteRecord?: (record: string) => string;
  /** Paths that are listed in RECORD, but are not in the archive; `*.dist-info/RECORD` works too. */
  readonly leaveOut?: readonly string[];
  /** Members that are in the archive, but not listed in RECORD. */
  readonly strangers?: readonly ZipMember[];
  readonly zip?: ZipOptions;
}

export interface LabWheel {
  readonly filename: string;
  readonly bytes: Buffer;
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly version: string;
  readonly requiresPython: string | undefined;
  /** The text of METADATA, as an index serves it beside the wheel (PEP 658). */
  readonly metadata: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * Makes a wheel; the same specification gives the same octets.
 *
 * @example
 * makeWheel({ name: "greeter", version: "1.0.0", requires: ["wordlist>=1.1"], consoleScripts: { greet: "greeter:main" } });
 */
export function makeWheel(spec: WheelSpec): LabWheel {
  const faults = spec.faults ?? {};
  const module = escapeName(spec.name);
  const release = `${module}-${spec.version}`;
  const tag = spec.tag ?? "py3-none-any";
  const distInfo = `${faults.distInfo ?? release}.dist-info`;
  const metadata = faults.metadata ?? metadataText(spec);
  const entryPoints = faults.entryPoints ?? entryPointsText(spec);

  const files = new Map<string, Uint8Array>();
  const add = (path: string, content: string | Uint8Array) => files.set(path, Buffer.from(content));
  for (const [path, content] of Object.entries(spec.files ?? defaultFiles(module, spec.version)))
    add(path, content);
  for (const [path, content] of Object.entries(spec.data ?? {})) add(`${release}.data/${path}`, content);
  add(`${distInfo}/METADATA`, metadata);
  add(`${distInfo}/WHEEL`, faults.wheel ?? wheelText(tag, spec.build));
  if (entryPoints !== "") add(`${distInfo}/entry_points.txt`, entryPoints);
  const record = recordText(files, `${distInfo}/RECORD`);
  add(`${distInfo}/RECORD`, faults.rewriteRecord?.(record) ?? record);

  const executables = new Set(spec.executables);
  const leftOut = new Set((faults.leaveOut ?? []).map((path) => path.replace("*.dist-info", distInfo)));
  const members = [...files]
    .filter(([path]) => !leftOut.has(path))
    .map(([path, content]) => ({ path, content, mode: executables.has(path) ? 0o100755 : 0o100644 }));
  const bytes = writeZip([...members, ...(faults.strangers ?? [])], faults.zip);
  const build = spec.build === undefined ? "" : `-${spec.build}`;
  return {
    filename: faults.filename ?? `${release}${build}-${tag}.whl`,
    bytes,
    name: normalizeName(spec.name),
    version: spec.version,
    requiresPython: spec.requiresPython,
    metadata,
    sha256: hash("sha256", bytes, "hex"),
  };
}

/** A name as wheels write it in their file name and folders: normalised, with `_` for `-`. */
function escapeName(name: string): string {
  return normalizeName(name).replaceAll("-", "_");
}

function defaultFiles(module: string, version: string): Readonly<Record<string, string>> {
  return { [`${module}/__init__.py`]: `__version__ = ${JSON.stringify(version)}\n` };
}

function metadataText(spec: WheelSpec): string {
  const lines = [
    "Metadata-Version: 2.1",
    `Name: ${spec.name}`,
    `Version: ${spec.version}`,
    `Summary: ${spec.summary ?? "A package of the laboratory"}`,
    ...(spec.requiresPython === undefined ? [] : [`Requires-Python: ${spec.requiresPython}`]),
    ...(spec.extras ?? []).map((extra) => `Provides-Extra: ${extra}`),
    ...(spec.requires ?? []).map((requirement) => `Requires-Dist: ${requirement}`),
  ];
  return `${lines.join("\n")}\n`;
}

function wheelText(tag: string, build: string | undefined): string {
  const [pythons = "", abis = "", platforms = ""] = tag.split("-");
  const tags = pythons
    .split(".")
    .flatMap((python) =>
      abis
        .split(".")
        .flatMap((abi) => platforms.split(".").map((platform) => `Tag: ${python}-${abi}-${platform}`)),
    );
  const lines = [
    "Wheel-Version: 1.0",
    "Generator: pinion-lab",
    `Root-Is-Purelib: ${platforms === "any" ? "true" : "false"}`,
    ...(build === undefined ? [] : [`Build: ${build}`]),
    ...tags,
  ];
  return `${lines.join("\n")}\n`;
}

function entryPointsText(spec: WheelSpec): string {
  const groups = {
    ...(spec.consoleScripts && { console_scripts: spec.consoleScripts }),
    ...spec.entryPoints,
  };
  return Object.entries(groups)
    .map(([group, points]) => {
      const lines = Object.entries(points).map(([name, target]) => `${name} = ${target}\n`);
      return `[${group}]\n${lines.join("")}`;
    })
    .join("\n");
}

function recordText(files: ReadonlyMap<string, Uint8Array>, recordPath: string): string {
  const rows = Array.from(files, ([path, content]) => ({
    path,
    hash: `sha256=${createHash("sha256").update(content).digest("base64url")}`,
    size: content.length,
  }));
  return formatRecord([...rows, { path: recordPath, hash: undefined, size: undefined }]);
}
