// Records what a run of `pip install` or `venv` looks at, so that `pinion.cjs` can repeat it as long as all of that is
// unchanged. The run's file system notes each look with what was seen; a run that did anything but look (a write, a child
// process, the network, an asynchronous call), of `venv` before it makes the environment, is not remembered. docs/cache.md.

"use strict";

const fs = require("node:fs");
const path = require("node:path");

/** The modules for a run that may be remembered, and what keeps its answer. */
function startRecording(answer, see) {
  const recorder = new Recorder(see);
  const recordedFs = recordingFs(recorder);
  const seen = (beside) => recorder.looksBefore(answer.startedMs - CLOCK_STEP_MS, beside);
  return {
    require: (name) => {
      const builtin = name.replace(/^node:/, "");
      if (builtin === "fs") return recorder.isDoubtful ? fs : recordedFs;
      if (!HARMLESS_MODULES.has(builtin)) recorder.doubt();
      return require(name);
    },
    /** Keeps what was written, if the run only looked, and nothing that it saw may have changed meanwhile. */
    remember: ({ cache, written, period }) => {
      const looks = seen();
      if (looks !== undefined && cache === answer.cache)
        writeOwnFile(answer.file, JSON.stringify({ looks, written, period }));
    },
    /** @param beside folders in which files may be new */
    looks: seen,
    /** Work that may wait until all has been looked at. */
    later: (work) => {
      if (recorder.isDoubtful) return work();
      if (recorder.waiting.push(work) === 1) process.once("exit", () => recorder.doubt());
    },
    /** Keeps how an environment was made after those looks: at its own path, or at any that takes the last word's place. */
    rememberVenv: ({ cache, looks, recipe, isAnywhere }) => {
      const file = isAnywhere ? answer.anyPath : answer.file;
      if (file !== undefined && cache === answer.cache) writeOwnFile(file, JSON.stringify({ looks, recipe }));
    },
    /** Keeps what was installed after those looks. */
    rememberInstall: ({ cache, looks, period, recipe, isAnywhere }) => {
      const file = isAnywhere ? answer.anyPath : answer.installFile;
      if (file !== undefined && cache === answer.cache)
        writeOwnFile(file, JSON.stringify({ looks, period, recipe }));
    },
  };
}

/** What a run has looked at, until it does anything else. */
class Recorder {
  #see;
  #looks = new Map();
  #isDoubtful = false;
  /** Called once, when the first doubt comes up. */
  onDoubt = () => {};
  /** What is to be written once all has been looked at. */
  waiting = [];

  /** @param see what each kind of look sees */
  constructor(see) {
    this.#see = see;
  }

  get isDoubtful() {
    return this.#isDoubtful;
  }

  doubt() {
    if (this.#isDoubtful) return;
    this.#isDoubtful = true;
    this.#looks.clear();
    this.onDoubt();
    for (const work of this.waiting.splice(0)) work();
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
    const seen = this.#see[kind](subject, mode);
    this.#looks.set(key, [kind, subject, seen, mode]);
  }

  /** All looks; undefined where there is a doubt, or a file may have changed after that moment. */
  looksBefore(moment, beside = []) {
    if (this.#isDoubtful) return undefined;
    const looks = [...this.#looks.values()];
    const mayHaveChanged = ([, subject, seen]) =>
      // The status of a file or link ends with its times; folders and devices change theirs by what goes on in them.
      Array.isArray(seen) &&
      seen.length === FILE_STATUS &&
      Math.max(seen[FILE_STATUS - 2], seen[FILE_STATUS - 1]) > moment &&
      !beside.some((folder) => subject.startsWith(`${folder}/`));
    return looks.some(mayHaveChanged) ? undefined : looks;
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
  for (const name of ["statSync", "existsSync"]) replace(name, recording("stat", fs[name]));
  const readWhole = recording("stat", fs.readFileSync);
  // What a descriptor of a file shows was recorded when it was opened.
  replace("readFileSync", (subject, ...rest) =>
    (isOpenFile(subject) ? fs.readFileSync : readWhole)(subject, ...rest),
  );
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
    if (flags !== "r" && flags !== READ_ONLY) recorder.doubt();
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
  for (const member of Object.values(members)) member.configurable = true;
  const recorded = Object.create(fs, members);
  // A run that is not remembered makes tens of thousands of calls, each of which would be asked about. The members are
  // not looked up here: `promises` and the streams are rooms of the runtime that are loaded when they are first used.
  recorder.onDoubt = () => {
    for (const name of Object.keys(members)) delete recorded[name];
  };
  return recorded;
}

function isOpenFile(subject) {
  return typeof subject === "number" && subject > 2 && fs.fstatSync(subject).isFile();
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

const NO_THROW = { throwIfNoEntry: false };

/** The numbers of a file's status, as `describeStatus` in `pinion.cjs` gives them. */
const FILE_STATUS = 8;

/** Runtime modules that neither reach outside the process nor tell what changes from run to run. */
const HARMLESS_MODULES = new Set(
  "assert buffer constants crypto events fs os path perf_hooks readline stream string_decoder tty url util zlib".split(
    " ",
  ),
);

/** As `src/base/files/small-file.ts` opens. */
const READ_ONLY = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

const HARMLESS_MEMBERS = new Set(["closeSync", "constants", "fstatSync"]);

/** The coarsest clock of a file system in use, FAT's: what changed later could change again under the same time. */
const CLOCK_STEP_MS = 2000;

// Of 1,000 distributions each is looked at once or twice.
const MAX_LOOKS = 4096;
// One for each command line in each environment; a hundred bytes for each distribution.
const MAX_ANSWERS = 64;

module.exports = { startRecording };
