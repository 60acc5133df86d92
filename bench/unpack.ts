// Unpacking the 91 wheels into the cache with every check (digests, CRC, RECORD), in a process of its own as the command
// does it, beside `cp -a` of the unpacked tree. In memory, where the system has such a folder, so that no disk decides.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { runProgram } from "./support/commands.ts";
import { largeSet } from "./support/distributions.ts";
import { race, ratio } from "./support/race.ts";
import { ratioRow, type Row } from "./support/row.ts";
import { benchFolder, pinionWorker, supportFile } from "./support/world.ts";

export async function run(): Promise<Row> {
  const set = largeSet(benchFolder());
  const base = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : benchFolder(), "pinion-bench-unpack-"));
  try {
    const unpack = (to: string): void =>
      runProgram([process.execPath, supportFile("unpack-process"), set.folder, to, pinionWorker()]);
    const tree = join(base, "tree");
    unpack(tree);
    const current = { ours: "", copy: "" };
    const prepare = (who: keyof typeof current) => (round: number) => {
      if (current[who] !== "") rmSync(current[who], { recursive: true });
      current[who] = join(base, `${who}-${round}`);
    };
    const { ours, copy } = await race(
      {
        ours: { prepare: prepare("ours"), run: () => unpack(current.ours) },
        copy: { prepare: prepare("copy"), run: () => void execFileSync("cp", ["-a", tree, current.copy]) },
      },
      { rounds: 5 },
    );
    const wheels = readdirSync(set.folder).filter((name) => name.includes("-2.4.1-")).length;
    return ratioRow(`Unpack ${wheels} wheels with all checks : \`cp -a\``, ratio(ours, copy), {
      atMost: 1.2,
    });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const MEMORY = "/dev/shm";
