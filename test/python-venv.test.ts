// Environments that Pinion makes, used by the Pythons and shells of the machine.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { PinionError } from "../src/errors.ts";
import {
  inspectInterpreter,
  keptAnswer,
  rememberMadeEnvironment,
  type Interpreter,
  type InterpreterCache,
} from "../src/python/interpreters/interpreter.ts";
import { createVenv } from "../src/python/venv/venv.ts";
import { realPythons, tryPython } from "./support/pythons.ts";
import { turnsOf } from "./support/turns-of.ts";

const pythons = realPythons();
const newest = pythons.at(-1);
const PREFIX = "import sys; print(sys.prefix)";

let world = "";
beforeAll(() => {
  world = realpathSync(mkdtempSync(join(tmpdir(), "pinion-venv-")));
});
afterAll(() => {
  rmSync(world, { recursive: true, force: true });
});

const base = async (executable: string): Promise<Interpreter> =>
  inspectInterpreter(executable, { env: process.env });

describe.each(pythons)("createVenv() with Python $minor", ({ executable, minor }) => {
  test("makes an environment that works, and describes it as it describes itself", async () => {
    const path = join(world, `venv-${minor}`);
    const { interpreter } = await createVenv({ path, base: await base(executable) });
    expect(tryPython(interpreter.executable, PREFIX)?.trim()).toBe(path);

    const asked = await base(interpreter.executable);
    expect({ ...interpreter, baseExecutable: realpathSync(interpreter.baseExecutable) }).toEqual({
      ...asked,
      baseExecutable: realpathSync(asked.baseExecutable),
    });
  });

  test("makes an environment from another one for the same Python", async () => {
    const first = await createVenv({ path: join(world, `first-${minor}`), base: await base(executable) });
    const second = await createVenv({
      path: join(world, `second-${minor}`),
      base: await base(first.interpreter.executable),
    });
    rmSync(first.path, { recursive: true });
    expect(tryPython(second.interpreter.executable, PREFIX)?.trim()).toBe(second.path);
  });
});

describe.each(pythons)("rememberMadeEnvironment() with Python $minor", ({ executable, minor }) => {
  test("spares the question, and knows what the answer would have been", async () => {
    const cache = memoryCache();
    const python = await inspectInterpreter(executable, { env: process.env, cache });
    const { interpreter } = await createVenv({ path: join(world, `remembered-${minor}`), base: python });
    rememberMadeEnvironment(interpreter, keptAnswer(python.executable, { cache }), cache);
    // The base has several names, all of which are links to one file.
    const comparable = (found: Interpreter): Interpreter => ({
      ...found,
      baseExecutable: realpathSync(found.baseExecutable),
    });
    const remembered = await inspectInterpreter(interpreter.executable, {
      env: {},
      cache,
      signal: NO_QUESTION,
    });
    const asked = await inspectInterpreter(interpreter.executable, { env: process.env });
    expect(comparable(remembered)).toEqual(comparable(asked));
    // What has changed since is asked for again.
    writeFileSync(join(interpreter.prefix, "pyvenv.cfg"), "home = /elsewhere\n");
    await expect(
      inspectInterpreter(interpreter.executable, { env: {}, cache, signal: NO_QUESTION }),
    ).rejects.toThrow(PinionError);
  });
});

describe
  .runIf(process.platform === "linux")
  .each([...new Set([pythons[0], newest])].filter((python) => python !== undefined))(
  "an environment of another tool, with Python $minor",
  ({ executable, minor }) => {
    test("is known from its base, which is asked once for all environments", async () => {
      const cache = memoryCache();
      const make = (name: string): string => {
        const path = join(world, `${name}-${minor}`);
        execFileSync(executable, ["-m", "venv", "--without-pip", path]);
        return join(path, "bin", "python");
      };
      const first = await inspectInterpreter(make("foreign"), { env: process.env, cache });
      const second = await inspectInterpreter(make("another"), { env: {}, cache, signal: NO_QUESTION });
      const comparable = (found: Interpreter): Interpreter => ({
        ...found,
        baseExecutable: realpathSync(found.baseExecutable),
      });
      for (const found of [first, second])
        expect(comparable(found)).toEqual(comparable(await base(found.executable)));
    });

    test("is asked where its Python is not a link to the one that it names", async () => {
      const cache = memoryCache();
      const python = await base(executable);
      await inspectInterpreter(python.baseExecutable, { env: process.env, cache });
      const { interpreter } = await createVenv({ path: join(world, `odd-${minor}`), base: python });
      const asked = inspectInterpreter(interpreter.executable, { env: {}, cache, signal: NO_QUESTION });
      await expect(asked).resolves.toMatchObject({ prefix: interpreter.prefix });
      rmSync(interpreter.executable);
      writeFileSync(interpreter.executable, `#!/bin/sh\nexec '${executable}' "$@"\n`, { mode: 0o755 });
      const again = inspectInterpreter(interpreter.executable, { env: {}, cache, signal: NO_QUESTION });
      await expect(again).rejects.toThrow(PinionError);
    });
  },
);

describe.skipIf(newest === undefined || process.platform === "win32")("inspectInterpreter()", () => {
  // Promise: a project decides nothing about a later run for another one
  // Attack: the Python of a checked-out environment is a program that says that it is the system's, and of another platform
  test("asks a shim each time, and the Python that it names about itself", async () => {
    const { executable: real } = await base(newest?.executable ?? "");
    const shim = join(world, "shim");
    const count = join(world, "shim-count");
    writeFileSync(shim, `#!/bin/sh\necho asked >> '${count}'\nexec '${real}' "$@"\n`, { mode: 0o755 });
    const cache = memoryCache();
    const first = await inspectInterpreter(shim, { env: process.env, cache });
    await inspectInterpreter(shim, { env: process.env, cache });
    expect(readFileSync(count, "utf8")).toBe("asked\nasked\n");
    writeFileSync(shim, `#!/bin/sh\n'${real}' "$@" | sed 's/"linux-[a-z0-9_]*"/"linux-s390x"/'\n`);
    await inspectInterpreter(shim, { env: process.env, cache });
    expect(await inspectInterpreter(real, { env: process.env, cache })).toEqual(first);
  });
});

/** With it a question fails before a Python starts, however fast that is. */
const NO_QUESTION = AbortSignal.abort();

function memoryCache(): InterpreterCache {
  const entries = new Map<string, Uint8Array>();
  return { read: (key) => entries.get(key), write: (key, bytes) => void entries.set(key, bytes) };
}

describe.skipIf(newest === undefined || process.platform === "win32")("createVenv()", () => {
  const make = async (
    name: string,
    options: Partial<Parameters<typeof createVenv>[0]> = {},
  ): Promise<string> => {
    const path = join(world, name);
    await createVenv({ path, base: await base(newest?.executable ?? ""), ...options });
    return path;
  };

  test("writes the files that uv writes", async () => {
    const path = await make("files", { prompt: "shown", isSeeded: true });
    const scripts = ["", ".csh", ".fish", ".nu", ".ps1", ".bat", ".xsh"].map(
      (extension) => `activate${extension}`,
    );
    expect(readdirSync(join(path, "bin")).toSorted()).toEqual(
      [
        ...scripts,
        "activate_this.py",
        "deactivate.bat",
        "pydoc.bat",
        "python",
        "python3",
        `python${newest?.minor}`,
      ].toSorted(),
    );
    expect(readFileSync(join(path, ".gitignore"), "utf8")).toBe("*");
    expect(readFileSync(join(path, "CACHEDIR.TAG"), "utf8")).toMatch(
      /^Signature: 8a477f597d28d172789f06886806bc55\n/,
    );
    const keys = readFileSync(join(path, "pyvenv.cfg"), "utf8").match(/^[^ ]+/gm);
    expect(keys).toEqual([
      "home",
      "implementation",
      "pinion",
      "version_info",
      "include-system-site-packages",
      "seed",
      "prompt",
    ]);
  });

  test("sees the system's packages only where that was asked for", async () => {
    const paths = "import sys, sysconfig; print('\\n'.join(sys.path))";
    const outside =
      tryPython(newest?.executable ?? "", "import site; print(site.getsitepackages()[0])")?.trim() ?? "";
    const alone = await make("alone");
    const together = await make("together", { usesSystemSitePackages: true });
    expect(tryPython(join(alone, "bin/python"), paths)?.split("\n")).not.toContain(outside);
    expect(tryPython(join(together, "bin/python"), paths)?.split("\n")).toContain(outside);
  });

  test("takes an empty folder, and refuses one with something in it", async () => {
    mkdirSync(join(world, "empty"));
    expect(existsSync(join(await make("empty"), "pyvenv.cfg"))).toBe(true);
    await expect(make("empty")).rejects.toMatchObject({
      code: "environment/exists",
      message: "Failed to create virtual environment",
      cause: { message: `A virtual environment already exists at: ${join(world, "empty")}` },
    });
    mkdirSync(join(world, "full/inside"), { recursive: true });
    await expect(make("full")).rejects.toMatchObject({
      cause: { message: `A directory already exists at: ${join(world, "full")}` },
    });
    await expect(make("full", { existing: "clear" })).rejects.toMatchObject({
      cause: { message: "Pinion will not clear a directory that is not a virtual environment" },
    });
    await make("full", { existing: "clear-anything" });
    expect(existsSync(join(world, "full/inside"))).toBe(false);
    writeFileSync(join(world, "file"), "");
    await expect(make("file", { existing: "clear-anything" })).rejects.toMatchObject({
      code: "environment/exists",
    });
  });

  test("clears an environment, or writes over it and leaves the rest", async () => {
    const path = await make("again");
    writeFileSync(join(path, "mine"), "");
    await make("again", { existing: "allow" });
    expect(existsSync(join(path, "mine"))).toBe(true);
    await make("again", { existing: "clear" });
    expect(existsSync(join(path, "mine"))).toBe(false);
    expect(tryPython(join(path, "bin/python"), PREFIX)?.trim()).toBe(path);
  });

  test("lets everything else go on while it clears a large environment", async () => {
    const path = await make("large");
    for (let at = 0; at < 300; at += 1) writeFileSync(join(path, `lib/${at}`), "");
    const python = await base(newest?.executable ?? "");
    const turns = await turnsOf(() => createVenv({ path, base: python, existing: "clear" }));
    expect(turns).toBeGreaterThan(200);
    expect(existsSync(join(path, "lib/0"))).toBe(false);
  });

  // Promise: making an environment empties no folder that its path does not name
  // Attack: a checked-out folder brings `venv-clear = true`, and a link `.venv` to another environment of the user
  test("does not clear through a link, unless it is forced to", async () => {
    const precious = await make("precious");
    writeFileSync(join(precious, "mine"), "");
    symlinkSync(precious, join(world, "link"));
    await expect(make("link", { existing: "clear" })).rejects.toMatchObject({
      code: "environment/exists",
      cause: { message: `Pinion will not clear through a link: \`${join(world, "link")}\`` },
    });
    expect(existsSync(join(precious, "mine"))).toBe(true);
    await make("link", { existing: "clear-anything" });
    expect(existsSync(join(precious, "mine"))).toBe(false);
  });

  // Promise: nothing outside of the environment is written or deleted, whatever its folders are links to
  // Attack: a folder that was checked out holds links in the place of an environment's files and folders
  test.skipIf(process.platform === "win32")("writes through no link of a folder that is there", async () => {
    const outside = join(world, "outside");
    mkdirSync(outside);
    for (const name of ["config", "python"]) writeFileSync(join(outside, name), "kept");
    const folder = join(world, "checked-out");
    mkdirSync(join(folder, "bin"), { recursive: true });
    const files = ["pyvenv.cfg", ".gitignore", "bin/activate", "bin/activate.fish"];
    for (const file of files) symlinkSync(join(outside, "config"), join(folder, file));
    await make("checked-out", { existing: "allow" });
    for (const file of files) expect(lstatSync(join(folder, file)).isFile(), file).toBe(true);
    for (const link of ["bin", "lib"]) {
      rmSync(join(folder, link), { recursive: true });
      symlinkSync(outside, join(folder, link));
      await expect(make("checked-out", { existing: "allow" })).rejects.toMatchObject({
        code: "environment/linked-outside",
      });
      rmSync(join(folder, link));
    }
    expect(readdirSync(outside).map((name) => [name, readFileSync(join(outside, name), "utf8")])).toEqual([
      ["config", "kept"],
      ["python", "kept"],
    ]);
  });

  test("names a folder that cannot be written", async () => {
    writeFileSync(join(world, "in-the-way"), "");
    await expect(make("in-the-way/venv")).rejects.toMatchObject({ code: "environment/unwritable" });
    await expect(make("line\nbreak")).rejects.toMatchObject({ code: "environment/unwritable" });
  });

  const shells = [
    ["sh", ".", "activate", "sh"],
    ["bash", "source", "activate", "sh"],
    ["dash", ".", "activate", "sh"],
    ["zsh", "source", "activate", "sh"],
    ["fish", "source", "activate.fish", "fish"],
    ["tcsh", "source", "activate.csh", "csh"],
  ] as const;
  const folders = (process.env["PATH"] ?? "").split(delimiter);

  test.each(shells.filter(([shell]) => folders.some((folder) => existsSync(join(folder, shell)))))(
    "is activated and left by %s, whatever its folder is called",
    async (shell, source, script) => {
      const path = await make(`it's "$(touch ${shell}-ran)" !x ${shell}`);
      const lines = [`${source} bin/${script}`, `python -c "${PREFIX}"`, "deactivate", "env"];
      writeFileSync(join(world, `try-${shell}`), `${lines.join("\n")}\n`);
      const env = { PATH: process.env["PATH"], HOME: world, KEPT: "yes" };
      const output = execFileSync(shell, [join(world, `try-${shell}`)], { cwd: path, env, encoding: "utf8" });
      expect(output.split("\n")[0]).toBe(path);
      expect(output).toContain("KEPT=yes");
      expect(output).not.toContain("VIRTUAL_ENV");
      expect(output.split("\n")).toContain(`PATH=${env.PATH ?? ""}`);
      expect(existsSync(join(path, `${shell}-ran`))).toBe(false);
    },
  );

  test("makes an environment that can be moved", async () => {
    const path = await make("movable", { isRelocatable: true });
    const moved = join(world, "moved to");
    renameSync(path, moved);
    writeFileSync(join(world, "try-moved"), `. "${moved}/bin/activate"\npython -c "${PREFIX}"\n`);
    const bash = folders.some((folder) => existsSync(join(folder, "bash"))) ? "bash" : undefined;
    expect(
      bash === undefined
        ? moved
        : execFileSync(bash, [join(world, "try-moved")], { encoding: "utf8" }).trim(),
    ).toBe(moved);
    expect(lstatSync(join(moved, "bin/python3")).isSymbolicLink()).toBe(true);
  });

  test("makes a running Python use it through activate_this.py", async () => {
    const path = await make("embedded");
    const script = join(path, "bin/activate_this.py");
    const code = `exec(open(${JSON.stringify(script)}).read(), {'__file__': ${JSON.stringify(script)}}); import sys; print(sys.prefix, sys.path[0])`;
    expect(tryPython(newest?.executable ?? "", code)?.trim()).toBe(
      `${path} ${path}/lib/python${newest?.minor}/site-packages`,
    );
  });
});
