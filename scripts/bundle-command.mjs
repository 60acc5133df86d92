// Bundles the command for a quick start. What a run loads decides how long it takes to begin: of one file with everything,
// a tenth is used by most runs. So there are groups, each one file that `bin/pinion.cjs` runs from V8's compiled
// form: `pinion` starts and answers when nothing is to do, `pinion-venv` makes environments, `pinion-install` resolves and
// installs, `pinion-more` is the rest.
//
// Every build has a folder of its own, named by its contents, and `dist/command` names the newest: whoever is running an
// older one meanwhile goes on with that, and no compiled form can meet a source that it was not made from.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";

const require = createRequire(import.meta.url);

/** Bundles the command of a checkout below a folder; gives the path of the build. */
export async function bundleCommand(root, dist) {
  const bundled = await build({
    absWorkingDir: root,
    entryPoints: ["src/cli/main.ts"],
    outdir: dist,
    write: false,
    metafile: true,
    plugins: [lazyBuiltins],
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    // Names stay as they are: they are what a stack trace tells.
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "warning",
    // An interpreter for proxy scripts, as large as all the rest together; loaded from node_modules by the few who need it.
    external: ["pac-resolver", "quickjs-wasi"],
    define: { "import.meta.url": "__module.url", "import.meta.dirname": "__dirname" },
    legalComments: "external",
  });
  const outputs = new Map(
    Object.entries(bundled.metafile.outputs).map(([path, output]) => [basename(path), output]),
  );
  const groupOf = groupChunks(outputs);
  const groups = new Map();
  const legal = new Set();
  for (const { path, text } of bundled.outputFiles) {
    const chunk = basename(path);
    if (chunk.endsWith(LEGAL)) {
      for (const comment of text.split(/\n(?=\/\*)/)) legal.add(comment.trim());
      continue;
    }
    const group = groupOf.get(chunk) ?? "pinion-more";
    const { code } = await transform(text, {
      format: "cjs",
      target: "node20.19",
      minifySyntax: true,
      minifyWhitespace: true,
      // Code that runs from V8's compiled form has no loader behind `import()`; `require` serves the same lazy modules.
      supported: { "dynamic-import": false },
    });
    const named = code.replace(/require\("\.\/([\w.-]+\.js)"\)/g, (_, other) => {
      return `require("#${groupOf.get(other) ?? "pinion-more"}/${other}")`;
    });
    groups.set(group, [
      ...(groups.get(group) ?? []),
      `${JSON.stringify(chunk)}(exports,require,module,__module,__filename,__dirname){${toAscii(named)}}`,
    ]);
  }
  const worker = await bundleWorker(root);
  const files = new Map([
    ["unpack-worker.cjs", worker],
    [`pinion.cjs${LEGAL}`, `${[...legal].join("\n")}\n`],
  ]);
  for (const [group, chunks] of groups) files.set(`${group}.cjs`, `({${chunks.join(",\n")}})`);
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

/** The second thread that unpacks. */
async function bundleWorker(root) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/store/unpack-worker.ts"],
    write: false,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    minify: true,
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/** The chunks that each group begins with, and all that those import at once; the first group that needs one has it. */
function groupChunks(outputs) {
  const groupOf = new Map();
  for (const [group, entries] of Object.entries(GROUPS)) {
    const add = (chunk) => {
      if (groupOf.has(chunk)) return;
      groupOf.set(chunk, group);
      for (const { path, kind } of outputs.get(chunk)?.imports ?? [])
        if (kind === "import-statement" && outputs.has(basename(path))) add(basename(path));
    };
    for (const [chunk, { entryPoint }] of outputs) if (entries.includes(entryPoint)) add(chunk);
  }
  return groupOf;
}

// Longer than a run of the tests.
const KEPT_MS = 3_600_000;
const LEGAL = ".LEGAL.txt";

const GROUPS = {
  pinion: [
    "src/cli/main.ts",
    "src/cli/commands/pip-install.ts",
    "src/cli/commands/pip-list.ts",
    "src/cli/commands/pip-freeze.ts",
  ],
  "pinion-venv": ["src/cli/commands/venv.ts"],
  "pinion-install": ["src/api/make-plan.ts", "src/api/apply-plan.ts"],
};

// The runtime's own modules cost 1 to 8 ms each to load, and most runs need few of them: each is loaded when something
// of it is first used. What every run needs at once is left as it is.
const lazyBuiltins = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, namespace, importer, kind }) => {
      const name = path.replace(/^node:/, "");
      // What is imported when it is needed is lazy already.
      if (namespace === "lazy" || kind === "dynamic-import" || !isBuiltin(path) || EAGER.has(name))
        return undefined;
      return isTakenWhole(name, importer, kind) ? undefined : { path: name, namespace: "lazy" };
    });
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({ contents: lazyModule(path) }));
  },
};

const EAGER = new Set(["buffer", "fs", "path"]);

/** Some modules are functions, which no object can stand for where they are not imported by the names of their members. */
function isTakenWhole(name, importer, kind) {
  if (typeof require(`node:${name}`) !== "function") return false;
  if (kind === "require-call") return true;
  const byMembers = new RegExp(`import\\s*\\{[^}]*\\}\\s*from\\s*["'](node:)?${name}["']`);
  return !byMembers.test(readFileSync(importer, "utf8"));
}

/** A module without members of its own: its prototype finds them in the real one, which that loads. */
function lazyModule(name) {
  return `
    let real;
    module.exports = Object.create(new Proxy({}, { get: (_, member) => (real ??= require("node:${name}"))[member] }));`;
}

/**
 * A text of one byte per character is read several times faster than one that has to be decoded. The bundle has no
 * tagged templates, in which an escape would not be the character.
 */
function toAscii(code) {
  return code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
