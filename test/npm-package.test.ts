// What goes to npm has neither scripts nor development dependencies: installing it, also from a folder or an archive, runs
// nothing. It has the command, without the compiled forms, which are for the one Node that built it.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

import { World } from "./support/world.ts";

const SCRIPT = fileURLToPath(new URL("../scripts/make-package.mjs", import.meta.url));

test(
  "the package has no `prepare`, and no other script, its command runs, and its library finds the inflater",
  { timeout: 120_000 },
  async () => {
    await using world = await World.create();
    const folder = join(world.directory, "packed");
    execFileSync(process.execPath, [SCRIPT, folder]);
    const [name = ""] = readdirSync(folder);
    const tar = gunzipSync(readFileSync(join(folder, name)));
    const manifest: unknown = JSON.parse(readMember(tar, "package/package.json"));
    expect(manifest).toMatchObject({ name: "pinion", bin: expect.anything(), man: "./man/pinion.1" });
    expect(manifest).not.toHaveProperty("scripts");
    expect(manifest).not.toHaveProperty("devDependencies");

    execFileSync("tar", ["-xzf", join(folder, name), "-C", folder]);
    const entry = join(folder, "package", "bin", "pinion.cjs");
    const ran = await world.program(process.execPath, [entry, "cache", "dir", "--cache-dir", folder]);
    expect(ran).toMatchObject({ code: 0, stdout: `${folder}\n`, stderr: "" });
    const inflater = join(folder, "package", "dist", "lib", "store", "unpacking", "inflate-module.js");
    const found = `import { readInflateModule } from ${JSON.stringify(inflater)}; console.log(typeof readInflateModule())`;
    const library = await world.program(process.execPath, ["--input-type=module", "-e", found]);
    expect(library).toMatchObject({ code: 0, stdout: "object\n", stderr: "" });
    const files = readdirSync(join(folder, "package", "dist"), { recursive: true, encoding: "utf8" });
    expect(files.filter((path) => path.endsWith(".cache"))).toEqual([]);
  },
);

/** A member of a tar archive: blocks of 512 bytes, the name at 0, the size at 124 in octal digits (POSIX ustar). */
function readMember(tar: Buffer, name: string): string {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const found = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    if (found === name) return tar.toString("utf8", at + BLOCK, at + BLOCK + size);
    at += BLOCK * (1 + Math.ceil((Number.isNaN(size) ? 0 : size) / BLOCK));
  }
  throw new Error(`The archive has no ${name}`);
}

const BLOCK = 512;
