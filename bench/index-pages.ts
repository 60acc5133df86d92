// Fetching 300 index pages over TLS on 16 connections with Pinion's client, beside curl; both as whole processes.

import { writeFileSync } from "node:fs";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { onSearchPath, runProgram } from "./support/commands.ts";
import { makeOnce } from "./support/distributions.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, ratioRow, type Row } from "./support/row.ts";
import { createWorld, serve, supportFile } from "./support/world.ts";

export async function run(): Promise<Row> {
  const name = `${PAGES} index pages on 16 connections : curl`;
  const curl = onSearchPath("curl");
  if (curl === undefined) return absentRow(name, "curl");
  const world = createWorld("pages");
  const set = makeOnce(world.fresh("wheels"), (write) => {
    const names = Array.from({ length: PAGES }, (_, index) => `page-${index}`);
    for (const project of names)
      for (let version = 0; version < 10; version += 1)
        write(makeWheel({ name: project, version: `1.${version}` }));
    return { requirements: names, pins: [] };
  });
  const index = await serve(set, world);
  try {
    const urls = set.requirements.map((project) => `${index.url}${project}/`);
    const list = world.fresh("urls");
    writeFileSync(list, urls.join("\n"));
    const config = world.fresh("curl");
    writeFileSync(config, urls.map((url) => `url = "${url}"\noutput = "/dev/null"\n`).join(""));
    const { ours, theirs } = await race(
      {
        ours: {
          run: () => runProgram([process.execPath, supportFile("fetch-pages-process"), list, index.bundle]),
        },
        theirs: {
          run: () =>
            runProgram([
              curl,
              "--silent",
              "--fail",
              "--http1.1",
              "--cacert",
              index.bundle,
              "--header",
              "accept: application/vnd.pypi.simple.v1+json",
              "--parallel",
              "--parallel-max",
              "16",
              "--config",
              config,
            ]),
        },
      },
      { rounds: 9, warmUps: 2 },
    );
    return ratioRow(name, ratio(ours, theirs), { atMost: 2.5 });
  } finally {
    index.close();
  }
}

const PAGES = 300;
