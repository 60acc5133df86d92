// Archives of sources on their way into a folder: every kind of compression, and what is refused.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { unpackLimit } from "../src/archive/tar.ts";
import { unpackSdist, type UnpackSdistOptions } from "../src/build/trees/unpack-sdist.ts";
import { archiveCases } from "./archive-vectors.ts";
import { packSdist, tarFile } from "./support/source-trees.ts";
import { turnsOf } from "./support/turns-of.ts";

const MIB = 1024 ** 2;
const END = Buffer.alloc(1024);
let directory = "";

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "pinion-sdist-")));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function unpack(
  archive: Buffer,
  filename: string,
  options: Partial<UnpackSdistOptions> = {},
): Promise<string> {
  const source = join(directory, "source");
  return unpackSdist(archive, source, { filename, python: "python3", env: process.env, ...options });
}

/** The bytes of all files of a folder. */
function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.reduce(
    (total, entry) => total + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
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

describe("a source distribution that is compressed a thousandfold", () => {
  const zeros = packSdist("alpha-1.0", { "setup.py": "# setup\n", zeros: "\0".repeat(4 * MIB) });
  const forms = ["gz", "bz2", "lzma"] as const;
  const make = (form: (typeof forms)[number]): Buffer => (form === "gz" ? zeros : compressed(zeros, form));

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: gzip, bzip2 and xz of many zeros
  test.for(forms)("is refused by %s once more comes than its size allows", async (form) => {
    const unpacking = unpack(make(form), "alpha-1.0.tar.x", { maxUnpackedBytes: MIB });
    await expect(unpacking).rejects.toMatchObject({ code: "archive/too-large" });
    expect(sizeOf(directory)).toBeLessThanOrEqual(MIB);
  });

  test.for(forms)("is unpacked by %s where it is small", async (form) => {
    const top = await unpack(make(form), "alpha-1.0.tar.x");
    expect(statSync(join(top, "zeros")).size).toBe(4 * MIB);
  });

  test("may have a hundred times its size, and always a quarter of a gigabyte", () => {
    expect([0, 45, 10 * MIB, 1024 * MIB].map(unpackLimit)).toEqual([
      256 * MIB,
      256 * MIB,
      1000 * MIB,
      8192 * MIB,
    ]);
  });
});

describe("the Python that takes a source distribution apart", () => {
  // Promise: no Python that may run code of packages sees a secret that only Pinion needs
  // Attack: a package of the environment has a `.pth` file, and a source distribution comes as bzip2 or xz
  test.for(["bz2", "lzma"] as const)("runs no `.pth` file of its environment, by %s", async (form) => {
    const root = join(directory, "environment");
    spawnSync("python3", ["-m", "venv", "--without-pip", root]);
    const [version = ""] = readdirSync(join(root, "lib"));
    const found = join(directory, "found");
    writeFileSync(
      join(root, "lib", version, "site-packages", "marking.pth"),
      `import os; open(${JSON.stringify(found)}, "w").close()\n`,
    );
    const python = join(root, "bin", "python");
    await unpack(compressed(packSdist("alpha-1.0", { a: "a" }), form), "alpha-1.0.tar.x", { python });
    expect(existsSync(found)).toBe(false);
  });

  // Promise: no Python that may run code of packages sees a secret that only Pinion needs
  // Attack: the interpreter of an environment is a program of its own, and a source distribution comes as bzip2 or xz
  test.for(["bz2", "lzma"] as const)("gets no password of the run, by %s", async (form) => {
    const found = join(directory, "found");
    const python = join(directory, "python");
    writeFileSync(python, `#!/bin/sh\nenv > ${found}\nexec python3 "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, PINION_PROXY_PASSWORD: "s3cret", UV_INDEX_CORP_PASSWORD: "s3cret" };
    await unpack(compressed(packSdist("alpha-1.0", { a: "a" }), form), "alpha-1.0.tar.x", { python, env });
    expect(readFileSync(found, "utf8")).not.toMatch(/s3cret/);
  });
});

describe("unpacking that is cancelled", () => {
  // Promise: untrusted input cannot make a command hang
  // Attack: an archive that takes long, and Ctrl-C while it does
  test.for(["gz", "bz2", "lzma"] as const)("ends by %s with the piece that it has", async (form) => {
    const tar = packSdist("alpha-1.0", { a: "a", b: "\0".repeat(4 * MIB), c: "\0".repeat(4 * MIB) });
    const cancelling = new AbortController();
    const unpacking = unpack(form === "gz" ? tar : compressed(tar, form), "alpha-1.0.tar.x", {
      signal: cancelling.signal,
    });
    cancelling.abort();
    await expect(unpacking).rejects.toMatchObject({ code: "net/cancelled" });
    expect(sizeOf(directory)).toBeLessThan(8 * MIB);
  });
});

describe("unpacking that takes long", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: very many folders or programs, each of which gets a time or its rights
  test("lets everything else go on between the files that it changes", async () => {
    const deep = packSdist("alpha-1.0", { [`${"a/".repeat(40)}x`]: "x" });
    expect(await turnsOf(() => unpack(deep, "alpha-1.0.tar.gz"))).toBeGreaterThanOrEqual(40);
    rmSync(join(directory, "source"), { recursive: true });
    const files = Array.from({ length: 40 }, (_, index) => [`alpha-1.0/${index}`, "#!/bin/sh\n"] as const);
    const wide = zipped(Object.fromEntries(files));
    expect(await turnsOf(() => unpack(wide, "alpha-1.0.zip"))).toBeGreaterThanOrEqual(80);
  });
});

describe("zeros after the end of an archive", () => {
  const tar = tarFile("alpha-1.0/setup.py", "x");

  // Promise: untrusted input cannot make a command hang
  // Attack: an archive of one file, and after it more zeros than any program writes
  test.for(["gz", "plain"] as const)("are refused where they do not end: %s", async (form) => {
    const archive = Buffer.concat([tar, Buffer.alloc(MIB + 1024)]);
    const unpacking = unpack(form === "gz" ? gzipSync(archive) : archive, "alpha-1.0.tar.gz");
    await expect(unpacking).rejects.toMatchObject({ code: "archive/invalid" });
  });

  test.for([1024, 10_240, MIB])("are the padding of a record: %i bytes", async (padding) => {
    const top = await unpack(gzipSync(Buffer.concat([tar, Buffer.alloc(padding)])), "alpha-1.0.tar.gz");
    expect(readFileSync(join(top, "setup.py"), "utf8")).toBe("x");
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

  const zip = zipped({ "alpha-1.0/setup.py": "# setup\n" });
  // What a file is called decides how it is read: never what it begins or ends with.
  test.for([
    ["alpha-1.0.tar.gz", "a ZIP archive", zip],
    ["alpha-1.0.zip", "a tar archive", tar],
    ["alpha-1.0.zip", "a tar archive before a ZIP archive", Buffer.concat([gunzipSync(tar), zip])],
    [
      "alpha-1.0.tar.gz",
      "a ZIP archive after the tar archive",
      gzipSync(Buffer.concat([gunzipSync(tar), zip])),
    ],
    ["alpha-1.0.tar.gz", "a ZIP archive after its compression", Buffer.concat([tar, zip])],
  ] as const)("%s that holds %s is refused", async ([filename, , bytes]) => {
    await expect(unpack(bytes, filename)).rejects.toMatchObject({ code: "archive/invalid" });
    expect(readdirSync(directory)).toEqual(["source"]);
  });

  test.for(["bz2", "lzma"] as const)("with damaged %s is refused", async (module) => {
    const whole = compressed(tar, module);
    const damaged = whole.subarray(0, whole.length - 20);
    await expect(unpack(damaged, "alpha-1.0.tar.x")).rejects.toMatchObject({ code: "archive/invalid" });
  });
});
