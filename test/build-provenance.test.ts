// What a build leaves in the cache depends on more than its source: on what built it, which came over the network too. What
// an unverified run built is never used by a verified one (docs/cache.md, "Provenance").

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";

import type { IndexFile } from "../src/lab/index/index-server.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import type { Protection } from "../src/net/protection.ts";
import type { BuildableSource } from "../src/sources/source.ts";
import { BuildStage } from "./support/build-stage.ts";
import { packSdist, smallBackend, treeWithBackend } from "./support/source-trees.ts";
import { World, type TestVenv } from "./support/world.ts";

/** A project whose backend is a package of the index: `maker`, which puts a word into what it builds. */
function project(): IndexFile {
  const bytes = packSdist("alpha-1.0", {
    "pyproject.toml": `[build-system]\nrequires = ["maker"]\nbuild-backend = "maker"\n`,
  });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: "alpha", version: "1.0", filename: "alpha-1.0.tar.gz", bytes, sha256 };
}

function maker(word: string, version = "1.0"): IndexFile {
  return makeWheel({ name: "maker", version, files: { "maker.py": backendOf(word) } });
}

function backendOf(word: string): string {
  return smallBackend("alpha", "1.0").replace("(config_settings,)", `(${JSON.stringify(word)},)`);
}

/** The same as a source distribution, which its own tree builds. */
function makerAsSource(word: string): IndexFile {
  const hooks = smallBackend("maker", "1.0");
  const module = JSON.stringify(backendOf(word));
  const bytes = packSdist(
    "maker-1.0",
    treeWithBackend(hooks.replace(String.raw`"VALUE = %r\n" % (config_settings,)`, () => module)),
  );
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: "maker", version: "1.0", filename: "maker-1.0.tar.gz", bytes, sha256 };
}

describe("a requirements file that rules wheels out", () => {
  afterEach(() => vi.useRealTimers());

  // Promise: `--no-binary` in a requirements file holds for what its projects are built with, in every run
  // Attack: the resolution is remembered, and what a run without the file has built is in the cache
  test("rules them out for builds of a resolution that is recalled", async () => {
    await using world = await World.create({ commands: "called" });
    const root = world.authority("Corp Root");
    const index = await world.index({
      tls: root.issue("localhost", { names: ["localhost"] }),
      packages: [project(), maker("wheel"), makerAsSource("source")],
      cacheControl: "max-age=600",
    });
    world.write("project/r.txt", "--no-binary maker\nalpha\n");
    const env = { SSL_CERT_FILE: root.writePem() };
    const install = async (folder: string, ...args: readonly string[]): Promise<string> => {
      const words = ["pip", "install", "--target", folder, "--index-url", index.url, ...args];
      const run = await world.cli(words, { env });
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("+ alpha==1.0")]);
      return readFileSync(join(world.directory, "project", folder, "alpha.py"), "utf8");
    };
    expect(await install("free", "alpha")).toContain("wheel");
    expect(await install("first", "-r", "r.txt")).toContain("source");
    // Late enough after what the first run has written.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3000 });
    expect(await install("remembered", "-r", "r.txt")).toContain("source");
    const before = index.requests.length;
    expect(await install("recalled", "-r", "r.txt")).toContain("source");
    expect(index.requests.length).toBe(before);
  });
});

describe("a verified run", () => {
  // Promise: what was built with what came without verified TLS is not installed by a verified run
  // Attack: the source is the real one by its hash, but a backend that an insecure host served has built it before
  test("builds again what an insecure run has built from the same source", async () => {
    await using world = await World.create({ commands: "called" });
    const root = world.authority("Corp Root");
    const tls = root.issue("localhost", { names: ["localhost"] });
    const planted = await world.index({ tls, packages: [project(), maker("planted")] });
    const honest = await world.index({ tls, packages: [project(), maker("honest")] });
    const install = async (venv: TestVenv, ...args: readonly string[]): Promise<string> => {
      const env = { VIRTUAL_ENV: venv.path, SSL_CERT_FILE: root.writePem() };
      const run = await world.cli(["pip", "install", "alpha", ...args], { env, timeoutMs: 120_000 });
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("+ alpha==1.0")]);
      return venv.evaluate("import alpha; print(alpha.VALUE)");
    };
    const insecure = ["--allow-insecure-host", "localhost", "--index-url", planted.url];
    expect(await install(world.venv("first"), ...insecure)).toBe("planted");
    expect(await install(world.venv("second"), "--index-url", honest.url)).toBe("honest");
    // And once more, from what each kept.
    expect(await install(world.venv("third"), "--index-url", honest.url)).toBe("honest");
    expect(await install(world.venv("fourth"), ...insecure)).toBe("planted");
  });

  test.each<[Protection, Protection, number]>([
    ["verified", "verified", 1],
    ["verified", "unverified", 1],
    ["unverified", "unverified", 1],
    ["unverified", "verified", 2],
    ["project a", "verified", 2],
    ["project a", "project a", 1],
    ["project a", "project b", 2],
    ["project a", "unverified", 2],
    ["verified", "project a", 1],
  ])("that was %s, then is %s builds %s times", async (first, second, expected) => {
    await using stage = await BuildStage.create();
    const url = "https://files.example/alpha-1.0.tar.gz";
    const bytes = packSdist("alpha-1.0", treeWithBackend(smallBackend("alpha", "1.0")));
    stage.archives.set(url, bytes);
    const hashes = { sha256: createHash("sha256").update(bytes).digest("hex") };
    const source: BuildableSource = {
      kind: "sdist",
      name: "alpha",
      version: "1.0",
      filename: "alpha-1.0.tar.gz",
      url,
      hashes,
    };
    for (const protection of [first, second]) {
      const builder = stage.builder({}, { protection: () => protection });
      await builder.metadata(source);
      await builder.wheel(source);
    }
    expect(stage.hooks().filter((hook) => hook === "build_wheel")).toHaveLength(expected);
    const described = stage.hooks().filter((hook) => hook === "prepare_metadata_for_build_wheel");
    expect(described).toHaveLength(expected);
  });
});

describe("what was kept of an earlier build", () => {
  interface Scene extends AsyncDisposable {
    readonly world: World;
    /** Installs into a new environment; the word of what was built, or the error. */
    readonly install: (...words: readonly string[]) => Promise<string>;
  }

  async function scene(): Promise<Scene> {
    const world = await World.create({ commands: "called" });
    let count = 0;
    return {
      world,
      async install(...words) {
        const venv = world.venv(`venv-${(count += 1)}`);
        const env = { VIRTUAL_ENV: venv.path };
        const run = await world.cli(["pip", ...words], { env, timeoutMs: 120_000 });
        return run.code === 0 ? venv.evaluate("import alpha; print(alpha.VALUE)") : run.stderr;
      },
      [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    };
  }

  const wrong = `--hash=sha256:${"a".repeat(64)}`;

  // Promise: a package comes from the index that its run names, and so does what builds it
  // Attack: another project's index has the real source distribution, and a backend of its own
  test("is not used by runs whose indexes are others", async () => {
    await using of = await scene();
    const planted = await of.world.index({ packages: [project(), maker("planted")] });
    const honest = await of.world.index({ packages: [project(), maker("honest")] });
    expect(await of.install("install", "alpha", "--index-url", planted.url)).toBe("planted");
    expect(await of.install("install", "alpha", "--index-url", honest.url)).toBe("honest");
    expect(await of.install("install", "alpha", "--index-url", planted.url)).toBe("planted");
  });

  // Promise: where hashes are required, nothing is installed that has another
  // Attack: a run without hashes has built what an index lists in the place of the real file
  test.each(["install", "sync", "install --require-hashes"])(
    "is not used where another hash is required: pip %s",
    async (words) => {
      await using of = await scene();
      const index = await of.world.index({ packages: [project(), maker("planted")] });
      const file = of.world.write("r.txt", `alpha==1.0 ${wrong}\n`);
      const url = ["--index-url", index.url];
      expect(await of.install("install", "alpha", ...url)).toBe("planted");
      const command = [...words.split(" "), ...(words === "sync" ? [file] : ["-r", file])];
      expect(await of.install(...command, ...url)).toContain("Hash mismatch");
    },
  );

  test("is not used where another hash of a build requirement is required", async () => {
    await using of = await scene();
    const index = await of.world.index({ packages: [project(), maker("planted")] });
    const constraints = of.world.write("b.txt", `maker==1.0 ${wrong}\n`);
    const words = ["install", "alpha", "--index-url", index.url];
    expect(await of.install(...words)).toBe("planted");
    expect(await of.install(...words, "-b", constraints, "--require-build-hashes")).toMatch(/hash/i);
    expect(await of.install(...words)).toBe("planted");
  });

  // Promise: what was built is used again only by runs with the same constraints of builds
  // Attack: another project has a file of constraints, or a path, of the same name, which leads to a backend of its own
  test.each<[string, string, (words: { readonly folder: string; readonly version: string }) => string]>([
    ["a file of constraints", "b.txt", ({ version }) => `maker==${version}\n`],
    ["a path in a file of constraints", "b.txt", () => "maker @ ./maker-1.0-py3-none-any.whl\n"],
    [
      "constraints in settings",
      "uv.toml",
      () => 'build-constraint-dependencies = ["maker @ ./maker-1.0-py3-none-any.whl"]\n',
    ],
    [
      "further requirements in settings",
      "uv.toml",
      () => 'extra-build-dependencies = { alpha = ["maker @ ./maker-1.0-py3-none-any.whl"] }\n',
    ],
    [
      "the same path, whose file was replaced",
      "uv.toml",
      ({ folder }) =>
        `build-constraint-dependencies = ["maker @ file://${folder}/maker-1.0-py3-none-any.whl"]\n`,
    ],
  ])("is not used by another project with %s of the same name", async (_, file, textOf) => {
    await using world = await World.create({ commands: "called" });
    const index = await world.index({ packages: [project(), maker("first"), maker("second", "2.0")] });
    const built: string[] = [];
    for (const [word, version] of [
      ["first", "1.0"],
      ["second", "2.0"],
      ["first", "1.0"],
    ] as const) {
      const folder = world.tree(word, { [file]: textOf({ folder: world.directory, version }) });
      for (const place of [word, "."]) world.write(`${place}/maker-1.0-py3-none-any.whl`, maker(word).bytes);
      const venv = world.venv(`venv-${built.length}`);
      const words = ["pip", "install", "alpha", "--index-url", index.url];
      const constraints = file === "b.txt" ? ["-b", file] : [];
      const run = await world.cli([...words, ...constraints], {
        cwd: folder,
        env: { VIRTUAL_ENV: venv.path },
      });
      built.push(run.code === 0 ? venv.evaluate("import alpha; print(alpha.VALUE)") : run.stderr);
    }
    expect(built).toEqual(["first", "second", "first"]);
  });

  // Promise: what was built is used again only by runs that let the same files build it
  // Attack: a backend was uploaded after the date of `--exclude-newer`, and an earlier run built with it
  test.each<[string, string]>([
    ["--exclude-newer 2021-01-01", "old"],
    ["--exclude-newer-package maker=2021-01-01", "old"],
  ])("is not used with %s", async (words, word) => {
    await using of = await scene();
    const index = await of.world.index({
      packages: [
        { ...project(), uploadTime: "2020-01-01T00:00:00Z" },
        { ...maker("old"), uploadTime: "2020-01-01T00:00:00Z" },
        { ...maker("new", "2.0"), uploadTime: "2024-01-01T00:00:00Z" },
      ],
    });
    const alpha = ["install", "alpha", "--index-url", index.url];
    expect(await of.install(...alpha)).toBe("new");
    expect(await of.install(...alpha, ...words.split(" "))).toBe(word);
    expect(await of.install(...alpha)).toBe("new");
  });

  // A duration such as `1 week` is another moment in each run
  test.each<[string, (date: string, url: string) => [words: readonly string[], settings: string]]>([
    ["--exclude-newer", (date, url) => [["--index-url", url, "--exclude-newer", date], ""]],
    [
      "--exclude-newer-package",
      (date, url) => [
        [
          "--index-url",
          url,
          "--exclude-newer-package",
          "alpha=false",
          "--exclude-newer-package",
          `maker=${date}`,
        ],
        "",
      ],
    ],
    [
      "an index",
      (date, url) => [[], `[[index]]\nurl = "${url}"\ndefault = true\nexclude-newer = "${date}"\n`],
    ],
  ])("is used again under a later date of %s, and not under an earlier one", async (_, limit) => {
    await using of = await scene();
    const at = (year: number): string => `${year}-01-01T00:00:00Z`;
    const index = await of.world.index({
      packages: [
        { ...project(), uploadTime: at(2020) },
        { ...maker("old"), uploadTime: at(2020) },
        { ...maker("new", "2.0"), uploadTime: at(2024) },
      ],
    });
    const before = (date: string): Promise<string> => {
      const [words, settings] = limit(date, index.url);
      of.world.write("project/uv.toml", settings);
      return of.install("install", "alpha", ...words);
    };
    expect(await before("2025-01-01")).toBe("new");
    expect(await before("2021-01-01")).toBe("old");
    expect(await before("2026-01-01")).toBe("old");
    expect(await before("2020-06-01")).toBe("old");
  });

  // Promise: `--no-build` refuses to run the code of sources
  // Attack: what builds is a source distribution itself, and an earlier run built both
  test("is not used where what built it must not be built", async () => {
    await using of = await scene();
    const bytes = packSdist("maker-1.0", {
      ...treeWithBackend(smallBackend("maker", "1.0")),
      "maker.py": smallBackend("alpha", "1.0"),
    });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const index = await of.world.index({
      packages: [project(), { name: "maker", version: "1.0", filename: "maker-1.0.tar.gz", bytes, sha256 }],
    });
    const url = index.url.replace(/simple\/$/, "files/alpha/alpha-1.0.tar.gz");
    const words = ["install", `alpha @ ${url}`, "--index-url", index.url];
    await of.install(...words);
    expect(await of.install(...words, "--only-binary", "maker")).toMatch(/no-build|only-binary|wheel/);
  });

  test("is used by another project whose constraints say the same", async () => {
    await using of = await scene();
    const index = await of.world.index({ packages: [project(), maker("first")] });
    for (const [name, word] of [
      ["a.txt", "first"],
      ["b.txt", "first"],
    ] as const) {
      const path = of.world.write(name, "maker==1.0\n");
      expect(await of.install("install", "alpha", "-b", path, "--index-url", index.url)).toBe(word);
    }
    expect(index.requests.filter(({ path }) => path.endsWith("maker-1.0-py3-none-any.whl"))).toHaveLength(1);
  });

  // Promise: with `--require-build-hashes` nothing builds that has no hash, or another one
  // Attack: a lock file pins the real source distribution, and the index has a backend of the attacker
  test.each([
    "install alpha",
    "sync r.txt",
    "sync pylock.toml",
    "install -r pylock.toml",
    "wheel alpha -w w",
  ])("is built by what constraints pin with a hash: pip %s", async (words) => {
    await using world = await World.create({ commands: "called" });
    const file = project();
    const real = maker("real");
    const index = await world.index({ packages: [file, real] });
    const url = index.url.replace(/simple\/$/, `files/alpha/${file.filename}`);
    const sdist = `{ url = "${url}", hashes = { sha256 = "${file.sha256 ?? ""}" } }`;
    const lock = `lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "alpha"\nversion = "1.0"\n`;
    world.tree("project", {
      "r.txt": "alpha==1.0\n",
      "pylock.toml": `${lock}sdist = ${sdist}\n`,
      "wrong.txt": `maker==1.0 ${wrong}\n`,
      "right.txt": `maker==1.0 --hash=sha256:${real.sha256 ?? ""}\n`,
    });
    const venv = world.venv();
    const args = ["pip", ...words.split(" "), "--require-build-hashes", "--index-url", index.url];
    const run = async (...more: readonly string[]): Promise<readonly [number | undefined, string]> => {
      const { code, stderr } = await world.cli([...args, ...more], { env: { VIRTUAL_ENV: venv.path } });
      return [code, stderr];
    };
    expect(await run()).toEqual([1, expect.stringMatching(/hash/i)]);
    expect(await run("-b", "wrong.txt")).toEqual([1, expect.stringMatching(/hash/i)]);
    expect(await run("-b", "right.txt")).toEqual([0, expect.stringContaining("alpha")]);
  });

  test.each(["install alpha", "wheel alpha -w w", "sync r.txt", "sync pylock.toml"])(
    "is built by constraints from standard input: pip %s",
    async (words) => {
      await using world = await World.create();
      const file = project();
      const index = await world.index({ packages: [file, maker("first"), maker("second", "2.0")] });
      world.write("project/r.txt", "alpha==1.0\n");
      const url = index.url.replace(/simple\/$/, `files/alpha/${file.filename}`);
      const sdist = `{ url = "${url}", hashes = { sha256 = "${file.sha256 ?? ""}" } }`;
      const lock = `lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "alpha"\nversion = "1.0"\n`;
      world.write("project/pylock.toml", `${lock}sdist = ${sdist}\n`);
      const venv = world.venv();
      const args = ["pip", ...words.split(" "), "-b", "-", "--index-url", index.url];
      const run = await world.cli(args, { env: { VIRTUAL_ENV: venv.path }, input: "maker==1.0\n" });
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("alpha")]);
      const asked = index.requests.map(({ path }) => path).filter((path) => path.endsWith(".whl"));
      expect(asked).toEqual([expect.stringContaining("maker-1.0-")]);
    },
  );

  test("is built again where a backend in a folder has been replaced, and everything is to be refreshed", async () => {
    await using of = await scene();
    const put = (file: IndexFile): string => of.world.write(`links/${file.filename}`, file.bytes);
    put(project());
    for (const word of ["first", "second"]) {
      put(maker(word));
      const words = ["install", "alpha", "--refresh", "--no-index", "--find-links"];
      expect(await of.install(...words, `${of.world.directory}/links`)).toBe(word);
    }
  });
});
