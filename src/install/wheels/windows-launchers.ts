// Commands on Windows: a launcher program, the line that names the Python, and a ZIP archive with the script. The programs
// are those of distlib, which the target's own Python carries in the pip of its `ensurepip`: Pinion ships no binaries.

import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

import { readZip } from "../../archive/zip.ts";
import type { EntryPoint } from "../../pep/files/entry-points.ts";
import { launcherText } from "./scripts.ts";
import type { InstallTarget } from "../installation.ts";

/** Makes the files of a command: one program, or without launchers a script and a batch file that starts it. */
export interface WindowsLaunchers {
  files(
    name: string,
    entryPoint: EntryPoint,
  ): readonly { readonly name: string; readonly contents: Buffer }[];
}

/** Reads the launchers of a target, once for a whole change. @throws archive/invalid */
export function createWindowsLaunchers(target: InstallTarget): WindowsLaunchers {
  const archive =
    target.launcherWheel === undefined ? undefined : readZip(readFileSync(target.launcherWheel));
  const program = (kind: "t" | "w"): Buffer | undefined => {
    const entry = archive?.entries.find(
      ({ name }) => name === `${LAUNCHER_FOLDER}${kind}${suffixOf(target)}.exe`,
    );
    return entry === undefined ? undefined : archive?.read(entry);
  };
  const programs = { console: program("t"), window: program("w") };
  return {
    files: (name, entryPoint) => {
      const isWindow = entryPoint.group === "gui_scripts";
      const launcher = isWindow ? programs.window : programs.console;
      const baseName = name.endsWith(".py") ? name.slice(0, -3) : name;
      const firstLine = windowsInterpreterLine(target, isWindow);
      const script = Buffer.from(launcherText(entryPoint, firstLine));
      if (launcher === undefined) return batchFiles(baseName, script);
      const contents = Buffer.concat([
        launcher,
        Buffer.from(`${firstLine}\r\n`),
        zipOf("__main__.py", script),
      ]);
      return [{ name: `${baseName}.exe`, contents }];
    },
  };
}

function suffixOf(target: InstallTarget): string {
  const { platform } = target.target;
  if (platform.kind !== "windows") return "";
  return { amd64: "64", win32: "32", arm64: "64-arm" }[platform.arch];
}

function windowsInterpreterLine({ executable }: InstallTarget, isWindow: boolean): string {
  if (executable === undefined) return `#!/usr/bin/env ${isWindow ? "pythonw" : "python"}`;
  const path = isWindow ? executable.replace(/python(\.exe)?$/i, "pythonw$1") : executable;
  return /\s/.test(path) ? `#!"${path}"` : `#!${path}`;
}

function batchFiles(
  name: string,
  script: Buffer,
): readonly { readonly name: string; readonly contents: Buffer }[] {
  const batch = `@"%~dp0python.exe" "%~dp0${name}-script.py" %*\r\n`;
  return [
    { name: `${name}-script.py`, contents: script },
    { name: `${name}.cmd`, contents: Buffer.from(batch) },
  ];
}

/** The smallest ZIP archive with one stored file, always the same bytes for the same script. */
function zipOf(name: string, contents: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(EARLIEST_DATE, 8);
  common.writeUInt32LE(crc32(contents), 10);
  common.writeUInt32LE(contents.length, 14);
  common.writeUInt32LE(contents.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), contents]);
  const row = Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(row.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, row, Buffer.from("PK\x05\x06"), end]);
}

const LAUNCHER_FOLDER = "pip/_vendor/distlib/";
/** 1 January 1980, the first day that ZIP knows. */
const EARLIEST_DATE = 0x21;
