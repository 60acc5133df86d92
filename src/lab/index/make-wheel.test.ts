import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readZip } from "../../archive/zip.ts";
import { sampleWheels } from "./sample-wheels.ts";
import { makeWheel } from "./make-wheel.ts";
import { writeZip } from "./zip-writer.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** Prints `name size mode` of every member after checking each CRC, then the digests that RECORD states. */
const READ_WHEEL = `
import base64, csv, hashlib, io, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
record = next(name for name in names if name.endswith(".dist-info/RECORD"))
rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
wrong = []
for path, digest, size in rows:
    if path == record:
        continue
    content = archive.read(path)
    actual = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    if digest != actual or int(size) != len(content):
        wrong.append(path)
modes = {info.filename: oct(info.external_attr >> 16) for info in archive.infolist()}
print(json.dumps({"names": names, "recorded": [row[0] for row in rows], "wrong": wrong, "modes": modes}))
`;

describe("makeWheel()", () => {
  test.skipIf(!hasPython)("makes a wheel that Python reads, with a true RECORD", () => {
    const wheel = makeWheel({
      name: "Odd.Name",
      version: "1.0+local.1",
      build: "3",
      files: { 'odd_name/with "quotes", and commas.txt': "x", "odd_name/run": "#!" },
      data: { "scripts/run.sh": "#!/bin/sh\n", "data/share/ä.txt": "ä" },
      executables: ["odd_name/run"],
      consoleScripts: { odd: "odd_name:main" },
    });
    const seen = readWithPython(wheel.filename, wheel.bytes);
    expect(wheel.filename).toBe("odd_name-1.0+local.1-3-py3-none-any.whl");
    expect(seen.wrong).toEqual([]);
    expect(seen.recorded.toSorted()).toEqual(seen.names.toSorted());
    expect(seen.names).toContain("odd_name-1.0+local.1.data/data/share/ä.txt");
    expect(seen.modes["odd_name/run"]).toBe("0o100755");
  });

  test("gives the same octets for the same specification", () => {
    const spec = { name: "a", version: "1" };
    expect(makeWheel(spec).bytes.equals(makeWheel(spec).bytes)).toBe(true);
    expect(makeWheel(spec).sha256).toBe(createHash("sha256").update(makeWheel(spec).bytes).digest("hex"));
  });

  test("writes one Tag line per combination of a compressed tag", () => {
    const wheel = makeWheel({ name: "a", version: "1", tag: "py2.py3-none-win32.win_amd64" });
    const archive = readZip(wheel.bytes);
    const entry = archive.entries.find(({ name }) => name === "a-1.dist-info/WHEEL");
    const tags = ["py2-none-win32", "py2-none-win_amd64", "py3-none-win32", "py3-none-win_amd64"];
    expect(entry && archive.read(entry).toString().split("\n").slice(2, -1)).toEqual([
      "Root-Is-Purelib: false",
      ...tags.map((tag) => `Tag: ${tag}`),
    ]);
  });

  test.skipIf(!hasPython)("leaves out, adds and rewrites what it is asked to", () => {
    const wheel = makeWheel({
      name: "a",
      version: "1",
      faults: {
        leaveOut: ["a/__init__.py"],
        strangers: [{ path: "../evil.py", content: "x", method: "store" }],
        filename: "b-1-py3-none-any.whl",
      },
    });
    const names = readWithPython(
      wheel.filename,
      wheel.bytes,
      "import zipfile,sys,json;print(json.dumps({'names':zipfile.ZipFile(sys.argv[1]).namelist()}))",
    ).names;
    expect(names).toEqual([
      "a-1.dist-info/METADATA",
      "a-1.dist-info/WHEEL",
      "a-1.dist-info/RECORD",
      "../evil.py",
    ]);
    expect(wheel.filename).toBe("b-1-py3-none-any.whl");
  });
});

describe("sampleWheels()", () => {
  test("has a file name for every wheel and no name twice", () => {
    const names = sampleWheels().map(({ filename }) => filename);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("greeter-2.0.0-py3-none-any.whl");
  });

  test.skipIf(!hasPython)("can be imported by Python from the archives", () => {
    const folder = temporaryFolder();
    const wanted = ["greeter-2.0.0", "wordlist-2.0.0", "paint-1.2.0"];
    const paths = sampleWheels()
      .filter(({ filename }) => wanted.some((start) => filename.startsWith(start)))
      .map(({ filename, bytes }) => {
        writeFileSync(join(folder, filename), bytes);
        return join(folder, filename);
      });
    const code = `import sys; sys.path[:0] = sys.argv[1:]; sys.argv[1:] = ["Ada"]; import greeter.command; greeter.command.main()`;
    const run = spawnSync("python3", ["-c", code, ...paths], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe("\u001B[32mHello, Ada!\u001B[0m\n");
  });
});

describe("writeZip()", () => {
  test("writes what a header claims instead of the truth", () => {
    const bytes = writeZip([
      { path: "a", content: "abc", method: "store", claims: { size: 99, local: { crc32: 1 } } },
    ]);
    expect(bytes.readUInt32LE(14)).toBe(1);
    expect(bytes.readUInt32LE(22)).toBe(99);
    expect(bytes.readUInt32LE(18)).toBe(3);
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pinion-wheel-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Seen {
  readonly names: readonly string[];
  readonly recorded: readonly string[];
  readonly wrong: readonly string[];
  readonly modes: Readonly<Record<string, string>>;
}

function readWithPython(filename: string, bytes: Buffer, code: string = READ_WHEEL): Seen {
  const path = join(temporaryFolder(), filename);
  writeFileSync(path, bytes);
  const run = spawnSync("python3", ["-c", code, path], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  return JSON.parse(run.stdout);
}
