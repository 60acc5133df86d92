// Whether this user may trust and use a cache folder: what others can change must not be linked into an environment.

import { accessSync, constants, lstatSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";

import { ownershipFault, wayFault } from "../../base/files/folder-owner.ts";
import { systemReason } from "../../base/text/system-reasons.ts";
import { PinionError, systemCode } from "../../errors.ts";

/** Why a cache folder is not used, as the end of a sentence; undefined where it is used. */
export function cacheFault(directory: string): string | undefined {
  let status: Stats | undefined;
  try {
    status = statSync(directory, { throwIfNoEntry: false });
  } catch (error) {
    return `cannot be used, ${systemReason(systemCode(error) ?? "unknown reason")}`;
  }
  if (status === undefined) return canWrite(existingAncestor(directory)) ? undefined : "cannot be created";
  if (!status.isDirectory()) return "is not a folder";
  return ownershipFault(directory) ?? (canWrite(directory) ? undefined : "cannot be written");
}

/** Refuses a cache that other users can change. @throws cache/unusable */
export function requireOwnCache(directory: string): void {
  refuse(directory, ownershipFault(directory));
}

/** Refuses to empty a cache that other users can change, or to which they chose the way. @throws cache/unusable */
export function requireOwnWay(directory: string): void {
  refuse(directory, ownershipFault(directory) ?? wayFault(directory));
}

function refuse(directory: string, reason: string | undefined): void {
  if (reason === undefined) return;
  throw new PinionError("cache/unusable", `The cache folder \`${directory}\` ${reason}`, {
    details: { directory, reason },
    hints: [{ kind: "move-cache" }],
  });
}

function existingAncestor(path: string): string {
  const parent = dirname(path);
  if (parent === path || lstatSync(parent, { throwIfNoEntry: false }) !== undefined) return parent;
  return existingAncestor(parent);
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
