// Bytes that do not match an expected hash are refused in every mode, and nothing of them stays anywhere.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, treeOf, type CommandStage } from "./support/command-stage.ts";

const WHEEL = makeWheel({ name: "promised", version: "1.0" });
const OTHER = makeWheel({
  name: "promised",
  version: "1.0",
  files: { "promised/__init__.py": "evil = True\n" },
});

interface Mode {
  readonly name: string;
  /** Whether the index promises the digest of other bytes; otherwise its page is right and another place is wrong. */
  readonly isIndexWrong: boolean;
  /** How it is told, where it is not told as a digest that does not fit. */
  readonly refusal?: { readonly code: number; readonly text: string };
  readonly arrange?: (stage: CommandStage) => readonly string[] | Promise<readonly string[]>;
}

const BY_NAME = (): readonly string[] => ["promised"];
const wrongHash = `--hash=sha256:${OTHER.sha256}`;

const MODES: readonly Mode[] = [
  { name: "an index's page", isIndexWrong: true, arrange: BY_NAME },
  { name: "an index's page, --no-deps", isIndexWrong: true, arrange: () => ["promised", "--no-deps"] },
  {
    name: "an index's page, into a folder",
    isIndexWrong: true,
    arrange: () => ["promised", "--target", "out"],
  },
  {
    name: "an index's page, for another platform",
    isIndexWrong: true,
    arrange: () => [
      "promised",
      "--target",
      "out",
      "--python-platform",
      "windows",
      "--python-version",
      "3.12",
    ],
  },
  { name: "an index's page, without a cache", isIndexWrong: true, arrange: () => ["promised", "--no-cache"] },
  {
    name: "a page of links",
    isIndexWrong: true,
    arrange: ({ index }) => ["promised", "--no-index", "--find-links", index.flatUrl],
  },
  {
    name: "the fragment of a URL",
    isIndexWrong: false,
    arrange: ({ index }) => [
      `promised @ ${index.origin}/files/promised/${WHEEL.filename}#sha256=${OTHER.sha256}`,
    ],
  },
  {
    name: "the fragment of a path",
    isIndexWrong: false,
    arrange: ({ world }) => [
      `promised @ file://${world.write(`local/${WHEEL.filename}`, WHEEL.bytes)}#sha256=${OTHER.sha256}`,
    ],
  },
  {
    name: "--hash of a requirements file",
    isIndexWrong: false,
    arrange: ({ world }) => ["-r", world.write("requirements.txt", `promised==1.0 ${wrongHash}\n`)],
  },
  {
    name: "--hash with --require-hashes",
    isIndexWrong: false,
    arrange: ({ world }) => [
      "--require-hashes",
      "-r",
      world.write("requirements.txt", `promised==1.0 ${wrongHash}\n`),
    ],
  },
  {
    name: "--hash of a wheel that the cache holds",
    isIndexWrong: false,
    arrange: async (stage) => {
      await stage.install("promised", "--target", "elsewhere");
      return ["-r", stage.world.write("requirements.txt", `promised==1.0 ${wrongHash}\n`)];
    },
  },
  {
    name: "--hash of a wheel that the cache holds, --offline",
    isIndexWrong: false,
    refusal: { code: 2, text: "wasn't found in the cache" },
    arrange: async (stage) => {
      await stage.install("promised", "--target", "elsewhere");
      return ["--offline", "-r", stage.world.write("requirements.txt", `promised==1.0 ${wrongHash}\n`)];
    },
  },
];

describe.concurrent("a digest that the bytes do not have is refused", () => {
  const modes = MODES.map((mode) => [mode.name, mode] as const);
  test.each(modes)("%s", async (_, { isIndexWrong, refusal, arrange = BY_NAME }) => {
    const file = isIndexWrong ? { ...OTHER, bytes: WHEEL.bytes } : WHEEL;
    await using stage = await commandStage({ commands: "called", packages: [file] });
    const args = await arrange(stage);
    const cacheBefore = wheelsIn(stage.world.cache);
    const before = treeOf(stage.venv);
    const run = await stage.install(...args);
    expect([run.code, run.stdout]).toEqual([refusal?.code ?? 1, ""]);
    expect(run.stderr).toContain(refusal?.text ?? "Hash mismatch for `promised");
    if (refusal === undefined) expect(run.stderr).toContain(`sha256:${OTHER.sha256}`);
    expect(treeOf(stage.venv)).toEqual(before);
    expect(existsSync(join(stage.world.project, "out"))).toBe(false);
    expect(wheelsIn(stage.world.cache)).toEqual(cacheBefore);
  });
});

describe.concurrent("a digest that the bytes have is taken", () => {
  test("from a page, a fragment and a requirements file", async () => {
    await using stage = await commandStage({ commands: "called", packages: [WHEEL] });
    const requirements = stage.world.write(
      "requirements.txt",
      `promised==1.0 --hash=sha256:${WHEEL.sha256}\n`,
    );
    const address = `promised @ ${stage.index.origin}/files/promised/${WHEEL.filename}#sha256=${WHEEL.sha256}`;
    for (const args of [
      ["promised"],
      [address],
      ["-r", requirements],
      ["--require-hashes", "-r", requirements],
    ])
      expect((await stage.install("--reinstall", ...args)).code, args.join(" ")).toBe(0);
  });

  test("and --require-hashes asks for all of them", async () => {
    await using stage = await commandStage({ commands: "called" });
    const refused = async (text: string): Promise<string> => {
      const run = await stage.install("--require-hashes", "-r", stage.world.write("requirements.txt", text));
      expect(run.code).toBe(2);
      return run.stderr;
    };
    expect(await refused("paint\n")).toContain("versions pinned with `==`, but found: paint");
    expect(await refused("paint==1.2.0\n")).toContain(
      "must have a hash, but none were provided for: paint==1.2.0",
    );
    expect(await refused(`paint==1.2.0 --hash=md5:${"0".repeat(32)}\n`)).toContain("only weak ones");
  });
});

/** The digests of the cached wheels, and that no file of the cache holds bytes of the refused one. */
function wheelsIn(cache: string): readonly string[] {
  if (!existsSync(cache)) return [];
  const paths = readdirSync(cache, { recursive: true, encoding: "utf8" });
  for (const path of paths.filter((name) => name.endsWith("__init__.py")))
    expect(readFileSync(join(cache, path), "utf8")).not.toContain("evil");
  const bucket = readdirSync(cache).find((name) => name.startsWith("wheels-"));
  return bucket === undefined ? [] : readdirSync(join(cache, bucket)).toSorted();
}
