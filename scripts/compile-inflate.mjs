// Compiles `assembly/inflate.ts` to WebAssembly, of some 6 KB, with nothing but packages of npm.
//
// node scripts/compile-inflate.mjs [OUTPUT]

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Gives the compiled module's bytes. */
export async function compileInflate() {
  const { main } = await import("assemblyscript/asc");
  let bytes;
  const { error } = await main(
    [
      join("assembly", "inflate.ts"),
      "--baseDir",
      root,
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--importMemory",
      // The tables of codes lie below: `WORK_END` in `assembly/codes.ts`.
      "--memoryBase",
      "65536",
      "--initialMemory",
      "2",
      "--outFile",
      "inflate.wasm",
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) bytes = contents;
      },
    },
  );
  if (error || bytes === undefined)
    throw new Error(`inflate was not compiled: ${error?.message ?? "nothing was written"}`, { cause: error });
  return bytes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const output = resolve(process.argv[2] ?? join(root, "dist", "inflate.wasm"));
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, await compileInflate());
}
