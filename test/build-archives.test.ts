// Archives of sources on their way into a folder: every kind of compression, and what is refused.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { unpackSdist } from "../src/build/unpack-sdist.ts";
import { archiveCases } from "./archive-vectors.ts";
import { packSdist, tarFile } from "./support/build-world.ts";

const END = Buffer.alloc(1024);
let directory = "";

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "pinion-sdist-")));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function unpack(archive: Buffer, filename: string): Promise<string> {
  return unpackSdist(archive, join(directory, "source"), { filename, python: "python3", env: process.env });
}

/** The same tar archive under another compression, by Python. */
function compressed(archive: Buffer, module: "bz2" | "lzma"): Buffer {
  const script = `import ${module}, gzip, sys; sys.stdout.buffer.write(${module}.compress(gzip.decompress(sys.stdin.buffer.read())))`;
  return spawnSync("python3", ["-c", script], { input: archive, maxBuffer: 1e8 }).stdout;
}

function zipped(files: Readonly<Record<string, string>>): Buffer {
  const script = `
import io, json, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as archive:
    for name, text in json.load(sys.stdin).items():
        info = zipfile.ZipInfo(name)
        info.external_attr = (0o100755 if name.endswith("configure") else 0o100644) << 16
        archive.writestr(info, text)
sys.stdout.buffer.write(out.getvalue())`;
  return spawnSync("python3", ["-c", script], { input: JSON.stringify(files), maxBuffer: 1e8 }).stdout;
}

describe("a hostile source distribution", () => {
  const refused = archiveCases("tar").filter(({ verdict }) => verdict === "refuse");

  // Promise: a source distribution that two programs could unpack differently is refused before anything is built
  // Attack: every malformed tar archive of the vectors, as it is and with gzip
  test.each(refused)("is refused: $title", async ({ bytes }) => {
    for (const archive of [bytes, gzipSync(bytes)]) {
      const unpacking = unpack(archive, "alpha-1.0.tar.gz");
      await expect(unpacking).rejects.toMatchObject({ code: expect.stringMatching(/^archive\//) });
      expect(readdirSync(directory)).toEqual(["source"]);
      rmSync(join(directory, "source"), { recursive: true });
    }
  });
});

describe("a source distribution", () => {
  const tar = packSdist("alpha-1.0", { "setup.py": "# setup\n", "a/b.txt": "b" });

  test.for([
    ["alpha-1.0.tar.gz", () => tar],
    ["alpha-1.0.tar.bz2", () => compressed(tar, "bz2")],
    ["alpha-1.0.tar.xz", () => compressed(tar, "lzma")],
    ["alpha-1.0.zip", () => zipped({ "alpha-1.0/setup.py": "# setup\n", "alpha-1.0/a/b.txt": "b" })],
  ] as const)("%s is unpacked", async ([filename, make]) => {
    const top = await unpack(make(), filename);
    expect(top).toBe(join(directory, "source", "alpha-1.0"));
    expect(readFileSync(join(top, "setup.py"), "utf8")).toBe("# setup\n");
    expect(readFileSync(join(top, "a", "b.txt"), "utf8")).toBe("b");
  });

  test("has files of one time, and programs that can be run", async () => {
    const top = await unpack(
      zipped({ "alpha-1.0/configure": "#!/bin/sh\n", "alpha-1.0/configure.ac": "x" }),
      "alpha-1.0.zip",
    );
    const [program, source] = ["configure", "configure.ac"].map((name) => statSync(join(top, name)));
    expect(program?.mtimeMs).toBe(source?.mtimeMs);
    expect([(program?.mode ?? 0) & 0o100, (source?.mode ?? 0) & 0o100]).toEqual([0o100, 0]);
  });

  test.for([
    ["nothing", []],
    ["two folders", ["alpha-1.0/setup.py", "beta-1.0/setup.py"]],
    ["a file beside the folder", ["alpha-1.0/setup.py", "README"]],
    ["only a file", ["setup.py"]],
  ] as const)("with %s at its top is refused", async ([, paths]) => {
    const archive = gzipSync(Buffer.concat([...paths.map((path) => tarFile(path, "x")), END]));
    await expect(unpack(archive, "alpha-1.0.tar.gz")).rejects.toMatchObject({ code: "archive/invalid" });
  });

  test.for(["../outside", "/tmp/outside", "alpha-1.0/../../outside", "alpha-1.0/./x"])(
    "with the member %j is refused and writes nothing beside its folder",
    async (path) => {
      const archive = gzipSync(Buffer.concat([tarFile("alpha-1.0/setup.py", "x"), tarFile(path, "x"), END]));
      await expect(unpack(archive, "alpha-1.0.tar.gz")).rejects.toMatchObject({
        code: "archive/invalid",
        message: "Failed to extract `alpha-1.0.tar.gz`",
      });
      expect(readdirSync(directory)).toEqual(["source"]);
      expect(existsSync("/tmp/outside")).toBe(false);
    },
  );

  test.for(["bz2", "lzma"] as const)("with damaged %s is refused", async (module) => {
    const whole = compressed(tar, module);
    const damaged = whole.subarray(0, whole.length - 20);
    await expect(unpack(damaged, "alpha-1.0.tar.x")).rejects.toMatchObject({ code: "archive/invalid" });
  });
});
