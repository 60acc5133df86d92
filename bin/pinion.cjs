#!/usr/bin/env node
// The command's entry: answers `--version` by itself and otherwise runs the command's modules from V8's compiled form.

"use strict";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: Pinion needs Node 20.19 or newer, and this is Node ${process.versions.node}\n`,
  );
  process.exit(2);
}

if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  process.stdout.write(`pinion ${require("../package.json").version}\n`);
} else {
  run(findBuild(require("node:path").join(__dirname, "..", "dist")));
}

/** Repeats the answer of last time where nothing has changed since; otherwise runs the command. */
function run(build) {
  if (process.argv[2] !== "pip" || process.argv[3] !== "install") {
    createLoader(build, require)("#pinion/cli/main.ts").main();
    return;
  }
  const { openAnswer, repeatAnswer, startRecording } = require("./remembered-answer.cjs");
  const answer = openAnswer(build);
  if (answer !== undefined && repeatAnswer(answer)) return;
  const recording = answer === undefined ? undefined : startRecording(answer);
  createLoader(build, recording?.require ?? require)("#pinion/cli/main.ts").main(recording);
}

/** The folder of the newest build; `scripts/make-code-cache.mjs` runs one that is not finished yet. */
function findBuild(dist) {
  const unfinished = process.env.PINION_COMPILE_AHEAD;
  if (unfinished) return unfinished;
  try {
    return `${dist}/${require("node:fs").readFileSync(`${dist}/command`, "latin1").trim()}`;
  } catch {
    process.stderr.write(
      `error: \`${dist}\` holds no command: run \`npm ci\` in the checkout, which builds it\n`,
    );
    process.exit(2);
  }
}

/** Loads modules of a build, `#GROUP/PATH` each, when something of them is first used (`scripts/bundle-command.mjs`). */
function createLoader(folder, requireBuiltin) {
  const groups = new Map();
  const modules = new Map();
  // What `import.meta` was in the sources.
  const here = {
    file: `${folder}/pinion.cjs`,
    get url() {
      return require("node:url").pathToFileURL(here.file).href;
    },
  };
  const load = (id) => {
    let module = modules.get(id);
    if (module === undefined) {
      const slash = id.indexOf("/");
      const group = id.slice(1, slash);
      let factories = groups.get(group);
      if (factories === undefined) groups.set(group, (factories = loadGroup(`${folder}/${group}`)));
      modules.set(id, (module = { exports: undefined }));
      factories[id.slice(slash + 1)](module, requireBuiltin, load, here, here.file, folder);
    }
    if (module.exports === undefined) throw new Error(`\`${id}\` needs itself before it is there`);
    return module.exports;
  };
  if (process.env.PINION_COMPILE_AHEAD) {
    process.on("exit", () => {
      require("node:fs").writeFileSync(`${folder}/loaded.json`, JSON.stringify([...modules.keys()]));
    });
  }
  return load;
}

function loadGroup(path) {
  const fs = require("node:fs");
  const vm = require("node:vm");
  const filename = `${path}.cjs`;
  // ASCII, whatever the language of the messages.
  const source = fs.readFileSync(filename, "latin1");
  let cachedData;
  try {
    cachedData = fs.readFileSync(`${path}.cache`);
  } catch {
    // Without its compiled form the command starts some milliseconds later, no more.
  }
  const script = new vm.Script(source, cachedData ? { filename, cachedData } : { filename });
  if (process.env.PINION_COMPILE_AHEAD) {
    process.on("exit", () => {
      fs.writeFileSync(`${path}.${process.pid}`, script.createCachedData());
      fs.renameSync(`${path}.${process.pid}`, `${path}.cache`);
    });
  }
  return script.runInThisContext();
}
