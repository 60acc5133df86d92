// Removing what a change leaves behind. Node's own way tries every folder as a file first, and so costs an error for each.

import { lstatSync, readdirSync, rmSync, rmdirSync, unlinkSync } from "node:fs";

import { systemCode } from "../errors.ts";

/** Removes a file or a folder with everything in it; links are removed and not followed. Nothing there is no error. */
export function removeTree(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return;
  try {
    if (status.isDirectory()) removeFolder(path);
    else unlinkSync(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    // Write-protected files on Windows, and other processes at work in there: Node knows what to try.
    rmSync(path, { recursive: true, force: true });
  }
}

function removeFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) removeFolder(path);
    else unlinkSync(path);
  }
  rmdirSync(folder);
}
