// Looks a program up on `PATH`, as an absolute path: a system that does so by itself may begin with the working folder, which
// may be a checkout of another user's repository.

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { isWithin } from "./real-place.ts";

/**
 * The path of a program; undefined where there is none. Relative entries of `PATH` mean the working folder and are passed over.
 *
 * @param name of the program, or its path, which is taken as it is
 * @param options `passesOver` is a folder whose programs are not meant
 */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  { passesOver = "" }: { readonly passesOver?: string | undefined } = {},
): Promise<string | undefined> {
  if (name.includes("/") || name.includes(sep)) return (await isExecutable(name)) ? name : undefined;
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const extensions = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  for (const folder of folders) {
    if (passesOver !== "" && isWithin(folder, passesOver)) continue;
    for (const extension of extensions) {
      const path = join(folder, name + extension);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
