// Making a virtual environment, beside `python -m venv --without-pip`: not the first one with this Python and these words,
// so that how it is made is remembered (docs/cache.md).

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { onSearchPath, pinion, readProgram, runProgram } from "./support/commands.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, ratioRow, type Row } from "./support/row.ts";
import { createWorld, REMEMBERED_AFTER_MS } from "./support/world.ts";

export async function run(): Promise<Row> {
  const name = "Virtual environment : python -m venv --without-pip";
  if (onSearchPath("python3") === undefined) return absentRow(name, "python3");
  const world = createWorld("venv");
  const cache = join(world.folder, "cache");
  // Behind the shims of version managers, which both would pay for.
  const python = readProgram(["python3", "-c", "import sys; print(sys.executable)"]);
  const make = (): void => {
    const words = ["venv", "--no-config", "--cache-dir", cache, "--python", python, world.fresh("ours")];
    runProgram([...pinion(), ...words]);
  };
  make();
  await sleep(REMEMBERED_AFTER_MS);
  const { ours, theirs } = await race(
    {
      ours: { run: make },
      theirs: { run: () => runProgram([python, "-m", "venv", "--without-pip", world.fresh("theirs")]) },
    },
    { rounds: 15, warmUps: 2 },
  );
  return ratioRow(name, ratio(ours, theirs), { atMost: 0.6 });
}
