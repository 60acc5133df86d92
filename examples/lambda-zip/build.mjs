// A Lambda package for another architecture, without Docker, pip or Python.
//
// node build.mjs REQUIREMENTS.txt OUT.zip [--arch arm64|x86_64] [--python 3.12] [--handler handler.py]

import { createWriteStream, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createInstaller, targetFor } from "pinion";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: "string", default: "arm64" },
    python: { type: "string", default: "3.12" },
    handler: { type: "string", multiple: true, default: [] },
  },
});
const [requirements, archive] = positionals;

// Amazon Linux 2023, which the runtimes since Python 3.12 are, has glibc 2.34.
const platform = `${values.arch === "arm64" ? "aarch64" : "x86_64"}-manylinux_2_34`;
const installer = createInstaller({
  cacheDirectory: process.env.PINION_CACHE_DIR ?? join(homedir(), ".cache", "pinion"),
  directory: process.cwd(),
  env: process.env,
  home: homedir(),
  indexes: process.env.INDEX_URL && { defaultIndex: { value: process.env.INDEX_URL, origin: "INDEX_URL" } },
});
try {
  const plan = await installer.plan({
    requirements: [{ kind: "file", path: requirements }],
    constraints: [],
    overrides: [],
    into: {
      kind: "directory",
      path: "/nonexistent",
      target: targetFor({ platform, pythonVersion: values.python }),
    },
  });
  const files = new Map(values.handler.map((path) => [basename(path), readFileSync(path)]));
  await pipeline(installer.zip(plan, { files }), createWriteStream(archive));
  for (const { name, version } of plan.install) console.log(`${name}==${version}`);
} finally {
  await installer.close();
}
