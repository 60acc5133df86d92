// Making a virtual environment, beside `python -m venv --without-pip`.

import { join } from "node:path";

import { onSearchPath, pinion, readProgram, runProgram } from "./support/commands.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, ratioRow, type Row } from "./support/row.ts";
import { createWorld } from "./support/world.ts";

export async function run(): Promise<Row> {
  const name = "Virtual environment : python -m venv --without-pip";
  if (onSearchPath("python3") === undefined) return absentRow(name, "python3");
  const world = createWorld("venv");
  const cache = join(world.folder, "cache");
  // Behind the shims of version managers, which both would pay for.
  const python = readProgram(["python3", "-c", "import sys; print(sys.executable)"]);
  const { ours, theirs } = await race(
    {
      ours: {
        run: () =>
          runProgram([
            ...pinion(),
            "venv",
            "--no-config",
            "--cache-dir",
            cache,
            "--python",
            python,
            world.fresh("ours"),
          ]),
      },
      theirs: { run: () => runProgram([python, "-m", "venv", "--without-pip", world.fresh("theirs")]) },
    },
    { rounds: 15, warmUps: 2 },
  );
  return ratioRow(name, ratio(ours, theirs), { atMost: 0.6 });
}
