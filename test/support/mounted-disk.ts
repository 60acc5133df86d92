// A small disk in memory, to be full of; only where the user may mount one.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Mounts a disk below a folder. `options`: `size=1m`. */
export function mountDisk(directory: string, options: string): Disposable & { readonly path: string } {
  const path = join(directory, "disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  return { path, [Symbol.dispose]: () => void execFileSync("umount", [path]) };
}

/** Only root may, and in some containers not even root. */
export function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    execFileSync("rmdir", [folder]);
  }
}
