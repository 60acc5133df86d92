// The remembered answer: `pip install` that had nothing to do is answered again without loading the command, as long as
// everything it looked at is unchanged. Its file system records each look with what was seen; a run that did anything
// but look (a write, a child process, the network, an asynchronous call) is not remembered. docs/cache.md.

"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/**
 * Prepares for a command line; undefined where its answer is never remembered.
 *
 * @param build the folder of the command that answers, which its contents name
 */
function openAnswer(build) {
  const words = process.argv.slice(2);
  const cache = cacheFolder(words);
  if (!mayBeRemembered(words) || cache === undefined) return undefined;
  const folder = path.join(cache, BUCKET);
  return {
    cache,
    file: path.join(folder, sha256(JSON.stringify(circumstances(build)))),
    startedMs: Date.now(),
  };
}

/** Repeats a remembered answer; false where there is none, or anything that it depends on has changed. */
function repeatAnswer({ file }) {
  try {
    const { looks, written } = readOwnFile(file);
    for (const [kind, subject, seen, mode] of looks) if (LOOKS[kind](subject, mode) !== seen) return false;
    for (const { descriptor, pieces } of written)
      writeAll(descriptor, Buffer.from(pieces.join(formatMilliseconds(performance.now()))));
    return true;
  } catch {
    // Any doubt is a reason to find the answer out.
    return false;
  }
}

/** The modules for a run that may be remembered, and what keeps its answer. */
function startRecording(answer) {
  const recorder = new Recorder();
  const recordedFs = recordingFs(recorder);
  return {
    require: (name) => {
      const builtin = name.replace(/^node:/, "");
      if (builtin === "fs") return recordedFs;
      if (!HARMLESS_MODULES.has(builtin)) recorder.doubt();
      return require(name);
    },
    /** Keeps what was written, if the run only looked, and nothing that it saw may have changed meanwhile. */
    remember: ({ cache, written }) => {
      const looks =
        cache === answer.cache ? recorder.looksBefore(answer.startedMs - CLOCK_STEP_MS) : undefined;
      if (looks !== undefined) writeOwnFile(answer.file, JSON.stringify({ looks, written }));
    },
  };
}

/** What a run has looked at, until it does anything else. */
class Recorder {
  #looks = new Map();
  #lastChangeMs = 0;
  #isDoubtful = false;

  doubt() {
    this.#isDoubtful = true;
  }

  /** Called before the run itself looks: a change from then on has a later time than what is kept. */
  record(kind, subject, mode) {
    if (this.#isDoubtful) return;
    if (typeof subject !== "string" || this.#looks.size >= MAX_LOOKS) {
      this.doubt();
      return;
    }
    const key = `${kind} ${mode} ${subject}`;
    if (this.#looks.has(key)) return;
    this.#looks.set(key, [kind, subject, LOOKS[kind](subject, mode), mode]);
    if (kind === "stat" || kind === "lstat")
      this.#lastChangeMs = Math.max(this.#lastChangeMs, lastChange(kind, subject));
  }

  /** All looks; undefined where there is a doubt, or a file may have changed after that moment. */
  looksBefore(moment) {
    return this.#isDoubtful || this.#lastChangeMs > moment ? undefined : [...this.#looks.values()];
  }
}

/** Only of these words the answer is looked for; `-v` shows how it is found out. */
function mayBeRemembered(words) {
  return (
    words[0] === "pip" &&
    words[1] === "install" &&
    words.length <= MAX_WORDS &&
    process.env.PINION_COMPILE_AHEAD === undefined
  );
}

/** Where the settings put the cache, as far as that can be known without reading files; elsewhere nothing is remembered. */
function cacheFolder(words) {
  const { env, platform } = process;
  let named = env.PINION_CACHE_DIR;
  for (let index = 2; index < words.length; index += 1) {
    const word = words[index];
    if (word === "--cache-dir") named = words[index + 1];
    else if (word.startsWith("--cache-dir=")) named = word.slice("--cache-dir=".length);
  }
  if (named) return path.resolve(named);
  const home = os.homedir();
  if (platform === "win32")
    return path.join(env.LOCALAPPDATA ?? path.join(home, "AppData", "Local"), "pinion", "cache");
  if (platform === "darwin") return path.join(home, "Library", "Caches", "pinion");
  return path.join(env.XDG_CACHE_HOME || path.join(home, ".cache"), "pinion");
}

/** All that decides an answer besides files. Only its hash is kept: variables and words may hold secrets. */
function circumstances(build) {
  const variables = Object.entries(process.env).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    FORMAT,
    build,
    process.argv,
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

/** What can be seen of a path, as text: compared with what was seen before. */
const LOOKS = {
  stat: (subject) => statusText(() => fs.statSync(subject, NO_THROW)),
  lstat: (subject) => statusText(() => fs.lstatSync(subject, NO_THROW)),
  list: (subject) => resultText(() => fs.readdirSync(subject).join("/")),
  real: (subject) => resultText(() => fs.realpathSync(subject)),
  nativeReal: (subject) => resultText(() => fs.realpathSync.native(subject)),
  access: (subject, mode) => resultText(() => String(fs.accessSync(subject, mode))),
  link: (subject) => resultText(() => fs.readlinkSync(subject)),
};

function statusText(look) {
  return resultText(() => {
    const status = look();
    return status === undefined ? "" : describeStatus(status);
  });
}

/** A file counts as the same by identity, size and both of its times; of a folder the entries are a look of their own. */
function describeStatus(status) {
  const { mode, uid, gid, dev, ino, size, mtimeMs, ctimeMs, rdev } = status;
  return hasLastingTimes(status)
    ? `${mode} ${uid} ${gid} ${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
    : `${mode} ${uid} ${gid} ${dev} ${ino} ${rdev}`;
}

/** Folders and devices change their times by what goes on in them. */
function hasLastingTimes(status) {
  return status.isFile() || status.isSymbolicLink();
}

function resultText(look) {
  try {
    return look();
  } catch (error) {
    if (error.code === undefined) throw error;
    return `! ${error.code}`;
  }
}

/** `node:fs` whose looks are recorded, and with which anything but looking is doubtful. */
function recordingFs(recorder) {
  const members = {};
  for (const name of Object.keys(fs)) {
    const get = () => fs[name];
    members[name] = {
      get: HARMLESS_MEMBERS.has(name) || /^[A-Z]/.test(name) ? get : () => (recorder.doubt(), fs[name]),
    };
  }
  const replace = (name, value) => (members[name] = { value });
  const recording =
    (kind, original) =>
    (subject, ...rest) => {
      recorder.record(kind, subject);
      return original(subject, ...rest);
    };
  for (const name of ["statSync", "existsSync", "readFileSync"]) replace(name, recording("stat", fs[name]));
  replace("accessSync", (subject, mode) => {
    recorder.record("access", subject, mode);
    return fs.accessSync(subject, mode);
  });
  replace("lstatSync", recording("lstat", fs.lstatSync));
  replace("readlinkSync", recording("link", fs.readlinkSync));
  const real = recording("real", fs.realpathSync);
  replace("realpathSync", Object.assign(real, { native: recording("nativeReal", fs.realpathSync.native) }));
  replace("readdirSync", (subject, ...options) => {
    // Entries with their kinds would be more than what is compared.
    if (options.length > 0) recorder.doubt();
    recorder.record("list", subject);
    return fs.readdirSync(subject, ...options);
  });
  replace("openSync", (subject, flags, ...rest) => {
    if (flags !== "r") recorder.doubt();
    recorder.record("stat", subject);
    return fs.openSync(subject, flags, ...rest);
  });
  replace("readSync", (descriptor, ...rest) => {
    if (descriptor === 0) recorder.doubt();
    return fs.readSync(descriptor, ...rest);
  });
  replace("writeSync", (descriptor, ...rest) => {
    if (descriptor !== 1 && descriptor !== 2) recorder.doubt();
    return fs.writeSync(descriptor, ...rest);
  });
  return Object.create(fs, members);
}

/** When a file or link last changed, in any way; 0 for what is none. */
function lastChange(kind, subject) {
  try {
    const status = kind === "stat" ? fs.statSync(subject, NO_THROW) : fs.lstatSync(subject, NO_THROW);
    return status === undefined || !hasLastingTimes(status) ? 0 : Math.max(status.mtimeMs, status.ctimeMs);
  } catch (error) {
    if (error.code === undefined) throw error;
    return 0;
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

/** Written beside and renamed in. Where the cache cannot be written, the next command finds its answer out again. */
function writeOwnFile(file, text) {
  const folder = path.dirname(file);
  const temporary = path.join(folder, `.tmp-${process.pid}-${Date.now().toString(36)}`);
  try {
    // The cache is made, with its marks, by commands that fill it.
    if (!fs.existsSync(path.dirname(folder))) return;
    fs.mkdirSync(folder, { recursive: true });
    dropOldest(folder);
    fs.writeFileSync(temporary, text, { flag: "wx", mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

function dropOldest(folder) {
  const names = fs.readdirSync(folder);
  if (names.length < MAX_ANSWERS) return;
  const files = names.map((name) => path.join(folder, name));
  const writtenMs = new Map(files.map((file) => [file, fs.statSync(file, NO_THROW)?.mtimeMs ?? 0]));
  files.sort((a, b) => writtenMs.get(a) - writtenMs.get(b));
  for (const file of files.slice(0, files.length - MAX_ANSWERS / 2)) fs.rmSync(file, { force: true });
}

function writeAll(descriptor, bytes) {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(fs.writeSync(descriptor, rest));
    } catch (error) {
      // A pipe that does not block is full: Node's stream waits for its reader. A reader that has gone needs nothing.
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

const NO_THROW = { throwIfNoEntry: false };

/** Runtime modules that neither reach outside the process nor tell what changes from run to run. */
const HARMLESS_MODULES = new Set(
  "assert buffer constants crypto events fs os path perf_hooks readline stream string_decoder tty url util zlib".split(
    " ",
  ),
);

const HARMLESS_MEMBERS = new Set(["closeSync", "constants", "fstatSync"]);

/** A change of the format, or of what is recorded, is a new number. */
const FORMAT = 2;

/** Its number is that of `src/store/buckets.ts`. */
const BUCKET = "answers-v1";

/** The coarsest clock of a file system in use, FAT's: what changed later could change again under the same time. */
const CLOCK_STEP_MS = 2000;

// Of 1,000 distributions each is looked at once or twice.
const MAX_LOOKS = 4096;
const MAX_BYTES = 2 * 1024 ** 2;
const MAX_WORDS = 256;
// One for each command line in each environment; a hundred bytes for each distribution.
const MAX_ANSWERS = 64;

module.exports = { openAnswer, repeatAnswer, startRecording, sha256 };
