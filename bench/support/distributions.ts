// The packages of the benchmarks: 91 wheels of the shape of a real set (flask, django, boto3, numpy, pandas, scipy,
// matplotlib, …): 157 MB zipped, 470 MB unpacked, 15.5 k files, a tree of requirements, older releases beside them.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { IndexFile } from "../../src/lab/index/index-pages.ts";
import { makeWheel, type WheelSpec } from "../../src/lab/index/make-wheel.ts";
import { createContents, randomFrom, type ContentSource } from "./contents.ts";

/** A set of wheels in a folder: `index.json` and the wheels beside it. */
export interface Distributions {
  readonly folder: string;
  /** What a person would ask for. */
  readonly requirements: readonly string[];
  /** Everything, pinned. */
  readonly pins: readonly string[];
}

export type IndexRow = Omit<IndexFile, "bytes">;

/** The 91 wheels, made once for each run of the benchmarks. */
export function largeSet(base: string): Distributions {
  return makeOnce(join(base, "large-set"), (write) => {
    const contents = createContents(91);
    const random = randomFrom(1991);
    const names = Array.from(
      { length: PACKAGES },
      (_, index) => `${index < HEAVY.length ? "heavy" : "plain"}-${index}`,
    );
    const requires = requirementTree(names, random);
    names.forEach((name, index) => {
      const size = HEAVY[index] ?? plainSize(random);
      write(
        makeWheel({
          ...withMetadata({ name, version: "2.4.1", requires: requires[index] ?? [] }, contents),
          files: filesOf(name, size, contents),
          ...(size.binaryShare > 0 ? { tag: "py3-none-manylinux_2_17_x86_64" } : {}),
          ...(index % 4 === 0 ? { consoleScripts: { [name]: `${name.replace("-", "_")}:main` } } : {}),
        }),
      );
      for (let minor = 0; minor < OLDER_RELEASES; minor += 1)
        write(makeWheel({ name, version: `1.${minor}`, requires: requires[index] ?? [] }));
    });
    // What only Windows needs is asked for by locks for all environments.
    write(makeWheel({ name: "absent-windows-helper", version: "0.4" }));
    return {
      requirements: names.slice(0, ROOTS),
      pins: names.map((name) => `${name}==2.4.1`),
    };
  });
}

/** Seven wheels of the size of flask and what it needs. */
export function smallSet(base: string): Distributions {
  return makeOnce(join(base, "small-set"), (write) => {
    const contents = createContents(7);
    const names = SMALL.map(([name]) => name);
    for (const [name, files, bytes] of SMALL) {
      write(
        makeWheel({
          ...withMetadata(
            {
              name,
              version: "3.1.0",
              requires: name === "web" ? names.slice(1).map((other) => `${other}>=2.0`) : [],
            },
            contents,
          ),
          files: filesOf(name, { files, bytes, binaryShare: 0, content: "text" }, contents),
          ...(name === "web" ? { consoleScripts: { web: "web:main" } } : {}),
        }),
      );
    }
    return { requirements: ["web"], pins: names.map((name) => `${name}==3.1.0`) };
  });
}

/** The seven of {@link smallSet} in two releases, and the smallest server of MCP. */
export function adapterSet(base: string): Distributions {
  return makeOnce(join(base, "adapter-set"), (write) => {
    const contents = createContents(7);
    for (const version of ["3.1.0", "3.2.0"])
      for (const [name, files, bytes] of SMALL) {
        const size = { files, bytes, binaryShare: 0, content: "text" } as const;
        const spec = withMetadata({ name, version, requires: [] }, contents);
        write(makeWheel({ ...spec, files: filesOf(name, size, contents) }));
      }
    write(
      makeWheel({
        name: "echo-mcp",
        version: "1.0",
        requires: SMALL.map(([name]) => name),
        files: { "echo_mcp/__init__.py": "", "echo_mcp/__main__.py": MCP_SERVER },
      }),
    );
    return {
      requirements: SMALL.map(([name]) => name),
      pins: SMALL.map(([name]) => `${name}==3.1.0`),
    };
  });
}

/** Writes a set of distributions into a folder, unless an earlier benchmark of the same run did. */
export function makeOnce(
  folder: string,
  make: (write: (file: IndexFile) => void) => Omit<Distributions, "folder">,
): Distributions {
  const summary = join(folder, "summary.json");
  if (existsSync(summary))
    return { folder, ...(JSON.parse(readFileSync(summary, "utf8")) as Omit<Distributions, "folder">) };
  mkdirSync(folder, { recursive: true });
  const rows: IndexRow[] = [];
  const made = make(({ bytes, filename, name, version, sha256, metadata }) => {
    writeFileSync(join(folder, filename), bytes);
    rows.push({ filename, name, version, sha256, metadata });
  });
  writeFileSync(join(folder, INDEX_FILE), JSON.stringify(rows));
  writeFileSync(`${summary}.new`, JSON.stringify(made));
  renameSync(`${summary}.new`, summary);
  return { folder, ...made };
}

/** The files that an index serves from such a folder. */
export function readIndexFiles(folder: string): readonly IndexFile[] {
  const rows = JSON.parse(readFileSync(join(folder, INDEX_FILE), "utf8")) as readonly IndexRow[];
  return rows.map((row) => ({ ...row, bytes: readFileSync(join(folder, row.filename)) }));
}

/** Every package but the first needs one before it, and some need more; versions are asked for as people do. */
function requirementTree(
  names: readonly string[],
  random: (bound: number) => number,
): readonly (readonly string[])[] {
  const requires: string[][] = names.map(() => []);
  for (let index = ROOTS; index < names.length; index += 1) {
    const count = 1 + random(3);
    for (let edge = 0; edge < count; edge += 1) {
      const specifier = [">=1.4", ">=1.2,<3", ">=2", "!=1.3", "<4,>=1.7"][random(5)] ?? "";
      requires[random(index)]?.push(`${names[index]}${specifier}`);
    }
  }
  return requires.map((list) => [
    ...new Set(list),
    `absent-windows-helper>=0.4 ; sys_platform == "win32"`,
    `absent-test-runner>=7 ; extra == "test"`,
    `absent-backport ; python_version < "3.8"`,
  ]);
}

interface Size {
  readonly files: number;
  readonly bytes: number;
  /** The part of the bytes that is compiled code. */
  readonly binaryShare: number;
  readonly content: "text" | "table";
}

function filesOf(
  name: string,
  { files, bytes, binaryShare, content }: Size,
  contents: ContentSource,
): Readonly<Record<string, Buffer>> {
  const module = name.replaceAll("-", "_");
  const made: Record<string, Buffer> = { [`${module}/__init__.py`]: contents.text(900) };
  const binaryBytes = bytes * binaryShare;
  const binaries = Math.ceil(binaryBytes / BINARY_BYTES);
  for (let index = 0; index < binaries; index += 1)
    made[`${module}/_native/_part${index}.so`] = contents.binary(Math.floor(binaryBytes / binaries));
  const others = files - binaries - 1;
  // Sizes from small to large: most files are short, a few are long.
  const weights = Array.from({ length: others }, (_, index) => ((index * 7919) % others) + 1).map(
    (rank) => (rank / others) ** 3,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  weights.forEach((weight, index) => {
    const folder = index % FILES_PER_FOLDER === 0 ? "" : `/part${Math.floor(index / FILES_PER_FOLDER)}`;
    const length = Math.max(20, Math.floor(((bytes - binaryBytes) * weight) / total));
    made[`${module}${folder}/module${index}.${content === "text" ? "py" : "json"}`] =
      contents[content](length);
  });
  return made;
}

function plainSize(random: (bound: number) => number): Size {
  const files = 8 + Math.floor((random(1000) / 1000) ** 2 * 132);
  return { files, bytes: files * (6000 + random(17_000)), binaryShare: 0, content: "text" };
}

/** Metadata as long as on PyPI: classifiers, and the README as the description. */
function withMetadata(
  spec: WheelSpec & { readonly requires: readonly string[] },
  contents: ContentSource,
): WheelSpec {
  const lines = [
    "Metadata-Version: 2.1",
    `Name: ${spec.name}`,
    `Version: ${spec.version}`,
    "Summary: A package of the benchmarks",
    "License: MIT",
    ...Array.from({ length: 14 }, (_, index) => `Classifier: Programming Language :: Python :: 3.${index}`),
    "Requires-Python: >=3.8",
    "Description-Content-Type: text/x-rst",
    "Provides-Extra: test",
    ...spec.requires.map((requirement) => `Requires-Dist: ${requirement}`),
  ];
  const description = contents.text(7000).toString("latin1");
  return {
    ...spec,
    requiresPython: ">=3.8",
    faults: { metadata: `${lines.join("\n")}\n\n${description}\n` },
  };
}

const PACKAGES = 91;
/** As many are asked for by name; the others are needed by them. */
const ROOTS = 20;
const OLDER_RELEASES = 10;
const FILES_PER_FOLDER = 9;
const BINARY_BYTES = 1_500_000;

const MB = 1_000_000;
/** As scipy, numpy, pandas, botocore, django, matplotlib and sqlalchemy are. */
const HEAVY: readonly Size[] = [
  { files: 1500, bytes: 108 * MB, binaryShare: 0.75, content: "text" },
  { files: 1000, bytes: 62 * MB, binaryShare: 0.75, content: "text" },
  { files: 1450, bytes: 62 * MB, binaryShare: 0.6, content: "text" },
  { files: 1900, bytes: 100 * MB, binaryShare: 0, content: "table" },
  { files: 3700, bytes: 32 * MB, binaryShare: 0, content: "text" },
  { files: 700, bytes: 27 * MB, binaryShare: 0.4, content: "text" },
  { files: 500, bytes: 10 * MB, binaryShare: 0.3, content: "text" },
];

const SMALL: readonly (readonly [name: string, files: number, bytes: number])[] = [
  ["web", 24, 330_000],
  ["toolkit", 54, 860_000],
  ["templates", 26, 520_000],
  ["escaping", 7, 60_000],
  ["signing", 9, 70_000],
  ["commands", 18, 420_000],
  ["signals", 9, 60_000],
];

/** Answers `initialize` and `tools/list`, and ends with its input. */
const MCP_SERVER = `import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    first = request["method"] == "initialize"
    result = {"serverInfo": {"name": "echo", "version": "1.0"}} if first else {"tools": [{"name": "echo"}]}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
`;

const INDEX_FILE = "index.json";

/** Every project needs two others, in a tree. */
export function thousandProjects(folder: string): Distributions {
  const names = Array.from({ length: 1000 }, (_, index) => `project-${index}`);
  return makeOnce(folder, (write) => {
    names.forEach((name, index) => {
      const needed = [2 * index + 1, 2 * index + 2].filter((other) => other < names.length);
      for (const version of ["1.0", "1.1"])
        write(makeWheel({ name, version, requires: needed.map((other) => `project-${other}>=1.0`) }));
    });
    return { requirements: ["project-0"], pins: [] };
  });
}
