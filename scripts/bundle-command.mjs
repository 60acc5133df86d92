// Bundles the command for a quick start. What a run loads decides how long it takes to begin, and most runs use a tenth of
// everything. So each module stays a function of its own, which runs when something of it is first used; `import` binds
// late, as it does in the sources' own semantics. The functions stand in groups: each is one file that `bin/pinion.cjs`
// runs from V8's compiled form. Which module belongs to which group is what runs of the command have loaded.
//
// Every build has a folder of its own, named by its contents, and `dist/command` names the newest: whoever is running an
// older one meanwhile goes on with that, and no compiled form can meet a source that it was not made from.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, join, posix } from "node:path";
import { build, transform } from "esbuild";

const require = createRequire(import.meta.url);

/**
 * Reads the command's modules, each as the body of a CommonJS function, by their paths below `src` and the names of the
 * packages that they use. Other modules are required by `require("#ID")`.
 */
export async function readModules(root, { extras }) {
  const modules = new Map();
  const legal = new Set();
  const waiting = [...ENTRIES];
  while (waiting.length > 0) {
    const id = waiting.pop();
    if (modules.has(id)) continue;
    const isSource = id.endsWith(".ts");
    const code = isSource ? bindLate(await readSource(root, id), id) : await readPackage(root, id, legal);
    modules.set(id, toAscii(code));
    for (const [, needed] of modules.get(id).matchAll(/load\("#([^"]+)"\)/g)) waiting.push(needed);
  }
  const workers = await Promise.all(WORKERS.map((path) => bundleWorker(root, path)));
  return { modules, legal: `${[...legal].join("\n")}\n`, workers: [...workers, ...extras] };
}

/**
 * Writes a build whose modules are grouped by a function of their names; gives its folder.
 *
 * @param copies what a group has copies of, by its name: a run that starts in it loads no other, unless it needs more
 */
export function writeBuild({ modules, legal, workers }, { dist, groupOf, copies = new Map() }) {
  const groups = new Map();
  const write = (id, group, groupOfOther) => {
    const code = modules.get(id);
    const named = code.replace(
      /load\("#([^"]+)"\)/g,
      (_, other) => `load("#${groupOfOther(other)}/${other}")`,
    );
    const exported = id.endsWith(".ts") ? "" : "var exports=module.exports={};";
    const written = `${JSON.stringify(id)}(module,require,load,__module,__filename,__dirname){${exported}${named}}`;
    groups.set(group, [...(groups.get(group) ?? []), written]);
  };
  for (const id of modules.keys()) write(id, groupOf(id), groupOf);
  for (const [group, ids] of copies)
    for (const id of ids) write(id, group, (other) => (ids.has(other) ? group : groupOf(other)));
  const files = new Map([...workers, ["LEGAL.txt", legal]]);
  for (const [group, written] of groups) files.set(`${group}.cjs`, `"use strict";({${written.join(",\n")}})`);
  const digest = createHash("sha256");
  for (const [name, text] of files) digest.update(name).update(text);
  const folder = join(dist, `command-${digest.digest("hex").slice(0, 16)}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  return folder;
}

/** Makes a build the one that runs, and removes those that nobody runs any more. */
export function publishBuild(dist, folder) {
  const pointer = join(dist, `command.${process.pid}`);
  writeFileSync(pointer, `${basename(folder)}\n`);
  renameSync(pointer, join(dist, "command"));
  for (const name of readdirSync(dist).filter((entry) => entry.startsWith("command-"))) {
    const path = join(dist, name);
    const isOld = (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now() - KEPT_MS;
    if (isOld && path !== folder) rmSync(path, { recursive: true, force: true });
  }
}

async function readSource(root, id) {
  const path = join(root, "src", id);
  const { code } = await transform(readFileSync(path, "utf8"), {
    ...COMPACT,
    loader: "ts",
    sourcefile: path,
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    define: { "import.meta.url": "__module.url", "import.meta.dirname": "__dirname" },
    // Code that runs from V8's compiled form has no loader behind `import()`; `require` serves the same lazy modules.
    supported: { "dynamic-import": false },
  });
  return code.replace(/require\("([^"]+)"\)/g, (whole, name) => {
    if (name.startsWith(".")) return `load("#${posix.join(posix.dirname(id), name)}")`;
    return isBuiltin(name) || EXTERNAL.has(name) ? whole : `load("#${name}")`;
  });
}

async function readPackage(root, name, legal) {
  const { outputFiles } = await build({
    ...COMPACT,
    absWorkingDir: root,
    stdin: { contents: `module.exports = require(${JSON.stringify(name)})`, resolveDir: root },
    outfile: "package.cjs",
    write: false,
    bundle: true,
    plugins: [lazyBuiltins],
    legalComments: "external",
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    if (!path.endsWith("LEGAL.txt")) continue;
    for (const comment of text.split(/\n(?=\/\*)/)) legal.add(comment.trim());
  }
  return outputFiles.find(({ path }) => path.endsWith(".cjs")).text;
}

/** A second thread, with its file's name. */
async function bundleWorker(root, path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    write: false,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    minify: true,
    logLevel: "warning",
  });
  return [`${basename(path, ".ts")}.cjs`, outputFiles[0].text];
}

/**
 * Loads each imported module where something of it is first used, and sets a module's exports at its end. esbuild
 * writes an import as `var import_x=require("x")`, each use of it as `import_x.y`, and the exports, after its own
 * helpers, as `__export(all,{y:()=>y});module.exports=__toCommonJS(all);`.
 */
function bindLate(code, id) {
  const sources = new Map();
  const [, helpers = "", , members = "", rest = code] = EXPORTS.exec(code) ?? [];
  const declared = rest
    .replace(IMPORT, (_, before, variable, source) => {
      sources.set(variable, plainModule(source));
      return before + variable;
    })
    .replace(/var import_\w+(?:,import_\w+)*;/g, "");
  const body = plainModule(bindUses(declared, sources));
  if (rest === code || /__reExport|__toCommonJS|\bimport_\w+=/.test(body))
    throw new Error(`\`${id}\` has a form of import or export that the bundle does not know`);
  const exported = bindUses(members.replace(/(\w+):\(\)=>/g, "$1:"), sources);
  const usesHelpers = /\b__(?!module\b|dirname\b|filename\b|proto__)[a-z]/i.test(body);
  const variables = sources.size === 0 ? "" : `var ${[...sources.keys()].join(",")};`;
  return `${usesHelpers ? helpers : ""}${variables}${body}module.exports={${exported}};`;
}

function bindUses(code, sources) {
  return code.replace(/(?<![\w$]|(?<!\.\.)\.)import_\w+/g, (name) =>
    sources.has(name) ? `(${name}??=${sources.get(name)})` : name,
  );
}

/** esbuild gives a module through a copy that has a default, which no module of the sources has. */
function plainModule(code) {
  return code.replace(/__toESM\((load\("#[^"]+\.ts"\))\)/g, "$1");
}

const IMPORT = /(var |,)(import_\w+)=((?:__toESM\()?(?:require|load)\("[^"]+"\)(?:,1\))?\)?)/g;
const EXPORTS = /^(.*?)var (\w+)=\{\};__export\(\2,\{([^}]*)\}\);module\.exports=__toCommonJS\(\2\);(.*)$/s;

/**
 * A text of one byte per character is read several times faster than one that has to be decoded. The command has no
 * tagged templates, in which an escape would not be the character.
 */
function toAscii(code) {
  return code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// The runtime's own modules cost 1 to 8 ms each to load: for packages, each is loaded when something of it is first used.
const lazyBuiltins = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, namespace, kind }) => {
      const name = path.replace(/^node:/, "");
      if (namespace === "lazy" || kind === "dynamic-import" || !isBuiltin(path)) return undefined;
      // No object can stand for a module that is a function.
      return typeof require(`node:${name}`) === "function" ? undefined : { path: name, namespace: "lazy" };
    });
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({ contents: lazyModule(path) }));
  },
};

/** A module without members of its own: its prototype finds them in the real one, which that loads. */
function lazyModule(name) {
  return `
    let real;
    module.exports = Object.create(new Proxy({}, { get: (_, member) => (real ??= require("node:${name}"))[member] }));`;
}

/** What `bin/pinion.cjs` loads that nothing else may. */
const ENTRIES = ["cli/main.ts", "cli/remembered-install.ts"];
const WORKERS = ["src/store/unpacking/unpack-worker.ts", "src/install/linking/link-worker.ts"];
// An interpreter for proxy scripts, as large as all the rest together; loaded from node_modules by the few who need it.
const EXTERNAL = new Set(["pac-resolver", "quickjs-wasi"]);
// Longer than a run of the tests.
const KEPT_MS = 3_600_000;

const COMPACT = {
  platform: "node",
  target: "node20.19",
  format: "cjs",
  // Names stay as they are: they are what a stack trace tells.
  minifySyntax: true,
  minifyWhitespace: true,
};
