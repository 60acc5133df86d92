// A project outside of this one that has the package installed as npm would install it, built from the sources as they are.

import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface OutsideProject extends Disposable {
  readonly directory: string;
  write(name: string, content: string): string;
  /** What a compiler says about the files; empty where all is well. */
  typeErrors(compiler: string, options: Readonly<Record<string, unknown>>, files: readonly string[]): string;
}

/** The compilers that are here: the project's own (TypeScript 7), and the one of the tool for API reports (6). */
export function compilers(): { readonly newest: string; readonly before: string } {
  const own = createRequire(import.meta.url);
  const reports = createRequire(own.resolve("@microsoft/api-extractor/package.json"));
  const programOf = (require: NodeJS.Require): string =>
    join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  return { newest: programOf(own), before: programOf(reports) };
}

/** Builds the package into a new project. */
export function outsideProject(): OutsideProject {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "pinion-outside-")));
  const home = join(directory, "node_modules", "pinion");
  mkdirSync(join(home, "dist"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(home, "package.json"));
  cpSync(builtLibrary(), join(home, "dist", "lib"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(home, "node_modules"));
  symlinkSync(join(ROOT, "node_modules", "@types"), join(directory, "node_modules", "@types"));
  symlinkSync(join(ROOT, "node_modules", "undici-types"), join(directory, "node_modules", "undici-types"));
  const write = (name: string, content: string): string => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  write("package.json", JSON.stringify({ name: "outside", private: true, type: "module" }));
  return {
    directory,
    write,
    typeErrors(compiler, options, files) {
      const own = { compilerOptions: { ...STRICT, ...options }, files };
      const path = write("tsconfig.json", JSON.stringify(own));
      const { stdout } = spawnSync(process.execPath, [compiler, "-p", path, "--pretty", "false"], {
        encoding: "utf8",
      });
      return stdout;
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The library of the sources as they are, built once by a run of the tests, in the run's own folder of temporary files. */
function builtLibrary(): string {
  const built = join(tmpdir(), "built-library");
  if (existsSync(built)) return built;
  const making = mkdtempSync(`${built}-`);
  const config = join(ROOT, "tsconfig.build.json");
  execFileSync(process.execPath, [OWN_COMPILER, "-p", config, "--outDir", making]);
  try {
    renameSync(making, built);
  } catch (error) {
    // Another process has built the same meanwhile.
    if (!existsSync(built)) throw error;
    rmSync(making, { recursive: true });
  }
  return built;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OWN_COMPILER = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const STRICT = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  strict: true,
  noEmit: true,
};
