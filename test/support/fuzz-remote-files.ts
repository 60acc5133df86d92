// Files from the network that are made by chance, in every format that a command reads: whatever they say, they name nothing
// of this machine. Nothing is fetched or built; what is looked at are the sources that come out.

import { isPinionError } from "../../src/errors.ts";
import { sourceOf } from "../../src/api/plan/from-lock.ts";
import { readInputs } from "../../src/api/inputs/read-inputs.ts";
import { readLockFile } from "../../src/api/locks/read-lock.ts";
import type { Source } from "../../src/sources/source.ts";
import type { FuzzedGuard, FuzzOptions } from "./fuzz-guards.ts";
import { seededRandom, type Random } from "./random.ts";

/** Tries requirements files, projects, scripts, `setup.cfg` and lock files. */
export async function fuzzRemoteFiles({ inputs, seed }: FuzzOptions): Promise<FuzzedGuard> {
  const random = seededRandom(seed);
  const broken: { input: string; why: string }[] = [];
  let taken = 0;
  for (let index = 0; index < inputs; index += 1) {
    const format = random.pick(FORMATS);
    const text = format.write(random);
    const input = `${format.file}: ${text}`;
    try {
      const why = (await format.read(format.file, text)).map(faultOf).find((fault) => fault !== undefined);
      if (why === undefined) taken += 1;
      else broken.push({ input, why });
    } catch (error) {
      if (!isPinionError(error)) broken.push({ input, why: String(error) });
    }
  }
  return { name: "remote files", inputs, taken, broken };
}

/** Judged by other means than the guard's own: the scheme that the URL begins with. */
function faultOf({ kind, url }: Source): string | undefined {
  const isRemote = kind === "git" ? /^(?:https?|ssh|git):\/\/[^/]/ : /^https?:\/\/[^/]/;
  return kind !== "directory" && isRemote.test(url) ? undefined : `a ${kind} at ${url}`;
}

interface Format {
  readonly file: string;
  readonly write: (random: Random) => string;
  readonly read: (file: string, text: string) => Promise<readonly Source[]>;
}

async function readRequirements(file: string, text: string): Promise<readonly Source[]> {
  const inputs = await readInputs(
    {
      requirements: [{ kind: "file", path: `https://files.example/${file}` }],
      constraints: [],
      overrides: [],
    },
    {
      directory: "/home/ada",
      env: { HOME: "/home/ada" },
      readInput: () => Promise.reject(new Error("standard input was read")),
      fetch: (url) => Promise.resolve(url.endsWith(file) ? text : "flask\n"),
    },
  );
  return [...inputs.requirements, ...inputs.constraints].flatMap(({ source }) =>
    source === undefined ? [] : [source],
  );
}

async function readLock(file: string, text: string): Promise<readonly Source[]> {
  const found = await readLockFile(`https://files.example/${file}`, {
    directory: "/home/ada",
    fetch: () => Promise.resolve({ text: () => Promise.resolve(text) }),
  });
  return found.lock.packages.flatMap(({ name, version, index, source }, position) =>
    source.kind === "files"
      ? (source.wheels ?? []).map((wheel) => {
          const choice = { kind: "wheel", file: wheel, filename: "a-1-py3-none-any.whl" } as const;
          return sourceOf({ name, version, index, position, choice }, found);
        })
      : [sourceOf({ name, version, index, position, choice: source }, found)],
  );
}

const place = (random: Random): string =>
  Array.from({ length: 1 + random.below(6) }, () => random.pick(PIECES)).join("");

const requirement = (random: Random): string =>
  `a @${random.pick([" ", "", "\t", "\u00A0"])}${place(random)}`;

/** A string of TOML and JSON. */
const quoted = (text: string): string => JSON.stringify(text);

const sources = (random: Random): string =>
  random.below(2) === 0
    ? ""
    : `[tool.uv.sources]\na = { ${random.pick(["path", "url", "git"])} = ${quoted(place(random))} }\n`;

const script = (body: string): string =>
  ["# /// script", ...body.split("\n").map((line) => `# ${line}`), "# ///", ""].join("\n");

const locked = (random: Random): string => {
  const at = `${random.pick(["url", "url", "path"])} = ${quoted(place(random))}`;
  return random.pick([
    `vcs = { type = "git", ${at}, commit-id = "${"0a".repeat(20)}" }`,
    `archive = { ${at}, hashes = { sha256 = "00" } }`,
    `wheels = [{ name = "a-1-py3-none-any.whl", ${at}, hashes = { sha256 = "00" } }]`,
    `directory = { path = ${quoted(place(random))} }`,
  ]);
};

const FORMATS: readonly Format[] = [
  {
    file: "requirements.txt",
    write: (random) => `${random.pick(["", "-e ", "a @ ", "a@", "-r ", "-c "])}${place(random)}\n`,
    read: readRequirements,
  },
  {
    file: "pyproject.toml",
    write: (random) =>
      `[project]\nname = "x"\nversion = "1"\ndependencies = [${quoted(random.pick(["a", requirement(random)]))}]\n${sources(random)}`,
    read: readRequirements,
  },
  {
    file: "script.py",
    write: (random) =>
      script(`dependencies = [${quoted(random.pick(["a", requirement(random)]))}]\n${sources(random)}`),
    read: readRequirements,
  },
  {
    file: "setup.cfg",
    write: (random) => `[metadata]\nname = x\n[options]\ninstall_requires =\n  ${requirement(random)}\n`,
    read: readRequirements,
  },
  {
    file: "pylock.toml",
    write: (random) =>
      `lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = "1"\n${locked(random)}\n`,
    read: readLock,
  },
];

const PIECES: readonly string[] = [
  "https://",
  "http://",
  "HTTPS://",
  "git.example/a",
  "git.example/a-1.tar.gz",
  "https://files.example/a-1-py3-none-any.whl",
  "git+https://git.example/a",
  "git+ssh://git@git.example/a",
  "file://",
  "FILE:///",
  "file:",
  "git+",
  "git+file://",
  "ext::",
  "ssh://",
  "git://",
  "//",
  "/",
  "\\",
  "..",
  ".",
  "~",
  "C:",
  "vendored",
  "home/ada/a",
  "a-1.tar.gz",
  "a-1-py3-none-any.whl",
  "localhost",
  "u:p@",
  "@main",
  "#subdirectory=a",
  "#egg=a",
  "?q",
  "%2e%2e%2f",
  "%zz",
  " ",
  "\t",
  "\u00A0",
  "\u000B",
  '"',
  " ; python_version > '3'",
];
