// Our own inflate against `node:zlib`: streams made by chance (test/support/fuzz-inflate.ts), and members of real wheels.
//
// node scripts/fuzz-inflate.mjs [STREAMS [SEED]]     default: 10000000 streams, seed 1
// node scripts/fuzz-inflate.mjs FOLDER...            every member of every wheel below the folders

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { compileInflate } from "./compile-inflate.mjs";
import { importTypeScript } from "./import-typescript.mjs";

const module = new WebAssembly.Module(await compileInflate());
const words = process.argv.slice(2);
const started = performance.now();
process.exitCode = (
  words.some((word) => existsSync(word)) ? await compareWheels(words) : await compareStreams(words)
)
  ? 0
  : 1;
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);

async function compareStreams([streams = "10000000", seed = "1"]) {
  const { fuzzInflate } = await importTypeScript("test/support/fuzz-inflate.ts");
  let left = Number(streams);
  let isSame = true;
  for (let round = Number(seed); left > 0; round += 1) {
    const count = Math.min(left, 1_000_000);
    const { taken, refused, differences } = await fuzzInflate({ module, streams: count, seed: round });
    console.log(
      `seed ${round}: ${count} streams, ${taken} inflated, refused ${JSON.stringify(refused)}, ${differences.length} differences`,
    );
    for (const difference of differences) console.log(`  ${difference}`);
    isSame &&= differences.length === 0;
    left -= count;
  }
  return isSame;
}

async function compareWheels(folders) {
  const { readZip } = await importTypeScript("src/archive/zip.ts");
  const { createInflater } = await importTypeScript("src/archive/inflater.ts");
  const inflater = createInflater(module);
  const count = { wheels: 0, unreadable: 0, members: 0, large: 0, bytes: 0, differences: 0 };
  for (const path of folders.flatMap(wheelsBelow)) {
    let archive;
    try {
      archive = readZip(readFileSync(path));
    } catch {
      count.unreadable += 1;
      continue;
    }
    count.wheels += 1;
    for (const entry of archive.entries) {
      if (entry.isDirectory || !entry.isDeflated) continue;
      if (!inflater.fits(entry)) {
        count.large += 1;
        continue;
      }
      const { offset, compressedSize } = entry;
      const theirs = inflateRawSync(archive.source.read(offset, compressedSize), {
        maxOutputLength: entry.size || 1,
      });
      count.members += 1;
      count.bytes += entry.size;
      if (!inflater.inflate(entry, archive.source).equals(theirs)) {
        count.differences += 1;
        console.log(`${path}: ${entry.name} differs`);
      }
    }
  }
  console.log(JSON.stringify(count));
  return count.differences === 0;
}

function wheelsBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".whl"))
    .map((entry) => join(entry.parentPath, entry.name));
}
