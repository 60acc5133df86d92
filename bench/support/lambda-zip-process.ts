// A process of its own that packs requirements into a ZIP archive with the library:
// node lambda-zip-process.cjs INDEX CACHE REQUIREMENTS ARCHIVE

import { createWriteStream, readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";

import { createInstaller } from "../../src/api/installer.ts";
import { targetFor } from "../../src/pep/tags/target.ts";

const [index = "", cacheDirectory = "", requirements = "", archive = ""] = process.argv.slice(2);

void (async () => {
  const installer = createInstaller({
    cacheDirectory,
    directory: "/",
    env: process.env,
    indexes: { defaultIndex: { value: index, origin: "the benchmark" } },
  });
  const target = targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" });
  const plan = await installer.plan({
    requirements: readFileSync(requirements, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((text) => ({ kind: "text", text })),
    constraints: [],
    overrides: [],
    noDependencies: true,
    into: { kind: "directory", path: "/no/such/folder", target },
  });
  await pipeline(installer.zip(plan), createWriteStream(archive));
  await installer.close();
})();
