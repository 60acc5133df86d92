// A look at an environment of 500 distributions without its Python, as editors and bundlers take it. docs/library.md

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { scanEnvironment } from "../src/python/environments/scan.ts";
import { timeRow, type Row } from "./support/row.ts";
import { createWorld } from "./support/world.ts";

export function run(): readonly Row[] {
  const world = createWorld("scan");
  for (let number = 0; number < SCANNED; number += 1) {
    const folder = join(world.folder, `package_${number}-1.0.dist-info`);
    mkdirSync(folder);
    const description = "A line of a description, as packages have hundreds of them.\n".repeat(200);
    writeFileSync(
      join(folder, "METADATA"),
      `Metadata-Version: 2.1\nName: package-${number}\nVersion: 1.0\n\n${description}`,
    );
    writeFileSync(join(folder, "RECORD"), `package_${number}.py,,\n`.repeat(100));
    writeFileSync(join(folder, "INSTALLER"), "pip\n");
  }
  const durations = Array.from({ length: 9 }, () => {
    const started = performance.now();
    const { distributions } = scanEnvironment(world.folder);
    if (distributions.length !== SCANNED) throw new Error(`${distributions.length} distributions were found`);
    return performance.now() - started;
  });
  rmSync(world.folder, { recursive: true });
  return [timeRow(`scanEnvironment of ${SCANNED} distributions`, durations, { atMostMs: 60 })];
}

const SCANNED = 500;
