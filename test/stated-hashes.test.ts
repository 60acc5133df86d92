// Every hash that was given, whoever gave it and by whichever way a file comes: nothing else is installed, nor built.

import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import type { IndexFile } from "../src/lab/index/index-server.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { packSdist, smallBackend } from "./support/source-trees.ts";
import { World, type CliRun } from "./support/world.ts";

const WRONG = `--hash=sha256:${"a".repeat(64)}`;

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

interface Scene extends AsyncDisposable {
  readonly world: World;
  /** Of `alpha`. */
  readonly url: string;
  readonly hash: string;
  /** Runs `pip …` with these files of the project, in each of which URL stands for the file's. */
  readonly pip: (words: readonly string[], files?: Readonly<Record<string, string>>) => Promise<CliRun>;
  /** Whether `alpha` is in the folder that was installed into. */
  readonly isInstalled: () => boolean;
}

/** An index with one file of `alpha`, and an empty folder. */
async function scene(make: (world: World) => IndexFile, others: readonly IndexFile[] = []): Promise<Scene> {
  const world = await World.create({ commands: "called" });
  const file = make(world);
  const index = await world.index({ packages: [file, ...others] });
  const url = index.url.replace(/simple\/$/, `files/alpha/${file.filename}`);
  const hash = sha256Of(file.bytes);
  return {
    world,
    url,
    hash: `--hash=sha256:${hash}`,
    async pip(words, files = {}) {
      for (const [name, text] of Object.entries(files))
        world.write(`project/${name}`, text.replaceAll("URL", url));
      return await world.cli(["pip", ...words, "--index-url", index.url]);
    },
    isInstalled: () =>
      existsSync(join(world.project, "t")) && readdirSync(join(world.project, "t")).length > 0,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const wheel = (): IndexFile => makeWheel({ name: "alpha", version: "1.0" });

/** A source distribution that leaves a mark where its code runs. */
function marking(world: World): IndexFile {
  const mark = `open(${JSON.stringify(join(world.directory, "mark"))}, "w").close()\n`;
  const bytes = packSdist("alpha-1.0", {
    "pyproject.toml": `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
    "backend.py": mark + smallBackend("alpha", "1.0"),
  });
  const sha256 = sha256Of(bytes);
  return { name: "alpha", version: "1.0", filename: "alpha-1.0.tar.gz", bytes, sha256 };
}

describe.concurrent("a file whose hash is not the one that", () => {
  // Promise: every hash that was given is checked in every mode
  // Attack: the index, or a URL in a requirements file, leads to another file than the one whose hash the user's files state
  test.for<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      "a constraint states, beside a requirement's own",
      { "r.txt": "alpha==1.0 HASH", "c.txt": "alpha==1.0 WRONG" },
      "-r r.txt -c c.txt",
    ],
    [
      "a second requirements file states",
      { "r.txt": "alpha==1.0 HASH", "s.txt": "alpha==1.0 WRONG" },
      "-r r.txt -r s.txt",
    ],
    [
      "an override states",
      { "r.txt": "alpha==1.0", "o.txt": "alpha==1.0 WRONG" },
      "-r r.txt --overrides o.txt",
    ],
    [
      "a constraint states for what a URL leads to",
      { "r.txt": "alpha @ URL", "c.txt": "alpha==1.0 WRONG" },
      "-r r.txt -c c.txt",
    ],
    [
      "a constraint states for a bare URL",
      { "r.txt": "URL", "c.txt": "alpha==1.0 WRONG" },
      "-r r.txt -c c.txt --require-hashes",
    ],
    [
      "a requirement states, where a constraint leads to a URL",
      { "r.txt": "alpha==1.0 WRONG", "c.txt": "alpha @ URL" },
      "-r r.txt -c c.txt --require-hashes",
    ],
    [
      "a requirement states, where an override leads to a URL",
      { "r.txt": "alpha==1.0 WRONG", "o.txt": "alpha @ URL" },
      "-r r.txt --overrides o.txt --require-hashes",
    ],
  ])("%s is not installed", async ([, files, words], { expect }) => {
    await using of = await scene(wheel);
    const texts = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        name,
        `${text.replace("HASH", of.hash).replace("WRONG", WRONG)}\n`,
      ]),
    );
    const run = await of.pip(["install", "--target", "t", ...words.split(" ")], texts);
    expect(run.code).not.toBe(0);
    expect(run.stderr).toMatch(/hash/i);
    expect(of.isInstalled()).toBe(false);
  });

  // Promise: every hash that was given is checked in every mode
  // Attack: a dependency, named by its version and hash, is brought in by a URL in the metadata of a distribution that a URL names
  test("a requirement states is not installed by a URL in metadata", async ({ expect }) => {
    await using world = await World.create({ commands: "called" });
    const evil = makeWheel({ name: "alpha", version: "1.0", files: { "alpha.py": "EVIL = 1\n" } });
    const server = await world.index({ packages: [evil] });
    const url = server.url.replace(/simple\/$/, `files/alpha/${evil.filename}`);
    const needing = makeWheel({ name: "beta", version: "1.0", requires: [`alpha @ ${url}`] });
    const index = await world.index({ packages: [needing, makeWheel({ name: "alpha", version: "1.0" })] });
    const own = index.url.replace(/simple\/$/, `files/beta/${needing.filename}`);
    const lines = [`beta @ ${own} --hash=sha256:${sha256Of(needing.bytes)}`, `alpha==1.0 ${WRONG}`];
    world.write("project/r.txt", `${lines.join("\n")}\n`);
    const run = await world.cli([
      "pip",
      "install",
      "--target",
      "t",
      "--require-hashes",
      "-r",
      "r.txt",
      "--index-url",
      index.url,
    ]);
    expect([run.code, run.stderr]).toEqual([1, expect.stringMatching(/hash/i)]);
    expect(existsSync(join(world.project, "t", "alpha.py"))).toBe(false);
  });
});

// Promise: where hashes are required, no code runs of a source distribution that has another
// Attack: an index lists another source distribution than the one whose hash is stated, and its metadata is known by building it only
test.for<readonly [string, string]>([
  ["install --target t --require-hashes -r r.txt", "alpha==1.0 WRONG"],
  ["install --target t -r r.txt", "alpha==1.0 WRONG"],
  ["install --target t -r r.txt", "alpha @ URL WRONG"],
  ["wheel -w w --require-hashes -r r.txt", "alpha==1.0 WRONG"],
  ["sync --target t r.txt", "alpha==1.0 WRONG"],
  ["install --target t -r r.txt --no-deps --dry-run --report r.json", "alpha==1.0 WRONG"],
])("a source distribution with another hash is not built: pip %s, %s", async ([words, text], { expect }) => {
  await using of = await scene(marking);
  const run = await of.pip(words.split(" "), { "r.txt": `${text.replace("WRONG", WRONG)}\n` });
  expect([run.code, run.stderr]).toEqual([1, expect.stringMatching(/hash/i)]);
  expect(existsSync(join(of.world.directory, "mark"))).toBe(false);
  expect(of.isInstalled()).toBe(false);
});

// Promise: every hash that was given is checked in every mode
// Attack: the file has the weak hash of a requirement, and not the secure one that stands beside it
test.for(["alpha==1.0", "alpha @ URL"])(
  "no weak hash stands for a secure one: %s",
  async (name, { expect }) => {
    await using of = await scene(wheel);
    const md5 = createHash("md5").update(wheel().bytes).digest("hex");
    for (const mode of [[], ["--require-hashes"]]) {
      const run = await of.pip(["install", "--target", "t", ...mode, "-r", "r.txt"], {
        "r.txt": `${name} --hash=md5:${md5} ${WRONG}\n`,
      });
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("Hash mismatch")]);
      expect(of.isInstalled()).toBe(false);
    }
  },
);

// Promise: where hashes are required, no code runs of what has none
// Attack: a constraint, or what another project requires, leads to a source distribution without a hash, whose code says what it requires
test.for<readonly [string, string, string]>([
  ["is needed by another project", "beta==1.0 BETA", ""],
  ["a constraint leads to, and another project needs", "beta==1.0 BETA", "alpha @ URL"],
])("a source distribution is not built that %s", async ([, requirements, constraints], { expect }) => {
  const beta = makeWheel({ name: "beta", version: "1.0", requires: ["alpha"] });
  await using of = await scene(marking, [beta]);
  const hash = sha256Of(beta.bytes);
  const run = await of.pip(["install", "--target", "t", "--require-hashes", "-r", "r.txt", "-c", "c.txt"], {
    "r.txt": `${requirements.replace("BETA", `--hash=sha256:${hash}`)}\n`,
    "c.txt": `${constraints}\n`,
  });
  expect([run.code, run.stderr]).toEqual([
    1,
    expect.stringContaining("no trusted hash was provided for: `alpha`"),
  ]);
  expect(existsSync(join(of.world.directory, "mark"))).toBe(false);
});

// Promise: only what is installed is built
// Attack: a constraint, an override or a requirement that does not count leads to a source distribution, whose code says what it requires
test.for<readonly [string, Readonly<Record<string, string>>, string]>([
  ["a constraint of what is not required", { "c.txt": "alpha @ URL" }, "beta -c c.txt"],
  ["an override of what is not required", { "o.txt": "alpha @ URL" }, "beta --overrides o.txt"],
  [
    "a requirement that an override replaces",
    { "r.txt": "alpha @ URL", "o.txt": "alpha==2.0" },
    "-r r.txt --overrides o.txt",
  ],
  [
    "a requirement that is excluded",
    { "r.txt": "alpha @ URL", "x.txt": "alpha" },
    "beta -r r.txt --excludes x.txt",
  ],
])("nothing is built of %s", async ([, files, words], { expect }) => {
  const others = [makeWheel({ name: "beta", version: "1.0" }), makeWheel({ name: "alpha", version: "2.0" })];
  await using of = await scene(marking, others);
  const run = await of.pip(["install", "--target", "t", ...words.split(" ")], files);
  expect([run.code, run.stderr]).toEqual([0, expect.stringMatching(/\+ (?:beta==1|alpha==2)\.0/)]);
  expect(existsSync(join(of.world.directory, "mark"))).toBe(false);
});

test("a source distribution with the stated hash is built", async ({ expect }) => {
  await using of = await scene(marking);
  const run = await of.pip(["install", "--target", "t", "--require-hashes", "-r", "r.txt"], {
    "r.txt": `alpha==1.0 ${of.hash}\n`,
  });
  expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("+ alpha==1.0")]);
  expect(existsSync(join(of.world.directory, "mark"))).toBe(true);
});

describe.concurrent("what an earlier run without hashes left is not taken where another one is stated", () => {
  // Promise: every hash that was given is checked in every mode
  // Attack: the folder of a download has what the index lists from an earlier run, and the user's file states another hash
  test.for(["download -d d", "wheel -w d", "download -d d --require-hashes"])(
    "by pip %s",
    async (words, { expect }) => {
      await using of = await scene(wheel);
      expect((await of.pip([...words.split(" ").slice(0, 3), "alpha"])).code).toBe(0);
      const run = await of.pip([...words.split(" "), "-r", "r.txt"], { "r.txt": `alpha==1.0 ${WRONG}\n` });
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("Hash mismatch")]);
      const again = await of.pip([...words.split(" "), "-r", "r.txt"], {
        "r.txt": `alpha==1.0 ${of.hash}\n`,
      });
      expect([again.code, again.stderr]).toEqual([0, expect.stringContaining(" = d")]);
    },
  );

  // Promise: every hash that was given is checked in every mode
  // Attack: a lock file states the SHA-256 of a source distribution that is in the cache, built or not, and a wrong SHA-512 beside it
  test.for(["download -d d", "install --target u", "wheel -w d"])(
    "by pip sync after pip %s",
    async (words, { expect }) => {
      await using of = await scene(marking);
      await of.pip([...words.split(" "), "alpha", "--no-deps"]);
      const sha512 = createHash("sha512").update(marking(of.world).bytes).digest("hex");
      const lockOf = (digits: string): string =>
        `lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "alpha"\nversion = "1.0"\nsdist = { url = "URL", hashes = { sha256 = "${of.hash.slice(-64)}", sha512 = "${digits}" } }\n`;
      const sync = ["sync", "--target", "t", "pylock.toml"];
      const run = await of.pip(sync, { "pylock.toml": lockOf("a".repeat(128)) });
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("Hash mismatch")]);
      expect(of.isInstalled()).toBe(false);
      const again = await of.pip(sync, { "pylock.toml": lockOf(sha512) });
      expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("+ alpha==1.0")]);
    },
  );
});
