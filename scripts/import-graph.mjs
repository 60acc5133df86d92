// Draws which room imports which, and fails on an import that runs upwards and on files that import each other in a
// circle, types counted.
//
// node scripts/import-graph.mjs [--dot]

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const source = resolve(dirname(fileURLToPath(import.meta.url)), "..", "src");

// Anybody may use these.
const EVERYWHERE = new Set(["advice", "errors", "version", "base"]);

// prettier-ignore
const BELOW_API = [
  "build", "git", "doctor", "remote", "inspect", "lock", "install", "sources", "registry", "resolve",
  "python", "store", "archive", "net", "trust", "x509", "pep",
];

// A room may import itself and the rooms that stand below it here; ARCHITECTURE.md says why each is where it is.
const ALLOWED = {
  advice: [],
  errors: [],
  version: [],
  base: [],
  pep: [],
  x509: [],
  resolve: ["pep"],
  lock: ["pep"],
  archive: ["pep"],
  store: ["archive", "pep"],
  trust: ["x509"],
  net: ["trust", "x509"],
  python: ["store", "pep"],
  sources: ["net", "store", "archive", "pep"],
  registry: ["sources", "resolve", "net", "store", "archive", "pep"],
  install: ["python", "store", "archive", "pep"],
  inspect: ["sources", "resolve", "net", "python", "store", "pep"],
  git: ["net", "store"],
  build: ["git", "sources", "net", "python", "store", "archive", "pep"],
  adapters: ["net", "trust", "x509"],
  remote: ["sources", "net", "base"],
  doctor: ["registry", "lab", "net", "trust", "x509", "pep"],
  settings: ["trust", "net", "pep"],
  lab: ["x509", "pep"],
  api: [...BELOW_API, "adapters"],
  checked: ["api", "adapters", ...BELOW_API],
  index: ["checked", "build", "api", "inspect", "lock", "sources", "python", "pep", "store"],
  tls: ["checked", "doctor", "adapters", "net", "trust", "x509"],
  wheel: ["checked", "install", "store", "archive", "pep"],
  cli: ["api", "settings", "lab", ...BELOW_API],
};

// What is pure may use no module of the runtime, but for signatures.
const PURE = { pep: [], resolve: [], lock: ["smol-toml"], x509: ["node:crypto"] };

// Where files are read whole that Pinion itself has written, or that the machine's administrator keeps. Everything else reads
// through base/files/small-file.ts: a checked-out folder can hold links to devices without end, and pipes.
const READS_OWN_FILES = new Set([
  "api/builds/build-environments.ts",
  "api/builds/build-files.ts",
  "api/locks/lock-transfer.ts",
  "base/files/small-file.ts",
  "build/project.ts",
  "cli/commands/demo.ts",
  "install/gather.ts",
  "install/journal/journal.ts",
  "install/stage.ts",
  "install/wheels/wheel-layout.ts",
  "install/wheels/windows-launchers.ts",
  "registry/metadata/metadata.ts",
  "registry/metadata/source-metadata.ts",
  "store/cache/clean.ts",
  "store/cache/entries.ts",
  "store/unpacking/inflate-module.ts",
  "base/files/lock.ts",
  "store/prepared-wheel.ts",
  "store/unpacked-wheels.ts",
  "store/cache/verify.ts",
  "trust/read-source.ts",
  "trust/system.ts",
]);

const edges = new Map();
const imports = new Map();
const problems = [];
const READS_WHOLE_FILES = /^import \{[^}]*\breadFile(Sync)?\b[^}]*\} from "node:fs/m;

for (const file of sourceFiles(source)) {
  const room = roomOf(file);
  if (!(room in ALLOWED))
    problems.push(`${show(file)}: the room \`${room}\` is not in scripts/import-graph.mjs`);
  imports.set(file, []);
  if (
    room !== "lab" &&
    !READS_OWN_FILES.has(show(file).replace(/^src\//, "")) &&
    READS_WHOLE_FILES.test(readFileSync(file, "utf8"))
  )
    problems.push(`${show(file)}: files that others may have put there are read by base/files/small-file.ts`);
  for (const specifier of importsOf(file)) {
    if (specifier.startsWith(".")) {
      imports.get(file).push(resolve(dirname(file), specifier));
      const target = roomOf(resolve(dirname(file), specifier));
      if (target === room) continue;
      const key = `${room} -> ${target}`;
      edges.set(key, (edges.get(key) ?? 0) + 1);
      if (!EVERYWHERE.has(target) && !ALLOWED[room]?.includes(target))
        problems.push(`${show(file)}: \`${room}\` must not import \`${target}\` (${specifier})`);
    } else if (room in PURE && !PURE[room].includes(specifier)) {
      problems.push(`${show(file)}: \`${room}\` is pure and must not import \`${specifier}\``);
    }
  }
}

for (const circle of circlesOf(imports))
  problems.push(`a circle of files: ${circle.map((file) => show(file)).join(" → ")}`);

if (process.argv.includes("--dot")) {
  console.log("digraph rooms {\n  rankdir=TB; node [shape=box];");
  for (const [edge, count] of edges)
    console.log(
      `  ${edge.replace(/[\w-]+/g, (name) => (name === "" ? "" : `"${name}"`)).replace('"-">', "->")} [label=${count}];`,
    );
  console.log("}");
} else {
  for (const room of Object.keys(ALLOWED)) {
    const targets = [...edges]
      .filter(([edge]) => edge.startsWith(`${room} -> `))
      .map(([edge, count]) => `${edge.split(" -> ")[1]} (${count})`);
    console.log(`${room.padEnd(9)} → ${targets.join(", ") || "nothing"}`);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

function roomOf(file) {
  return relative(source, file).split(sep)[0].replace(/\.ts$/, "");
}

function importsOf(file) {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g)].map(
    (match) => match[1] ?? match[2],
  );
}

/** Strongly connected components of more than one file (Tarjan), each as a shortest circle through its first file. */
function circlesOf(graph) {
  const found = [];
  const index = new Map();
  const low = new Map();
  const stack = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) {
        visit(target);
        low.set(file, Math.min(low.get(file), low.get(target)));
      } else if (stack.includes(target)) low.set(file, Math.min(low.get(file), index.get(target)));
    }
    if (low.get(file) !== index.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1) found.push(shortestCircle(component, graph));
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}

function shortestCircle(component, graph) {
  const [start] = component;
  const queue = [[start]];
  const seen = new Set();
  for (const path of queue) {
    for (const target of graph.get(path.at(-1)) ?? []) {
      if (target === start) return [...path, start];
      if (!component.includes(target) || seen.has(target)) continue;
      seen.add(target);
      queue.push([...path, target]);
    }
  }
  return component;
}

function show(file) {
  return relative(dirname(source), file);
}
