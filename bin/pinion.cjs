#!/usr/bin/env node
// The command's entry: answers `--version` by itself, repeats a remembered answer, and otherwise runs the command's modules
// from V8's compiled form.
//
// The remembered answer: `pip install` that had nothing to do is answered again without loading the command, as long as
// everything it looked at is unchanged; `record-answer.cjs` has what is recorded. docs/cache.md. All that a repeated answer
// needs is in this one file, because each further one costs a millisecond. `venv` is repeated in the same way, by a small part
// of the command, at another path too; so is an installation, into another environment that looks the same.

"use strict";

const fs = require("node:fs");
const path = require("node:path");

function start() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(
      `error: Pinion needs Node 20.19 or newer, and this is Node ${process.versions.node}\n`,
    );
    process.exit(2);
  }
  if (!answersVersion()) run(findBuild(path.join(__dirname, "..", "dist")));
}

function answersVersion() {
  try {
    if (process.argv.length !== 3 || !["--version", "-V"].includes(process.argv[2])) return false;
    writeAll(1, Buffer.from(`pinion ${require("../package.json").version}\n`));
    return true;
  } catch {
    return false;
  }
}

/** Repeats the answer of last time where nothing has changed since; otherwise runs the command. */
function run(build) {
  const answer = openAnswer(build);
  const findOut = () => {
    const recording =
      answer === undefined ? undefined : require("./record-answer.cjs").startRecording(answer, LOOKS);
    createLoader(build, recording?.require ?? require)("#pinion/cli/main.ts").main(recording);
  };
  const repeat = answer?.isVenv ? repeatVenv : repeatAnswerOrInstall;
  if (answer === undefined || !repeat(answer, build, findOut)) findOut();
}

/** The folder of the newest build; `scripts/make-code-cache.mjs` runs one that is not finished yet. */
function findBuild(dist) {
  const unfinished = process.env.PINION_COMPILE_AHEAD;
  if (unfinished) return unfinished;
  try {
    return `${dist}/${fs.readFileSync(`${dist}/command`, "latin1").trim()}`;
  } catch {
    process.stderr.write(
      `error: \`${dist}\` holds no command: run \`npm ci\` in the checkout, which builds it\n`,
    );
    process.exit(2);
  }
}

/**
 * Prepares for a command line; undefined where its answer is never remembered.
 *
 * @param build the folder of the command that answers, which its contents name
 */
function openAnswer(build) {
  const words = process.argv.slice(2);
  if (!mayBeRemembered(words)) return undefined;
  const cache = cacheFolder(words);
  if (isOpenToOthers(cache)) return undefined;
  const isVenv = words[0] === "venv";
  const at = isVenv ? words.length - 1 : words.indexOf("--python") + 1;
  const given = words[at] ?? "";
  const isAnywhere = at > 0 && PLAIN_PATH.test(given) && (isVenv || given.includes("/"));
  let facts;
  const fileOf = (...some) => {
    facts ??= sha256(JSON.stringify(circumstances(build)));
    return path.join(cache, BUCKET, sha256(JSON.stringify([facts, ...some])));
  };
  return {
    cache,
    startedMs: Date.now(),
    isVenv,
    given,
    /** For whatever stands as the path. */
    get anyPath() {
      return isAnywhere ? fileOf(words.with(at, null)) : undefined;
    },
    get file() {
      return fileOf(words);
    },
    get installFile() {
      return fileOf(words, "install");
    },
  };
}

function repeatAnswerOrInstall(answer, build, findOut) {
  return repeatAnswer(answer) || repeatInstall(answer, build, findOut);
}

/** Repeats a remembered answer; false where there is none, or anything that it depends on has changed. */
function repeatAnswer({ file }) {
  try {
    const { looks, written, period } = readOwnFile(file);
    if (period !== undefined && !isWithin(period, Date.now())) return false;
    if (!areAsSeen(looks)) return false;
    for (const { descriptor, pieces } of written)
      writeAll(descriptor, Buffer.from(pieces.join(formatMilliseconds(process.uptime() * 1000))));
    return true;
  } catch {
    // Any doubt is a reason to find the answer out.
    return false;
  }
}

/** Makes an environment as before; false where there is no recipe for it, or anything that it depends on has changed. */
function repeatVenv(answer, build) {
  if (answer.anyPath !== undefined && repeatRecipe(answer.anyPath, build, answer.given)) return true;
  return repeatRecipe(answer.file, build);
}

function repeatRecipe(file, build, given) {
  try {
    const { looks, recipe } = readOwnFile(file);
    if (!areAsSeen(looks)) return false;
    const load = createLoader(build, require);
    const written = load("#pinion-venv-again/cli/remembered-venv.ts").makeRememberedVenv(recipe, {
      given,
      env: process.env,
    });
    if (written === undefined) return false;
    writeAll(2, Buffer.from(written));
    return true;
  } catch {
    return false;
  }
}

/** Installs as before, and reports whether that has begun; calls `findOut` where it then fails. */
function repeatInstall({ anyPath, installFile, given }, build, findOut) {
  for (const [file, named] of [[anyPath, given], [installFile]]) {
    try {
      if (file === undefined) continue;
      const { looks, period, recipe } = readOwnFile(file);
      if (!isWithin(period, Date.now()) || !areAsSeen(looks)) continue;
      const load = createLoader(build, require);
      return load("#pinion-install-again/cli/remembered-install.ts").installAgain(recipe, {
        given: named,
        findOut,
      });
    } catch {
      // As above.
    }
  }
  return false;
}

function areAsSeen(looks) {
  for (let index = 0; index < looks.length; index += 1) if (!isAsSeen(looks[index])) return false;
  return true;
}

function isWithin({ fromMs, untilMs }, nowMs) {
  return nowMs >= fromMs && nowMs < untilMs;
}

/** Whether a look sees what it saw when it was recorded. Most are of one kind, for which no text is made. */
function isAsSeen([kind, subject, seen, mode]) {
  if (kind !== "stat" || typeof seen === "string") return isEqual(LOOKS[kind](subject, mode), seen);
  const status = fs.statSync(subject, NO_THROW);
  if (status === undefined || status.mode !== seen[0] || status.ino !== seen[4]) return false;
  return isEqual(describeStatus(status), seen);
}

function isEqual(one, other) {
  if (typeof one === "string" || typeof other === "string") return one === other;
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

/** Only of these words the answer is looked for; `-v` shows how it is found out. */
function mayBeRemembered(words) {
  if (words.length > MAX_WORDS) return false;
  if (words[0] === "venv") return process.platform !== "win32";
  if (words[0] !== "pip" || words[1] !== "install") return false;
  // What is compiled ahead is all of the other.
  return process.env.PINION_COMPILE_AHEAD === undefined || process.env.PINION_REPEAT_AHEAD !== undefined;
}

/** Where the settings put the cache, as far as that can be known without reading files; elsewhere nothing is remembered. */
function cacheFolder(words) {
  const { env, platform } = process;
  let named = env.PINION_CACHE_DIR;
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index];
    if (word === "--cache-dir") named = words[index + 1];
    else if (word.startsWith("--cache-dir=")) named = word.slice("--cache-dir=".length);
  }
  if (named) return path.resolve(named);
  const home = require("node:os").homedir();
  if (platform === "win32")
    return path.join(env.LOCALAPPDATA ?? path.join(home, "AppData", "Local"), "pinion", "cache");
  if (platform === "darwin") return path.join(home, "Library", "Caches", "pinion");
  return path.join(env.XDG_CACHE_HOME || path.join(home, ".cache"), "pinion");
}

/** All that decides an answer besides files and the words. Only its hash is kept: variables and words may hold secrets. */
function circumstances(build) {
  const os = require("node:os");
  const variables = Object.entries(process.env).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    FORMAT,
    build,
    process.argv.slice(0, 2),
    process.execArgv,
    process.cwd(),
    variables,
    [process.version, process.platform, process.arch, process.execPath],
    [os.release(), os.hostname(), os.homedir(), process.getuid?.(), process.geteuid?.()],
    [screenOf(1), screenOf(2)],
  ];
}

/** Whether a descriptor may be a terminal, and which: it decides about colours. */
function screenOf(descriptor) {
  try {
    const status = fs.fstatSync(descriptor);
    return status.isCharacterDevice() ? status.rdev : "file";
  } catch {
    return "closed";
  }
}

/** What can be seen of a path: a text, or the numbers of its status. */
const LOOKS = {
  stat: (subject) => statusOf(() => fs.statSync(subject, NO_THROW)),
  lstat: (subject) => statusOf(() => fs.lstatSync(subject, NO_THROW)),
  list: (subject) => resultOf(() => fs.readdirSync(subject).join("/")),
  real: (subject) => resultOf(() => fs.realpathSync(subject)),
  nativeReal: (subject) => resultOf(() => fs.realpathSync.native(subject)),
  access: (subject, mode) => resultOf(() => String(fs.accessSync(subject, mode))),
  link: (subject) => resultOf(() => fs.readlinkSync(subject)),
};

function statusOf(look) {
  return resultOf(() => {
    const status = look();
    return status === undefined ? "" : describeStatus(status);
  });
}

/** A file counts as the same by identity, size and both of its times; of a folder the entries are a look of their own. */
function describeStatus(status) {
  const { mode, uid, gid, dev, ino, size, mtimeMs, ctimeMs, rdev } = status;
  return hasLastingTimes(status)
    ? [mode, uid, gid, dev, ino, size, mtimeMs, ctimeMs]
    : [mode, uid, gid, dev, ino, rdev];
}

/** Folders and devices change their times by what goes on in them. */
function hasLastingTimes(status) {
  return status.isFile() || status.isSymbolicLink();
}

function resultOf(look) {
  try {
    return look();
  } catch (error) {
    if (error.code === undefined) throw error;
    return `! ${error.code}`;
  }
}

/** As `src/base/files/folder-owner.ts` judges the cache: in a folder where others can put files, they can put one of this user's too. */
function isOpenToOthers(folder) {
  const self = process.geteuid?.();
  if (self === undefined) return false;
  try {
    const status = fs.statSync(folder, NO_THROW);
    return status !== undefined && (status.uid !== self || (status.mode & 0o002) !== 0);
  } catch {
    return true;
  }
}

/** A file that this user wrote: another one must not put words into the command's mouth. */
function readOwnFile(file) {
  const descriptor = fs.openSync(file, "r");
  try {
    const { uid, size } = fs.fstatSync(descriptor);
    if (process.getuid !== undefined && uid !== process.getuid()) throw new Error("not our own");
    if (size > MAX_BYTES) throw new RangeError("too long");
    return JSON.parse(fs.readFileSync(descriptor, "utf8"));
  } finally {
    fs.closeSync(descriptor);
  }
}

function writeAll(descriptor, bytes) {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(fs.writeSync(descriptor, rest));
    } catch (error) {
      // A pipe that does not block is full: Node's stream waits for its reader. Else the command finds out what is wrong.
      if (error.code !== "EAGAIN" && descriptor === 1) throw error;
      if (error.code !== "EAGAIN") return;
      (descriptor === 1 ? process.stdout : process.stderr).write(rest);
      return;
    }
  }
}

function formatMilliseconds(milliseconds) {
  return `${Math.max(1, Math.floor(milliseconds))}ms`;
}

/** FIPS 180-4. `node:crypto` would cost 2 to 3 ms, more than all the rest of a repeated answer. */
function sha256(text) {
  const message = Buffer.from(text);
  const length = ((message.length + 72) >> 6) << 6;
  const bytes = Buffer.alloc(length);
  message.copy(bytes);
  bytes[message.length] = 0x80;
  bytes.writeUInt32BE((message.length * 8) >>> 0, length - 4);
  const state = Int32Array.from(SHA256_START);
  const w = new Int32Array(64);
  for (let block = 0; block < length; block += 64) {
    for (let t = 0; t < 16; t += 1) w[t] = bytes.readInt32BE(block + t * 4);
    for (let t = 16; t < 64; t += 1) {
      const a = w[t - 15];
      const b = w[t - 2];
      const small0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      const small1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      w[t] = (w[t - 16] + small0 + w[t - 7] + small1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t += 1) {
      const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const first = (h + big1 + ((e & f) ^ (~e & g)) + SHA256_ROUNDS[t] + w[t]) | 0;
      const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    const next = [a, b, c, d, e, f, g, h];
    for (let index = 0; index < 8; index += 1) state[index] += next[index];
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

// Section 5.3.3 and 4.2.2.
const SHA256_START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const SHA256_ROUNDS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];

/** Loads modules of a build, `#GROUP/PATH` each, when something of them is first used (`scripts/bundle-command.mjs`). */
function createLoader(folder, requireBuiltin) {
  const groups = new Map();
  const engine = watchEngine();
  const requireWatched = (name) => {
    if (name === "node:v8") engine.see();
    return requireBuiltin(name);
  };
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
      if (factories === undefined) {
        factories = engine.underOwnFlags(() => loadGroup(`${folder}/${group}`));
        groups.set(group, factories);
      }
      modules.set(id, (module = { exports: undefined }));
      factories[id.slice(slash + 1)](module, requireWatched, load, here, here.file, folder);
    }
    if (module.exports === undefined) throw new Error(`\`${id}\` needs itself before it is there`);
    return module.exports;
  };
  if (process.env.PINION_COMPILE_AHEAD) {
    process.on("exit", () => {
      fs.writeFileSync(`${folder}/loaded.json`, JSON.stringify([...modules.keys()]));
    });
  }
  return load;
}

/**
 * V8 takes a compiled form only under the flags with which it was made, so that those that a run may change
 * (`src/cli/heap-guard.ts`) are the engine's own again while a group is loaded.
 */
function watchEngine() {
  let usual;
  return {
    /** Called before a run can change a flag. */
    see: () => (usual ??= require("node:v8").cachedDataVersionTag()),
    underOwnFlags(work) {
      if (usual === undefined) return work();
      const v8 = require("node:v8");
      const changed = HEAP_FLAGS.filter(([own]) => {
        const before = v8.cachedDataVersionTag();
        if (before !== usual) v8.setFlagsFromString(own);
        return v8.cachedDataVersionTag() !== before;
      });
      try {
        return work();
      } finally {
        for (const [, ofRun] of changed) v8.setFlagsFromString(ofRun);
      }
    },
  };
}

function loadGroup(stem) {
  const vm = require("node:vm");
  const filename = `${stem}.cjs`;
  // ASCII, whatever the language of the messages.
  const source = fs.readFileSync(filename, "latin1");
  // V8 checks a compiled form for its own version only, so each belongs to one release of Node, on one platform.
  const compiled = `${stem}.${process.version}-${process.platform}-${process.arch}.cache`;
  let cachedData;
  try {
    cachedData = fs.readFileSync(compiled);
  } catch {
    // Without its compiled form the command starts some milliseconds later, no more.
  }
  const script = new vm.Script(source, cachedData ? { filename, cachedData } : { filename });
  if (process.env.PINION_COMPILE_AHEAD) {
    process.on("exit", () => {
      fs.writeFileSync(`${stem}.${process.pid}`, script.createCachedData());
      fs.renameSync(`${stem}.${process.pid}`, compiled);
    });
  }
  return script.runInThisContext();
}

/** As the engine has them, and as a run may. */
const HEAP_FLAGS = [
  ["--semi-space-growth-factor=2", "--semi-space-growth-factor=1"],
  ["--heap-growing-percent=0", "--heap-growing-percent=100"],
];
const NO_THROW = { throwIfNoEntry: false };

/** A change of the format, or of what is recorded, is a new number. */
const FORMAT = 6;

/** Its number is that of `src/store/cache/buckets.ts`. */
const BUCKET = "answers-v1";

/** As `src/cli/remembered-venv.ts` has it. */
const PLAIN_PATH = /^(?!.*--)[\w./][\w./-]{0,119}$/;

const MAX_BYTES = 2 * 1024 ** 2;
const MAX_WORDS = 256;

module.exports = { LOOKS, repeatAnswer, sha256 };
if (require.main === module) start();
