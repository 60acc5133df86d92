// What a run saw of the environment that it installed into, as far as it holds for another one: that one looks the same
// where all of this is the same below its own folder. What leads out of it is compared by identity. docs/cache.md.

import {
  accessSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from "node:fs";

import { restBelow } from "../base/files/real-place.ts";
import { readSmallFile } from "../base/files/small-file.ts";
import type { Look, Looks } from "./looks.ts";

/** A look at a path below an environment's folder, and what was seen there. */
export type EnvironmentLook = readonly [kind: Look[0], below: string, mode: number | null, seen: string];

/** Looks of a run, apart by whether they are at the environment. */
export interface Parted {
  readonly environment: readonly EnvironmentLook[];
  readonly others: Looks;
}

/**
 * Parts the looks of a run; undefined where more was seen of the environment than can be compared, or it has changed since.
 *
 * @param root the environment's folder, absolute
 */
export function partLooks(looks: Looks, root: string): Parted | undefined {
  const environment: EnvironmentLook[] = [];
  const others: Look[] = [];
  for (const look of looks) {
    const [kind, subject, , mode] = look;
    const below = restBelow(subject, root);
    if (below === undefined) {
      others.push(look);
      continue;
    }
    const seen = see(kind, subject, { root, mode: mode ?? undefined });
    if (seen === undefined) return undefined;
    environment.push([kind, below, mode ?? null, seen]);
  }
  return { environment, others };
}

/** Whether an environment looks as that one did. */
export function looksTheSame(environment: readonly EnvironmentLook[], root: string): boolean {
  return environment.every(
    ([kind, below, mode, seen]) => see(kind, root + below, { root, mode: mode ?? undefined }) === seen,
  );
}

function see(
  kind: Look[0],
  path: string,
  { root, mode }: { readonly root: string; readonly mode: number | undefined },
): string | undefined {
  const inside = (text: string): string => {
    const below = restBelow(text, root);
    return below === undefined ? `at ${text}` : `inside ${below}`;
  };
  try {
    switch (kind) {
      case "stat":
        return describe(statSync(path, NO_THROW), path, root);
      case "lstat":
        return describe(lstatSync(path, NO_THROW), path, root);
      case "list":
        return readdirSync(path).join("/");
      case "real":
        return inside(realpathSync(path));
      case "nativeReal":
        return inside(realpathSync.native(path));
      case "link":
        return inside(readlinkSync(path));
      case "access":
        accessSync(path, mode);
        return "allowed";
    }
  } catch (error) {
    const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code !== "string") throw error;
    return `! ${code}`;
  }
  return undefined;
}

/** A file by its text, since another environment has one of its own; undefined where that would be long. */
function describe(status: Stats | undefined, path: string, root: string): string | undefined {
  if (status === undefined) return "nothing";
  const { mode, uid, gid, dev } = status;
  const kind = `${mode} ${uid} ${gid} ${dev}`;
  if (status.isSymbolicLink()) return `${kind} ${readlinkSync(path)}`;
  if (!status.isFile()) return kind;
  const real = realpathSync.native(path);
  if (restBelow(real, realpathSync.native(root)) === undefined) {
    const { ino, size, mtimeMs, ctimeMs } = status;
    return `${kind} ${real} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  }
  const file = readSmallFile(path, MAX_TEXT);
  return file.kind === "read" ? `${kind} ${file.bytes.toString("latin1")}` : undefined;
}

const NO_THROW = { throwIfNoEntry: false } as const;

/** `pyvenv.cfg` has some hundred bytes. */
const MAX_TEXT = 4096;
