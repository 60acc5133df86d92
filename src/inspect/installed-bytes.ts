// How much disk space installed distributions take, by their own account: the sizes in their `RECORD`s.

import { atOnce, inTurns, Turns, type Pausing } from "../base/work/turns.ts";
import { isPinionError, systemCode } from "../errors.ts";
import { recordRows } from "../pep/files/record-rows.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import {
  MAX_RECORD_BYTES,
  MAX_RECORD_ROWS,
  readRecordBytes,
} from "../python/environments/installed-record.ts";
import { EnvironmentRoom } from "../python/environments/environment-room.ts";

/** The bytes of its files; undefined where it has no `RECORD` that can be read, as an egg. */
export function installedBytes(distribution: Pick<InstalledDistribution, "directory">): number | undefined {
  return atOnce(bytesIn(distribution, new EnvironmentRoom(MAX_RECORD_BYTES)));
}

/** The same of each distribution of an environment, by name. @throws environment/too-large, net/cancelled */
export async function installedBytesOfAll(
  distributions: readonly Pick<InstalledDistribution, "name" | "directory">[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, number | undefined>> {
  const room = new EnvironmentRoom(MAX_RECORD_BYTES);
  const turns = new Turns(signal);
  const sizes = new Map<string, number | undefined>();
  for (const distribution of distributions)
    sizes.set(distribution.name, await inTurns(bytesIn(distribution, room), turns));
  return sizes;
}

function* bytesIn(
  { directory }: Pick<InstalledDistribution, "directory">,
  room: EnvironmentRoom,
): Pausing<number | undefined> {
  try {
    const bytes = readRecordBytes(directory);
    room.take(bytes.length);
    let sum = 0;
    for (const { size = 0 } of recordRows(bytes.toString(), MAX_RECORD_ROWS)) {
      sum += size;
      yield;
    }
    return sum;
  } catch (error) {
    const isUnreadable = isPinionError(error)
      ? error.code === "wheel/invalid"
      : systemCode(error) !== undefined;
    if (!isUnreadable) throw error;
    return undefined;
  }
}
