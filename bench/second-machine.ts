// A machine with an empty cache beside a warm shared store: 91 packages, resolution included, against uv with an empty cache
// from the same index. Both servers are one process on loopback. docs/fleet.md

import { ABSENT, coldContender, withCpu, type ColdInput } from "./support/cold.ts";
import { largeSet } from "./support/distributions.ts";
import { fillStore } from "./support/fleet-fill.ts";
import { serveFleet } from "./support/fleet-servers.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, noteRow, ratioRow, type Row } from "./support/row.ts";
import { benchFolder, createWorld, INSTALL, peers, type Job } from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("fleet");
  const set = largeSet(benchFolder());
  const servers = await serveFleet(set, world);
  const { uv } = peers();
  const input: ColdInput = { world, requirements: world.requirementsFile(set.requirements), index: servers };
  const shared = (job: Job): readonly string[] => [
    ...INSTALL.pinion(job),
    "--shared-cache",
    servers.location,
  ];
  const cpu = { ours: [] as number[], theirs: [] as number[] };
  const theirs =
    uv === undefined
      ? ABSENT
      : withCpu(
          coldContender(input, (job) => INSTALL.uv(uv, job)),
          cpu.theirs,
        );
  try {
    await fillStore(servers, { world, set });
    const first = await servers.counts();
    const ours = withCpu(coldContender(input, shared), cpu.ours);
    const durations = await race({ ours, theirs }, { rounds: ROUNDS, warmUps: 0 });
    await servers.counts();
    const contender = coldContender(input, shared);
    await contender.prepare?.(0);
    await contender.run(0);
    const { index, store } = await servers.counts();
    const name = "Second machine, 91 packages, warm shared cache";
    return [
      ...(uv === undefined
        ? [absentRow(`${name} : uv cold`, "uv")]
        : [
            ratioRow(`${name} : uv cold`, ratio(durations.ours, durations.theirs), { atMost: 0.7 }),
            noteRow("Processor time of that : uv", ratio(cpu.ours, cpu.theirs)),
          ]),
      {
        name: "Bytes of files at the index for it",
        figure: `${index.fileBytes} (first machine: ${first.index.fileBytes})`,
        target: "0",
        isMet: index.fileBytes === 0 && first.index.fileBytes > 0,
      },
      {
        name: "Requests for it",
        figure: `index: ${index.pages} pages, ${index.metadata} metadata; store: ${store.hits} hits, ${store.misses} misses`,
      },
    ];
  } finally {
    servers.close();
  }
}

const ROUNDS = 5;
