// Source distributions in pure Python, packed as `python -m build` does (PEP 625), and the backends that build them: real
// wheels, fetched once for each run from the index that is configured.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { readZip } from "../../src/archive/zip.ts";
import { parseWheelFilename } from "../../src/pep/files/filename.ts";
import { pinion, runProgram } from "./commands.ts";
import { createContents, type ContentSource } from "./contents.ts";
import type { IndexFile } from "../../src/lab/index/index-pages.ts";

export type Backend = "setuptools" | "flit_core";

/** Fetches the wheels of the backends; throws where the configured index does not answer. */
export function fetchBackends(folder: string, cache: string): readonly IndexFile[] {
  mkdirSync(folder, { recursive: true });
  const words = [
    "pip",
    "download",
    "--quiet",
    "--dest",
    folder,
    "--cache-dir",
    cache,
    "--only-binary",
    ":all:",
  ];
  runProgram([...pinion(), ...words, ...BACKENDS], { env: ofNetwork() });
  return readdirSync(folder)
    .filter((filename) => filename.endsWith(".whl"))
    .map((filename) => {
      const bytes = readFileSync(join(folder, filename));
      const { name, version } = parseWheelFilename(filename);
      return {
        filename,
        bytes,
        name,
        version: version.text,
        sha256: hashOf(bytes),
        metadata: metadataIn(bytes),
      };
    });
}

/** A project of some twenty modules, whose requirements only its backend knows (`setup.py`), or which states them (flit). */
export function makeSdist(name: string, backend: Backend): IndexFile {
  const contents = createContents(name.length);
  const module = name.replaceAll("-", "_");
  const top = `${module}-1.0`;
  const files: Readonly<Record<string, Buffer | string>> = {
    "README.md": contents.text(4000),
    "PKG-INFO": `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    ...describe(name, backend),
    ...modules(module, contents),
  };
  const members = Object.entries(files).map(([path, data]) => tarMember(`${top}/${path}`, Buffer.from(data)));
  const bytes = gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
  return {
    filename: `${top}.tar.gz`,
    bytes,
    name,
    version: "1.0",
    sha256: hashOf(bytes),
    metadata: undefined,
  };
}

function describe(name: string, backend: Backend): Readonly<Record<string, string>> {
  if (backend === "setuptools")
    return {
      "setup.py": `from setuptools import setup, find_packages\nsetup(name="${name}", version="1.0", description="A project", packages=find_packages(), python_requires=">=3.8")\n`,
    };
  return {
    "pyproject.toml": `[build-system]\nrequires = ["flit_core>=3.2"]\nbuild-backend = "flit_core.buildapi"\n[project]\nname = "${name}"\nversion = "1.0"\ndescription = "A project"\nrequires-python = ">=3.8"\n`,
  };
}

function modules(module: string, contents: ContentSource): Readonly<Record<string, Buffer>> {
  const paths = Array.from({ length: MODULES }, (_, index) =>
    index % 5 === 0
      ? `${module}/part${index}/__init__.py`
      : `${module}/part${index - (index % 5)}/module${index}.py`,
  );
  return Object.fromEntries(
    [`${module}/__init__.py`, ...paths].map((path, index) => [path, contents.text(500 + 700 * index)]),
  );
}

/** POSIX 1003.1-1988, "ustar". */
function tarMember(path: string, contents: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  header.write(path, 0);
  header.write(
    `${octal(0o644, 7)}${octal(0, 7)}${octal(0, 7)}${octal(contents.length, 11)}${octal(0, 11)}`,
    100,
  );
  header.write("        0", 148);
  header.write("ustar\u000000", 257);
  header.write(
    `${octal(
      header.reduce((total, octet) => total + octet, 0),
      6,
    )} `,
    148,
  );
  return Buffer.concat([header, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)]);
}

function metadataIn(wheel: Buffer): string {
  const archive = readZip(wheel);
  const entry = archive.entries.find(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (entry === undefined) throw new Error("a wheel has no METADATA");
  return archive.read(entry).toString("utf8");
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What leads to the configured index. */
function ofNetwork(): Readonly<Record<string, string>> {
  const names = /^(?:SSL_CERT_(?:FILE|DIR)|(?:HTTPS?|ALL|NO)_PROXY|(?:UV|PINION|PIP)_.*|HOME)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      names.test(name) && value !== undefined && !name.startsWith("PINION_BENCH_") ? [[name, value]] : [],
    ),
  );
}

const BACKENDS = ["setuptools", "wheel", "flit_core"];
const MODULES = 20;
