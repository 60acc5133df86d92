import {
  chmodSync,
  existsSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { discoverEnvironment, findInterpreter, type DiscoverOptions } from "./discover.ts";
import { bundled } from "../../../test/support/bundled.ts";
import { ANSWER_MARK } from "./interpreter-script.ts";

let world = "";
beforeEach(() => {
  world = realpathSync(mkdtempSync(join(tmpdir(), "pinion-discover-")));
});
afterEach(() => {
  rmSync(world, { recursive: true, force: true });
});

interface FakePython {
  readonly version?: string;
  readonly implementation?: string;
  readonly isVirtual?: boolean;
}

/** A program at `path` that answers like a Python; a shell prints the answer that was written for it. */
function fakePython(
  path: string,
  { version = "3.12.1", implementation = "cpython", isVirtual = false }: FakePython = {},
): string {
  const executable = join(world, path);
  const prefix = dirname(dirname(executable));
  const scheme = {
    purelib: `${prefix}/lib`,
    platlib: `${prefix}/lib`,
    scripts: `${prefix}/bin`,
    data: prefix,
    headers: prefix,
  };
  const answer = {
    markers: {
      implementation_name: implementation,
      implementation_version: version,
      os_name: "posix",
      platform_machine: "x86_64",
      platform_python_implementation: "CPython",
      platform_release: "6",
      platform_system: "Linux",
      platform_version: "1",
      python_full_version: version,
      python_version: version.split(".").slice(0, 2).join("."),
      sys_platform: "linux",
    },
    executable,
    baseExecutable: executable,
    prefix,
    basePrefix: isVirtual ? "/usr" : prefix,
    isVirtual,
    scheme,
    virtualScheme: scheme,
    stdlib: `${prefix}/lib`,
    platform: "linux-x86_64",
    glibc: "glibc 2.36",
    allowsManylinux: true,
    isFreeThreaded: false,
    isDebug: false,
    pointerSize: 64,
  };
  return program(path, `printf '%s\\n' '${ANSWER_MARK}${JSON.stringify(answer)}'\n`);
}

function program(path: string, script: string): string {
  const executable = join(world, path);
  mkdirSync(dirname(executable), { recursive: true });
  writeFileSync(executable, `#!/bin/sh\n${script}`);
  chmodSync(executable, 0o755);
  return executable;
}

function fakeVenv(path: string, python: FakePython = {}): string {
  fakePython(`${path}/bin/python3`, { isVirtual: true, ...python });
  writeFileSync(join(world, path, "pyvenv.cfg"), "home = /usr/bin\n");
  return join(world, path);
}

function folder(path: string): string {
  mkdirSync(join(world, path), { recursive: true });
  return join(world, path);
}

interface Surroundings extends Partial<DiscoverOptions> {
  readonly path?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

function surroundings({ path = [], variables = {}, ...options }: Surroundings): DiscoverOptions {
  const folders = path.map((entry) => (entry === "" || entry === "." ? entry : join(world, entry)));
  return { env: { PATH: folders.join(delimiter), ...variables }, cwd: folder("project"), ...options };
}

const discover = async (options: Surroundings): Promise<string> =>
  (await discoverEnvironment(surroundings(options))).prefix;
const found = async (options: Surroundings): Promise<string> =>
  (await findInterpreter(surroundings(options))).executable;

describe.skipIf(process.platform === "win32")("discoverEnvironment()", () => {
  test("takes the active environment first", async () => {
    const active = fakeVenv("active");
    fakeVenv("project/.venv");
    expect(await discover({ variables: { VIRTUAL_ENV: active } })).toBe(active);
  });

  test("takes an active conda environment before `.venv`, but not conda's base", async () => {
    const conda = dirname(dirname(fakePython("envs/science/bin/python3")));
    const base = dirname(dirname(fakePython("conda/bin/python3")));
    const local = fakeVenv("project/.venv");
    const variables = { CONDA_PREFIX: conda, CONDA_DEFAULT_ENV: "science" };
    expect(await discover({ variables })).toBe(conda);
    expect(await discover({ variables: { CONDA_PREFIX: base, CONDA_DEFAULT_ENV: "base" } })).toBe(local);
    expect(await discover({ variables: { CONDA_PREFIX: base, _CONDA_ROOT: base }, isSystem: true })).toBe(
      base,
    );
  });

  test("finds `.venv` in the folders above, and the environment that one is in", async () => {
    const local = fakeVenv(".venv");
    expect(await discover({ cwd: folder("project/a/b") })).toBe(local);
    expect(await discover({ cwd: folder(".venv/lib/python3") })).toBe(local);
  });

  // Promise: no program runs that another user of the machine has put in the way
  // Attack: `.venv` in a folder such as /tmp, above the working folder
  test.skipIf(process.geteuid?.() !== 0)(
    "passes over another user's `.venv` in a shared folder",
    async () => {
      const shared = folder("shared");
      const above = fakeVenv("shared/.venv");
      const cwd = folder("shared/project");
      chmodSync(shared, 0o1777);
      expect(await discover({ cwd })).toBe(above);
      chownSync(join(shared, ".venv"), 12345, 12345);
      expect(await discover({ cwd }).catch(() => "nothing")).not.toBe(above);
    },
  );

  test("follows a `.venv` file with a path, and takes one that leads elsewhere for broken", async () => {
    const shared = fakeVenv("environments/shared");
    const dotVenv = join(folder("project"), ".venv");
    writeFileSync(dotVenv, "../environments/shared\n");
    expect(await discover({})).toBe(shared);
    expect(await discover({ cwd: folder("project/deeper") })).toBe(shared);
    writeFileSync(dotVenv, "../environments/shared\r\n");
    expect(await discover({})).toBe(shared);
    for (const text of [
      "../nothing",
      "../environments/shared\n# more",
      "../environments/shared\n\n",
      ".venv",
    ]) {
      writeFileSync(dotVenv, text);
      await expect(discover({})).rejects.toMatchObject({ code: "environment/broken-interpreter" });
    }
  });

  test.each([
    ["", "empty"],
    ["\n", "empty"],
    [Buffer.from([0xff, 0xfe]), "not UTF-8"],
  ])("never looks at another Python where the `.venv` file holds %j", async (content, fault) => {
    writeFileSync(join(folder("project"), ".venv"), content);
    fakePython("bin/python3");
    for (const isReadOnly of [false, true])
      await expect(discover({ path: ["bin"], isReadOnly })).rejects.toMatchObject({
        code: "environment/broken-interpreter",
        message: `Virtual environment redirect file at \`.venv\` is ${fault}`,
      });
    await expect(discover({ cwd: folder("project/deeper") })).rejects.toMatchObject({
      message: `Virtual environment redirect file at \`${world}/project/.venv\` is ${fault}`,
    });
  });

  test("finds nothing by a name that is too long for a file", async () => {
    for (const python of ["x".repeat(300), `./${"x".repeat(300)}`])
      await expect(discover({ path: ["bin"], python })).rejects.toMatchObject({
        code: expect.stringMatching(/^environment\//) as string,
      });
  });

  test("skips a dead VIRTUAL_ENV where there is `.venv`, and else names it", async () => {
    const variables = { VIRTUAL_ENV: join(world, "nothing") };
    await expect(discover({ variables })).rejects.toMatchObject({
      code: "environment/broken-interpreter",
      message: `Failed to inspect Python interpreter from active virtual environment at \`${world}/nothing/bin/python\``,
    });
    const local = fakeVenv("project/.venv");
    expect(await discover({ variables })).toBe(local);
  });

  test("takes a broken `.venv` for an error, and a read-only command looks further", async () => {
    symlinkSync("/does/not/exist", join(folder("project"), ".venv"));
    const system = fakePython("bin/python3");
    await expect(discover({ path: ["bin"] })).rejects.toMatchObject({
      message: `Broken virtual environment \`${world}/project/.venv\`: missing \`pyvenv.cfg\``,
    });
    expect(await discover({ path: ["bin"], isReadOnly: true })).toBe(dirname(dirname(system)));
  });

  test("does not change a Python outside of an environment unless it is asked to", async () => {
    const system = dirname(dirname(fakePython("sys/bin/python3")));
    await expect(discover({ path: ["sys/bin"] })).rejects.toMatchObject({
      code: "environment/not-found",
      message:
        "No virtual environment found; run `pinion venv` to create an environment, or pass `--system` to install into a non-virtual environment",
    });
    expect(await discover({ path: ["sys/bin"], isSystem: true })).toBe(system);
    expect(await discover({ path: ["sys/bin"], isReadOnly: true })).toBe(system);
    expect(await discover({ path: ["sys/bin"], python: `${system}/bin/python3` })).toBe(system);
  });

  test("takes an environment that comes first on the search path", async () => {
    const first = fakeVenv("first");
    expect(await discover({ path: ["first/bin"] })).toBe(first);
    fakePython("sys/bin/python3");
    await expect(discover({ path: ["sys/bin", "first/bin"] })).rejects.toMatchObject({
      code: "environment/not-found",
    });
  });

  test("passes over environments on the search path for `--system`", async () => {
    fakeVenv("first");
    const system = dirname(dirname(fakePython("sys/bin/python3")));
    expect(await discover({ path: ["first/bin", "sys/bin"], isSystem: true })).toBe(system);
  });

  test("takes an environment's folder or a program for `--python`, from the current folder too", async () => {
    const other = fakeVenv("project/other");
    expect(await discover({ python: "./other" })).toBe(other);
    expect(await discover({ python: "other" })).toBe(other);
    expect(await discover({ python: "other/bin/python3" })).toBe(other);
    await expect(discover({ python: "./missing" })).rejects.toMatchObject({
      code: "environment/no-interpreter",
      message:
        "No virtual environment or system Python installation found for path `./missing`; run `pinion venv` to create an environment",
    });
    await expect(discover({ python: folder("empty") })).rejects.toMatchObject({
      message: `No virtual environment or system Python installation found for directory \`${world}/empty\`; run \`pinion venv\` to create an environment`,
    });
  });

  test("holds environments against a version that is asked for", async () => {
    fakeVenv("project/.venv", { version: "3.11.9" });
    await expect(discover({ python: "3.12" })).rejects.toMatchObject({
      message: expect.stringContaining("No virtual environment found for Python 3.12;"),
    });
    expect(await discover({ python: ">=3.10,<3.12" })).toBe(join(world, "project/.venv"));
  });
});

describe.skipIf(process.platform === "win32")("findInterpreter()", () => {
  test("looks at folders in the order of the search path and prefers the exact name", async () => {
    fakePython("one/python3", { version: "3.11.2" });
    fakePython("two/python3", { version: "3.12.5" });
    const exact = fakePython("two/python3.12", { version: "3.12.5" });
    expect(await found({ path: ["one", "two"], python: "3.12" })).toBe(exact);
    expect(await found({ path: ["one", "two"] })).toBe(join(world, "one/python3"));
  });

  test("finds python3.N for a range that the plain name does not meet, the newest first", async () => {
    fakePython("bin/python3", { version: "3.9.1" });
    fakePython("bin/python3.11", { version: "3.11.2" });
    const newest = fakePython("bin/python3.13", { version: "3.13.0" });
    fakePython("bin/python3.8", { version: "3.8.0" });
    expect(await found({ path: ["bin"], python: ">=3.11" })).toBe(newest);
  });

  test("finds PyPy by its name", async () => {
    fakePython("bin/python3");
    const pypy = fakePython("bin/pypy3", { implementation: "pypy", version: "3.10.14" });
    expect(await found({ path: ["bin"], python: "pypy" })).toBe(pypy);
    expect(await found({ path: ["bin"], python: "pypy@3.10" })).toBe(pypy);
    await expect(found({ path: ["bin"], python: "pypy@3.11" })).rejects.toMatchObject({
      code: "environment/no-interpreter",
      message: "No interpreter found for PyPy 3.11 in the search path",
    });
  });

  test("passes over Pythons that are broken or too old", async () => {
    program("bad/python3", "exit 3\n");
    program("old/python3", `echo '${ANSWER_MARK}{"tooOld": "3.6.15"}'\n`);
    const good = fakePython("good/python3");
    expect(await found({ path: ["bad", "old", "good"] })).toBe(good);
    await expect(found({ path: ["old"] })).rejects.toMatchObject({
      code: "environment/no-interpreter",
      message: expect.stringContaining("Python 3.6.15"),
    });
  });

  test("runs nothing in the current folder that is not named", async () => {
    program("project/python3", `: > ${world}/ran\n`);
    const good = fakePython("good/python3");
    expect(await found({ path: ["", ".", "good"] })).toBe(good);
    await expect(found({ path: [""], variables: { PATH: `:.:project` } })).rejects.toMatchObject({
      code: "environment/no-interpreter",
    });
    expect(existsSync(join(world, "ran"))).toBe(false);
  });

  test("finds a program by its name", async () => {
    const special = fakePython("bin/python-special");
    expect(await found({ path: ["bin"], python: "python-special" })).toBe(special);
  });

  test("keeps answers, but not those of a shim that stands for another Python", async () => {
    const kept = new Map<string, Uint8Array>();
    const cache = {
      read: (key: string): Uint8Array | undefined => kept.get(key),
      write: (key: string, bytes: Uint8Array): void => void kept.set(key, bytes),
    };
    const python = fakePython("bin/python3");
    const asked = join(world, "asked");
    writeFileSync(python, readFileSync(python, "utf8").replace("\n", `\nprintf x >> ${asked}\n`));
    const timesAsked = (): number => readFileSync(asked).length;

    await found({ path: ["bin"], cache });
    await found({ path: ["bin"], cache });
    expect(timesAsked()).toBe(1);
    utimesSync(python, new Date(0), new Date(0));
    await found({ path: ["bin"], cache });
    expect(timesAsked()).toBe(2);

    const known = kept.size;
    program("shims/python3", `exec "${python}" "$@"\n`);
    expect(await found({ path: ["shims"], cache })).toBe(python);
    expect(kept.size).toBe(known);
  });
});

test.skipIf(process.platform === "win32")(
  "no other Python stands in for the environment whose Python the user cannot reach",
  async () => {
    // Root can reach everything, so another user asks.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const module = await bundled("src/python/interpreters/discover.ts", world);
    mkdirSync(join(world, "private"));
    mkdirSync(join(world, "project/.venv/bin"), { recursive: true });
    writeFileSync(join(world, "project/.venv/pyvenv.cfg"), "home = /usr/bin\n");
    symlinkSync(join(world, "private/python"), join(world, "project/.venv/bin/python"));
    fakePython("bin/python3");
    chmodSync(join(world, "private"), 0);
    chmodSync(world, 0o755);
    const ask = (options: object): string =>
      execFileSync(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          `const { discoverEnvironment } = await import(${JSON.stringify(pathToFileURL(module).href)});
           await discoverEnvironment(${JSON.stringify(options)}).then(
             () => console.log("found"), (error) => console.log(error.code, error.message));`,
        ],
        { ...user, encoding: "utf8" },
      ).trimEnd();
    const env = { PATH: join(world, "bin") };
    const cwd = join(world, "project");
    const refused = `environment/broken-interpreter Failed to inspect Python interpreter at \`${cwd}/.venv/bin/python\`: permission denied`;
    expect(ask({ env, cwd, isReadOnly: true })).toBe(refused);
    expect(ask({ env, cwd, python: ".venv" })).toBe(refused);
    expect(ask({ env: { ...env, VIRTUAL_ENV: ".venv" }, cwd })).toBe(refused);
  },
);
