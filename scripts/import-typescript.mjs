// Imports a TypeScript module of this repository into a script, on Node versions that cannot do so by themselves.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(fileURLToPath(import.meta.url), "..", "..");

/** Each module keeps the address of its source, by which it finds files beside itself. */
const ownAddresses = {
  name: "own-addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
};

/** Imports a module by its path from the top of the repository. */
export async function importTypeScript(path) {
  // Below node_modules, so that packages are found; named by process, so that two scripts do not meet.
  const outfile = join(
    root,
    "node_modules",
    ".cache",
    "pinion",
    `${process.pid}-${path.replaceAll("/", "-")}.mjs`,
  );
  await build({
    absWorkingDir: root,
    entryPoints: [path],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20.19",
    logLevel: "error",
    plugins: [ownAddresses],
  });
  return import(pathToFileURL(outfile).href);
}
