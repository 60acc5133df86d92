// Adds the newest wheels of a folder to a cache, as the command does: node unpack-process.cjs WHEELS CACHE WORKER

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { openStore } from "../../src/store/store.ts";

const [wheels = "", cache = "", workerPath = ""] = process.argv.slice(2);

async function unpackAll(): Promise<void> {
  const store = openStore(cache, { workerPath });
  const filenames = readdirSync(wheels).filter((name) => name.includes("-2.4.1-"));
  const take = async (): Promise<void> => {
    for (let filename = filenames.pop(); filename !== undefined; filename = filenames.pop())
      await store.addWheel({ path: join(wheels, filename) }, { filename });
  };
  // As many as downloads would keep waiting.
  await Promise.all(Array.from({ length: 4 }, take));
  await store.rest();
}

void unpackAll().then(() => process.exit(0));
