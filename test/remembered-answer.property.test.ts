// The law of remembered answers: whatever a run looked at, an answer is repeated exactly as long as none of it changed.

import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type * as FileSystem from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FILE_CHANGES } from "./support/file-changes.ts";

interface Answer {
  readonly cache: string;
  readonly file: string;
  readonly startedMs: number;
}

interface Recording {
  require(name: "node:fs"): typeof FileSystem;
  require(name: string): unknown;
  remember(run: { readonly cache: string; readonly written: readonly [] }): void;
}

interface RememberedAnswers {
  readonly repeatAnswer: (answer: Answer) => boolean;
  /** What each kind of look sees. */
  readonly LOOKS: unknown;
  readonly sha256: (text: string) => string;
}

interface RecordedAnswers {
  readonly startRecording: (answer: Answer, looks: unknown) => Recording;
}

const require = createRequire(import.meta.url);
const repeating = require("../bin/pinion.cjs") as RememberedAnswers;
const { repeatAnswer, sha256 } = repeating;
const recorded = require("../bin/record-answer.cjs") as RecordedAnswers;
const startRecording = (answer: Answer): Recording => recorded.startRecording(answer, repeating.LOOKS);

/** Ways to look at a path. A run may do several, in any order. */
const LOOKS = {
  stat: (fs: typeof FileSystem, path: string) => fs.statSync(path, { throwIfNoEntry: false }),
  exists: (fs: typeof FileSystem, path: string) => fs.existsSync(path),
  read: (fs: typeof FileSystem, path: string) => fs.readFileSync(path),
  open: (fs: typeof FileSystem, path: string) => fs.closeSync(fs.openSync(path, "r")),
  list: (fs: typeof FileSystem, path: string) => fs.readdirSync(dirname(path)),
  lstat: (fs: typeof FileSystem, path: string) => fs.lstatSync(path),
  access: (fs: typeof FileSystem, path: string) => fs.accessSync(path, fs.constants.R_OK),
} as const;

/** Ways in which what was looked at becomes another thing; each leaves what it can as it was. */
const CHANGES = {
  ...FILE_CHANGES,
  "another file of the same bytes in its place": (path: string) => {
    writeFileSync(`${path}.new`, readFileSync(path));
    renameSync(`${path}.new`, path);
  },
  "a link in its place": (path: string) => {
    renameSync(path, `${path}.old`);
    symlinkSync(`${path}.old`, path);
  },
} as const;

const look = fc.constantFrom(...(Object.keys(LOOKS) as (keyof typeof LOOKS)[]));
const change = fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[]));
const name = fc.constantFrom("a", "b", "c", "d");

describe("a remembered answer", () => {
  test("is repeated until anything that was looked at changes", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, look), { minLength: 1, maxLength: 8 }),
        change,
        fc.nat(),
        (looks, kind, pick) => {
          using world = createWorld(["a", "b", "c", "d"]);
          const recording = startRecording(world.answer);
          for (const [file, way] of looks) LOOKS[way](recording.require("node:fs"), world.path(file));
          recording.remember({ cache: world.answer.cache, written: [] });
          expect(repeatAnswer(world.answer)).toBe(true);
          const [file, way] = looks[pick % looks.length] ?? ["a", "stat"];
          const isSeen = (way !== "list" && way !== "access") || kind === "removed";
          CHANGES[kind](world.path(file));
          const names = looks.filter(([other]) => other === file);
          const isNoticed =
            isSeen ||
            names.some(([, other]) => other !== "list" && other !== "access") ||
            addsNames(kind, looks);
          expect(repeatAnswer(world.answer)).toBe(!isNoticed);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("is not repeated once something is where nothing was", () => {
    for (const way of ["stat", "exists"] as const) {
      using world = createWorld([]);
      const recording = startRecording(world.answer);
      LOOKS[way](recording.require("node:fs"), world.path("absent"));
      recording.remember({ cache: world.answer.cache, written: [] });
      expect(repeatAnswer(world.answer)).toBe(true);
      writeFileSync(world.path("absent"), "");
      expect(repeatAnswer(world.answer)).toBe(false);
    }
  });

  test("is not kept of a run that does more than look", () => {
    const deeds: readonly ((fs: typeof FileSystem, path: string) => unknown)[] = [
      (fs, path) => fs.writeFileSync(path, "x"),
      (fs, path) => fs.mkdirSync(`${path}-folder`),
      (fs, path) => fs.rmSync(path, { force: true }),
      (fs, path) => fs.closeSync(fs.openSync(path, "w")),
      (fs, path) => fs.readdirSync(dirname(path), { withFileTypes: true }),
      (fs, path) => fs.readFile(path, () => undefined),
      (fs, path) => fs.promises.stat(path).catch(() => undefined),
      (fs) => fs.readFileSync(fs.openSync("/dev/null", "r")),
    ];
    for (const deed of deeds) {
      using world = createWorld(["a"]);
      const recording = startRecording(world.answer);
      deed(recording.require("node:fs"), world.path("a"));
      recording.remember({ cache: world.answer.cache, written: [] });
      expect(repeatAnswer(world.answer), String(deed)).toBe(false);
    }
    for (const module of ["node:child_process", "node:net", "node:tls", "node:http", "node:worker_threads"]) {
      using world = createWorld(["a"]);
      const recording = startRecording(world.answer);
      recording.require(module);
      recording.remember({ cache: world.answer.cache, written: [] });
      expect(repeatAnswer(world.answer), module).toBe(false);
    }
  });

  test("is not kept where a file is so new that it could change again under the same time", () => {
    using world = createWorld(["a"]);
    const answer = { ...world.answer, startedMs: Date.now() };
    const recording = startRecording(answer);
    LOOKS.read(recording.require("node:fs"), world.path("a"));
    recording.remember({ cache: answer.cache, written: [] });
    expect(repeatAnswer(answer)).toBe(false);
  });

  test("is not kept where the settings put the cache elsewhere", () => {
    using world = createWorld([]);
    startRecording(world.answer).remember({ cache: "/elsewhere", written: [] });
    expect(repeatAnswer(world.answer)).toBe(false);
  });

  test("is not repeated from a damaged file", () => {
    using world = createWorld([]);
    startRecording(world.answer).remember({ cache: world.answer.cache, written: [] });
    expect(repeatAnswer(world.answer)).toBe(true);
    for (const text of [
      "",
      "{",
      "null",
      "{}",
      '{"looks":[["stat"]]}',
      '{"looks":[["nothing","a","b"]],"written":[]}',
    ]) {
      writeFileSync(world.answer.file, text);
      expect(repeatAnswer(world.answer), text).toBe(false);
    }
  });

  test("only the newest sixty-four are kept", () => {
    using world = createWorld([]);
    const files = Array.from({ length: 70 }, (_, index) =>
      join(dirname(world.answer.file), `answer-${index}`),
    );
    for (const file of files) {
      const answer = { ...world.answer, file };
      startRecording(answer).remember({ cache: answer.cache, written: [] });
    }
    const kept = files.map((file) => repeatAnswer({ ...world.answer, file }));
    expect(kept.filter((isKept) => isKept).length).toBeLessThanOrEqual(64);
    expect(kept.at(-1)).toBe(true);
  });
});

test("names are SHA-256 of the circumstances", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
    }),
  );
});

/** A change that makes another name beside the file is seen by a run that listed their folder. */
function addsNames(kind: keyof typeof CHANGES, looks: readonly (readonly [string, string])[]): boolean {
  return (kind === "removed" || kind === "a link in its place") && looks.some(([, way]) => way === "list");
}

function createWorld(files: readonly string[]): Disposable & {
  readonly answer: Answer;
  path(file: string): string;
} {
  const folder = mkdtempSync(join(tmpdir(), "pinion-answer-"));
  const cache = join(folder, "cache");
  const tree = join(folder, "tree");
  mkdirSync(cache);
  mkdirSync(tree);
  for (const file of files) writeFileSync(join(tree, file), `contents of ${file}`);
  return {
    // As if the files had been there for long.
    answer: { cache, file: join(cache, "answers-v1", "answer"), startedMs: Date.now() + 3_600_000 },
    path: (file) => join(tree, file),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
