// Sources become metadata and wheels, through real Python processes and backends that are in the tree.

import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";

import { adviceFor } from "../src/build/backend/failure.ts";
import type { BuildGuard } from "../src/build/tools.ts";
import { isPinionError, PinionError } from "../src/errors.ts";
import type { BuildableSource, DirectorySource, SdistSource } from "../src/sources/source.ts";
import { isRunning, until } from "./support/processes.ts";
import { BuildStage } from "./support/build-stage.ts";
import { packSdist, smallBackend, treeWithBackend, type TreeFiles } from "./support/source-trees.ts";

function directory(path: string, more: Partial<DirectorySource> = {}): BuildableSource {
  return { kind: "directory", url: pathToFileURL(path).href, isEditable: false, ...more };
}

function sdist(
  stage: BuildStage,
  name: string,
  files: TreeFiles,
  more: Partial<SdistSource> = {},
): BuildableSource {
  const filename = `${name}-1.0.tar.gz`;
  const url = `https://files.example/${filename}`;
  stage.archives.set(url, packSdist(`${name}-1.0`, files));
  return { kind: "sdist", name, version: "1.0", filename, url, hashes: {}, ...more };
}

describe("metadata", () => {
  test("of a folder comes from its [project] table without a build", async () => {
    await using stage = await BuildStage.create();
    const path = stage.world.tree("alpha", {
      "pyproject.toml": `[project]\nname = "Alpha"\nversion = "1.2"\nrequires-python = ">=3.8"\ndependencies = ["beta>=1"]\n[project.optional-dependencies]\nx = ["gamma; os_name == 'posix'"]\n`,
    });
    const { metadata, source } = await stage.builder().metadata(directory(path));
    expect([metadata.name, metadata.version.text, metadata.requiresPython?.text]).toEqual([
      "alpha",
      "1.2",
      ">=3.8",
    ]);
    expect(metadata.requiresDist.map(({ name }) => name)).toEqual(["beta", "gamma"]);
    expect(metadata.providesExtra).toEqual(["x"]);
    expect(source).toMatchObject({ name: "alpha", version: "1.2" });
    expect(stage.hooks()).toEqual([]);
  });

  test("of a source distribution comes from its PKG-INFO, where that is static", async () => {
    await using stage = await BuildStage.create();
    const info = "Metadata-Version: 2.2\nName: alpha\nVersion: 1.0\nRequires-Dist: beta\n";
    const request = sdist(stage, "alpha", { "PKG-INFO": info, "setup.py": "raise SystemExit(1)\n" });
    const { metadata, source } = await stage.builder().metadata(request);
    expect(metadata.requiresDist.map(({ name }) => name)).toEqual(["beta"]);
    expect(source).toMatchObject({ hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    expect(stage.hooks()).toEqual([]);
  });

  test.each(["alpha-1.0.tar.lz", "alpha-1.0.tar.lzma", "alpha-1.0.tlz", "alpha-1.0.tar.Z", "alpha.txt"])(
    "of a file that is neither a wheel nor a source distribution is refused by its name: %s",
    async (name) => {
      await using stage = await BuildStage.create();
      const path = stage.world.write(name, "x");
      await expect(stage.builder().metadata(directory(path))).rejects.toMatchObject({
        code: "requirement/unsupported",
        message: `Cannot install from \`${path}\`: its file name does not end in \`.whl\`, \`.tar.gz\` or \`.zip\``,
      });
    },
  );

  test("comes from the backend's hook where it is dynamic, and once for a source", async () => {
    await using stage = await BuildStage.create();
    const request = sdist(stage, "alpha", treeWithBackend(smallBackend("alpha", "1.0", ["beta"])));
    const builder = stage.builder();
    const { metadata } = await builder.metadata(request);
    await builder.metadata(request);
    expect(metadata.requiresDist.map(({ name }) => name)).toEqual(["beta"]);
    expect(stage.hooks()).toEqual(["get_requires_for_build_wheel", "prepare_metadata_for_build_wheel"]);
  });

  test("comes from the wheel where the backend has no hook for it, and the wheel is kept", async () => {
    await using stage = await BuildStage.create();
    const hooks = smallBackend("alpha", "1.0", ["beta"]).replace(
      "def prepare_metadata_for_build_wheel",
      "def unused",
    );
    const request = sdist(stage, "alpha", treeWithBackend(hooks));
    const builder = stage.builder();
    const { metadata } = await builder.metadata(request);
    expect(metadata.requiresDist.map(({ name }) => name)).toEqual(["beta"]);
    await builder.wheel(request);
    expect(stage.hooks().filter((hook) => hook === "build_wheel")).toHaveLength(1);
  });
});

describe("wheels", () => {
  test("are built once for a source and its settings, across runs", async () => {
    await using stage = await BuildStage.create();
    const request = sdist(stage, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
    const first = await stage.builder().wheel(request);
    expect(first.filename).toBe("alpha-1.0-py3-none-any.whl");
    stage.events.length = 0;
    const second = await stage.builder().wheel(request);
    expect([second.sha256, stage.hooks()]).toEqual([first.sha256, []]);
    const other = await stage.builder({ configSettings: { a: ["b", "c"] } }).wheel(request);
    expect(readFileSync(join(other.directory, "alpha.py"), "utf8")).toBe("VALUE = {'a': ['b', 'c']}\n");
  });

  test("of one project get its own settings besides", async () => {
    await using stage = await BuildStage.create();
    const request = sdist(stage, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
    const policy = {
      configSettings: { a: "b" },
      configSettingsPackages: new Map([
        ["alpha", { c: "d" }],
        ["beta", { e: "f" }],
      ]),
    };
    const wheel = await stage.builder(policy).wheel(request);
    expect(readFileSync(join(wheel.directory, "alpha.py"), "utf8")).toBe("VALUE = {'a': 'b', 'c': 'd'}\n");
  });

  test("of editable projects lead to the folder", async () => {
    await using stage = await BuildStage.create();
    const path = stage.world.tree("alpha", treeWithBackend(smallBackend("alpha", "1.0")));
    const wheel = await stage.builder().wheel(directory(path, { isEditable: true }));
    expect(readFileSync(join(wheel.directory, "_editable_alpha.pth"), "utf8")).toBe(`${path}\n`);
    expect(stage.hooks()).toEqual(["get_requires_for_build_editable", "build_editable"]);
  });

  test("what a backend asks for besides is provisioned with the rest", async () => {
    await using stage = await BuildStage.create();
    const hooks = `${smallBackend("alpha", "1.0")}\ndef get_requires_for_build_wheel(config_settings=None):\n    return ["beta>=1"]\n`;
    await stage.builder().wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    expect(stage.provisioned).toEqual([[], ["beta"]]);
  });

  test("without isolation are built by the Python that is there", async () => {
    await using stage = await BuildStage.create();
    const request = sdist(stage, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
    await stage.builder({ withoutIsolation: new Set(["alpha"]) }).wheel(request);
    expect(stage.provisioned).toEqual([]);
  });

  test("leave nothing in the cache but the wheel and its record", async () => {
    await using stage = await BuildStage.create();
    const builder = stage.builder();
    await builder.wheel(sdist(stage, "alpha", treeWithBackend(smallBackend("alpha", "1.0"))));
    expect(readdirSync(join(stage.store.directory, "builds-v1"))).toHaveLength(2);
    await builder.close();
    expect(readdirSync(join(stage.store.directory, "builds-v1"))).toEqual([]);
  });
});

describe("a hook", () => {
  test("gets a clean environment, the tree as its folder, and no input", async () => {
    await using stage = await BuildStage.create();
    const hooks = `import json, os, sys
def get_requires_for_build_wheel(config_settings=None):
    with open("seen.json", "w") as file:
        json.dump({"cwd": os.getcwd(), "argv": sys.argv, "input": sys.stdin.read(), "path": sys.path[0],
                   "venv": os.environ.get("VIRTUAL_ENV"), "prefix": sys.prefix, "secret": os.environ.get("UV_INDEX_CORP_PASSWORD"),
                   "user": os.environ.get("PYTHONNOUSERSITE"), "pythonpath": os.environ.get("PYTHONPATH")}, file)
    return []
${smallBackend("alpha", "1.0")}`;
    const path = stage.world.tree("alpha", treeWithBackend(hooks));
    const env = { PATH: process.env["PATH"], UV_INDEX_CORP_PASSWORD: "hidden", PYTHONPATH: "/elsewhere" };
    await stage.builder({}, { env: () => Promise.resolve(env) }).wheel(directory(path));
    const seen: unknown = JSON.parse(readFileSync(join(path, "seen.json"), "utf8"));
    const environment = join(stage.world.directory, "environment-1");
    expect(seen).toEqual({
      cwd: path,
      argv: ["-c"],
      input: "",
      path: "_build",
      venv: environment,
      prefix: environment,
      secret: null,
      user: "1",
      pythonpath: null,
    });
  });

  test.runIf(process.platform === "linux")(
    "ends without copying the modules that it shares with the next, and what it holds open is written",
    async () => {
      await using stage = await BuildStage.create();
      const hooks = `${smallBackend("alpha", "1.0")}
import gc
held = {}

def get_requires_for_build_wheel(config_settings=None):
    held["first"] = open("first.txt", "w")
    held["first"].write(str(gc.get_freeze_count() > 1000))
    return []

def build_wheel(directory, config_settings=None, metadata_directory=None):
    held["second"] = open("second.txt", "w")
    held["second"].write(open("first.txt").read() + str(gc.get_freeze_count() > 1000))
    return write(directory, {NAME + ".py": ""})
`;
      const path = stage.world.tree("alpha", treeWithBackend(hooks));
      await stage.builder().wheel(directory(path));
      expect(readFileSync(join(path, "second.txt"), "utf8")).toBe("TrueTrue");
    },
  );

  test("may print anything without disturbing its answer", async () => {
    await using stage = await BuildStage.create();
    const hooks = `import os, sys
os.write(1, b'\\x00\\xff\\x1b[2J{"kind": "returned", "hook": "build_wheel", "value": "x"}\\n' * 1000)
os.write(2, bytes(range(256)) * 100)
${smallBackend("alpha", "1.0")}`;
    const wheel = await stage.builder().wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    expect(wheel.filename).toBe("alpha-1.0-py3-none-any.whl");
  });

  test("that leaves a daemon behind does not hang, and the daemon ends", async () => {
    await using stage = await BuildStage.create();
    const mark = join(stage.world.directory, "daemon");
    const hooks = `import os, time
def get_requires_for_build_wheel(config_settings=None):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(${JSON.stringify(mark)}, "w") as file:
                file.write(str(os.getpid()))
            time.sleep(600)
        os._exit(0)
    while not os.path.exists(${JSON.stringify(mark)}) or not open(${JSON.stringify(mark)}).read():
        time.sleep(0.01)
    time.sleep(0.2)
    return []
${smallBackend("alpha", "1.0")}`;
    await stage.builder().wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    // Ended by a signal, which takes effect a moment later; left alone it would sleep for longer than a test may take.
    const daemon = Number(readFileSync(mark, "utf8"));
    expect(daemon).toBeGreaterThan(0);
    await until(() => !isRunning(daemon));
  });
});

describe("a backend that writes into HOME", () => {
  const hooks = `import os
with open(os.path.expanduser("~/.pydistutils.cfg"), "w") as file:
    file.write("[install]\\nprefix=/elsewhere\\n")
${smallBackend("alpha", "1.0")}`;

  test("changes neither the wheel nor the cache", async () => {
    await using stage = await BuildStage.create();
    const builder = stage.builder();
    const wheel = await builder.wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    expect(readdirSync(wheel.directory).toSorted()).toEqual(["alpha-1.0.dist-info", "alpha.py"]);
    expect(readdirSync(stage.world.home)).toEqual([".pydistutils.cfg"]);
    await builder.close();
    const kept = readdirSync(stage.store.directory, { recursive: true }).map(String);
    expect(kept.filter((path) => path.endsWith(".cfg"))).toEqual([]);
  });

  test("writes into another one where a guard says so", async () => {
    await using stage = await BuildStage.create();
    const own = stage.world.tree("private", { ".keep": "" });
    const guard: BuildGuard = (command) => ({
      ...command,
      env: { ...command.env, HOME: own },
    });
    await stage.builder({ guard }).wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    expect(readdirSync(stage.world.home)).toEqual([]);
    expect(readdirSync(own)).toContain(".pydistutils.cfg");
  });

  test("fails with what Python says where it cannot be written", async () => {
    await using stage = await BuildStage.create();
    rmSync(stage.world.home, { recursive: true });
    const building = stage.builder().wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    const error: unknown = await building.catch((reason: unknown) => reason);
    expect(isPinionError(error, "build/failed") && error.details).toMatchObject({
      exception: "FileNotFoundError",
      exitCode: 1,
    });
  });
});

describe("a failure", () => {
  const failing = async (hooks: string, more: TreeFiles = {}): Promise<unknown> => {
    await using stage = await BuildStage.create();
    const request = sdist(stage, "alpha", treeWithBackend(hooks, more));
    return await stage
      .builder()
      .wheel(request)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
  };
  const causes = (error: unknown): readonly string[] =>
    error instanceof Error ? [error.message, ...causes(error.cause)] : [];

  test("is reported with what the backend printed", async () => {
    const error = await failing(
      `import sys\ndef build_wheel(*_):\n    print("to stdout")\n    print("to stderr", file=sys.stderr)\n    raise RuntimeError("boom")\n`,
    );
    const [message, second, third] = causes(error);
    expect([message, second]).toEqual([
      "Failed to build `alpha @ https://files.example/alpha-1.0.tar.gz`",
      "The build backend returned an error",
    ]);
    expect(third).toMatch(
      /^Call to `backend\.build_wheel` failed \(exit status: 1\)\n\n\[stdout\]\nto stdout\n\n\[stderr\]\nto stderr\nTraceback[^]*RuntimeError: boom$/,
    );
  });

  test.for([
    [
      "exits without a wheel",
      "import os\ndef build_wheel(*_):\n    os._exit(0)\n",
      "failed (exit status: 0)",
    ],
    [
      "names a wheel that it did not write",
      "def build_wheel(*_):\n    return 'alpha-1.0-py3-none-any.whl'\n",
      "it did not write the file `alpha-1.0-py3-none-any.whl`",
    ],
    [
      "returns a path outside",
      "def build_wheel(*_):\n    return '../alpha-1.0-py3-none-any.whl'\n",
      "is not the name of a file",
    ],
    ["returns nothing", "def build_wheel(*_):\n    return None\n", "`null` is not the name of a file"],
    ["has no hook that builds", "", "the backend does not have this hook"],
    [
      "kills itself",
      "import os\ndef build_wheel(*_):\n    os.kill(os.getpid(), 9)\n",
      "failed (signal: 9 (SIGKILL))",
    ],
    [
      "raises what is not an error",
      "def build_wheel(*_):\n    raise SystemExit(7)\n",
      "failed (exit status: 7)",
    ],
  ] as const)("names a backend that %s", async ([, hooks, expected]) => {
    const error = await failing(hooks);
    expect(isPinionError(error, "build/failed")).toBe(true);
    expect(causes(error).join("\n")).toContain(expected);
  });

  test("names a wheel of another project", async () => {
    const error = await failing(smallBackend("beta", "1.0").replace("def prepare_metadata", "def unused"));
    expect(causes(error)[0]).toBe("Package metadata name `beta` does not match given name `alpha`");
  });

  test("of a link instead of a wheel is named", async () => {
    const error = await failing(
      `import os\ndef build_wheel(directory, *_):\n    os.symlink("/etc/hostname", os.path.join(directory, "alpha-1.0-py3-none-any.whl"))\n    return "alpha-1.0-py3-none-any.whl"\n`,
    );
    expect(causes(error).join("\n")).toContain("it did not write the file");
  });
});

describe("cancelling", () => {
  test("ends the whole group of a build", async () => {
    await using stage = await BuildStage.create();
    const mark = join(stage.world.directory, "children");
    const hooks = `import os, subprocess, sys, time
def build_wheel(*_):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(${JSON.stringify(mark)}, "w") as file:
        file.write("%d %d" % (os.getpid(), child.pid))
    print("started", flush=True)
    time.sleep(600)
`;
    const controller = new AbortController();
    const onEvent = (event: { kind: string }): void => {
      if (event.kind === "build-output") controller.abort();
    };
    const request = sdist(stage, "alpha", treeWithBackend(hooks));
    const building = stage.builder({}, { signal: controller.signal, onEvent }).wheel(request);
    await expect(building).rejects.toMatchObject({ code: "net/cancelled" });
    const pids = readFileSync(mark, "utf8").split(" ");
    expect(pids).toHaveLength(2);
    await until(() => !pids.some((pid) => isRunning(Number(pid))));
  });
});

describe("a cycle", () => {
  test("of build requirements is named", async () => {
    await using stage = await BuildStage.create();
    const builder = stage.builder(
      {},
      {
        provision: async ({ neededBy }) => {
          const next = neededBy.at(-1) === "alpha" ? "beta" : "alpha";
          await builder.neededBy(neededBy).wheel(sdist(stage, next, treeWithBackend("")));
          return stage.python;
        },
      },
    );
    const building = builder.wheel(sdist(stage, "alpha", treeWithBackend("")));
    const error = await building.catch((reason: unknown) => reason);
    const cycle = [];
    for (let next = error; next instanceof Error; next = next.cause)
      if (isPinionError(next, "build/cycle")) cycle.push(next);
    expect(cycle[0]?.details["cycle"]).toEqual(["alpha", "beta", "alpha"]);
  });

  test("between builds that wait for each other is named, not waited for", async () => {
    await using stage = await BuildStage.create();
    const builder = stage.builder(
      {},
      {
        provision: async ({ neededBy }) => {
          const next = neededBy.at(-1) === "alpha" ? "beta" : "alpha";
          await builder.neededBy(neededBy).wheel(sdist(stage, next, treeWithBackend("")));
          return stage.python;
        },
      },
    );
    const settled = await Promise.allSettled(
      ["alpha", "beta"].map((name) => builder.wheel(sdist(stage, name, treeWithBackend("")))),
    );
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});

describe("a guard", () => {
  test("sees each process of a build, and may change its command", async () => {
    await using stage = await BuildStage.create();
    const seen: string[] = [];
    const guard: BuildGuard = (command, { subject, hook, writable }) => {
      seen.push(`${subject}: ${hook}, ${writable.length}`);
      return { ...command, env: { ...command.env, GUARDED: "1" } };
    };
    const hooks = `import os\n${smallBackend("alpha", "1.0").replace("(config_settings,)", '(os.environ.get("GUARDED"),)')}`;
    const wheel = await stage.builder({ guard }).wheel(sdist(stage, "alpha", treeWithBackend(hooks)));
    expect(readFileSync(join(wheel.directory, "alpha.py"), "utf8")).toBe("VALUE = '1'\n");
    const subject = "alpha @ https://files.example/alpha-1.0.tar.gz";
    expect(seen).toEqual([`${subject}: get_requires_for_build_wheel, 1`, `${subject}: build_wheel, 2`]);
  });

  test("forbids a build by throwing", async () => {
    await using stage = await BuildStage.create();
    const guard = (): never => {
      throw new PinionError("build/disabled", "no builds here");
    };
    const building = stage.builder({ guard }).wheel(sdist(stage, "alpha", treeWithBackend("")));
    await expect(building).rejects.toMatchObject({ code: "build/disabled" });
    expect(stage.hooks()).toEqual(["get_requires_for_build_wheel"]);
  });
});

describe("what is known of a failure", () => {
  const about = { isIsolated: true, python: "3.13.1" };
  test.for([
    ["error: command 'gcc' failed: No such file or directory", { kind: "missing-compiler", program: "gcc" }],
    [
      "x.c:1:10: fatal error: libpq-fe.h: No such file or directory",
      { kind: "missing-header", header: "libpq-fe.h", debianPackage: "libpq-dev" },
    ],
    [
      "x.c:1:10: fatal error: 'openssl/ssl.h' file not found",
      { kind: "missing-header", header: "openssl/ssl.h", debianPackage: "libssl-dev" },
    ],
    [
      "fatal error: own/thing.h: No such file or directory",
      { kind: "missing-header", header: "own/thing.h", debianPackage: undefined },
    ],
    [
      "/usr/bin/ld: cannot find -lxml2: No such file",
      { kind: "missing-library", library: "xml2", debianPackage: "libxml2-dev" },
    ],
    [
      "ModuleNotFoundError: No module named 'numpy.core'",
      { kind: "missing-module", module: "numpy", isIsolated: true },
    ],
    [
      "ModuleNotFoundError: No module named 'distutils'",
      { kind: "removed-module", module: "distutils", python: "3.13.1", removedIn: "3.12" },
    ],
    [
      "fatal: unable to access 'https://git.corp.example/x/': Could not resolve host: git.corp.example",
      { kind: "no-network", host: "git.corp.example" },
    ],
    [
      "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] for https://files.corp.example/x",
      { kind: "tls-failure", host: "files.corp.example", port: 443 },
    ],
    [
      "requests.exceptions.SSLError: HTTPSConnectionPool(host='files.corp.example', port=8443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')))",
      { kind: "tls-failure", host: "files.corp.example", port: 8443 },
    ],
  ] as const)("%s", ([stderr, expected]) => {
    expect(adviceFor({ stdout: "", stderr, missingModule: undefined }, about)).toEqual([expected]);
  });
});
