// A Lambda package of 30 packages from warm caches: the library's archive beside an installation by uv and `zip`.
// examples/lambda-zip

import { onSearchPath, runProgram } from "./support/commands.ts";
import { withCpu } from "./support/cold.ts";
import { largeSet } from "./support/distributions.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, noteRow, ratioRow, type Row } from "./support/row.ts";
import { benchFolder, createWorld, peers, serve, supportFile } from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const name = `Lambda zip of ${PACKAGES} packages, warm : uv pip install --target and zip`;
  const { uv } = peers();
  const zip = onSearchPath("zip");
  if (uv === undefined || zip === undefined) return [absentRow(name, uv === undefined ? "uv" : "zip")];
  const world = createWorld("lambda");
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const requirements = world.requirementsFile(set.pins.slice(-PACKAGES));
  const [cache, uvCache] = [world.fresh("cache"), world.fresh("uv-cache")];
  const cpu = { ours: [] as number[], theirs: [] as number[] };
  const ours = (): void => {
    const words = [index.url, cache, requirements, world.fresh("a.zip")];
    runProgram([process.execPath, supportFile("lambda-zip-process"), ...words], index);
  };
  const theirs = (): void => {
    const target = world.fresh("target");
    const common = ["--no-config", "--no-deps", "--index-url", index.url, "--cache-dir", uvCache];
    const chosen = ["--python-version", "3.12", "--python-platform", "x86_64-manylinux_2_28"];
    const job = ["--requirement", requirements, "--target", target];
    runProgram([...uv.words, "pip", "install", ...common, ...chosen, ...job], index);
    runProgram([zip, "-q", "-r", world.fresh("b.zip"), "."], { cwd: target });
  };
  try {
    const durations = await race(
      { ours: withCpu({ run: ours }, cpu.ours), theirs: withCpu({ run: theirs }, cpu.theirs) },
      { rounds: 5 },
    );
    return [
      ratioRow(name, ratio(durations.ours, durations.theirs), { atMost: 0.5 }),
      noteRow("Processor time of that : uv and zip", ratio(cpu.ours, cpu.theirs)),
    ];
  } finally {
    index.close();
  }
}

const PACKAGES = 30;
