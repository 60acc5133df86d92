// The cold installation of `cold-install.ts` on a disk, in fresh folders: PINION_BENCH_DISK names a folder on it, by default
// the system's for temporary files. Nothing is deleted meanwhile, and this benchmark is the last of a run: what a disk
// still has to write would slow down the next one.

import { statfsSync, statSync } from "node:fs";
import { coldContender, type ColdInput } from "./support/cold.ts";
import { largeSet } from "./support/distributions.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, ratioRow, type Row } from "./support/row.ts";
import { benchFolder, createWorld, INSTALL, peers, serve } from "./support/world.ts";

export async function run(): Promise<Row> {
  const disk = process.env["PINION_BENCH_DISK"] ?? "";
  const name = `Cold install, 91 packages, on ${FILE_SYSTEMS.get(statfsSync(disk).type) ?? "another disk"} : uv`;
  if (statSync(disk).dev === statSync(benchFolder()).dev)
    return { name, figure: "the same as above: all benchmarks ran on that disk" };
  const { uv } = peers();
  if (uv === undefined) return absentRow(name, "uv");
  const world = createWorld("cold-disk", disk);
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const input: ColdInput = { world, requirements: world.requirementsFile(set.requirements), index };
  try {
    const { ours, theirs } = await race(
      {
        ours: coldContender(input, INSTALL.pinion),
        theirs: coldContender(input, (job) => INSTALL.uv(uv, job)),
      },
      { rounds: 7, warmUps: 0 },
    );
    return ratioRow(name, ratio(ours, theirs), { atMost: 1 });
  } finally {
    index.close();
  }
}

// statfs(2).
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "XFS"],
  [0x9123683e, "Btrfs"],
  [0x01021994, "tmpfs"],
]);
