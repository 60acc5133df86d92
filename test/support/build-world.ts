// Source trees and archives for tests of builds. Their backends are in the tree (`backend-path`) and need nothing from
// outside: a module of Python that writes a wheel with `zipfile`.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

import { createBuilder, type Builder } from "../../src/build/builder.ts";
import type { BuildEvent, BuildPolicy, BuildTools, Provision } from "../../src/build/tools.ts";
import { inspectInterpreter, type Interpreter } from "../../src/python/interpreter.ts";
import { createVenvSync } from "../../src/python/venv.ts";
import { openStore, type Store } from "../../src/store/store.ts";

/** A file by its path, and what it holds; executable where it says so. */
export type TreeFiles = Readonly<Record<string, string | Uint8Array>>;

/** A world in which things are built; everything goes with it. */
export class BuildWorld implements Disposable {
  readonly directory: string;
  readonly store: Store;
  readonly python: Interpreter;
  readonly events: BuildEvent[] = [];
  /** What was asked to be provisioned, in order. */
  readonly provisioned: string[][] = [];
  /** The archives that {@link BuildTools.fetchArchive} serves, by URL. */
  readonly archives: Map<string, Buffer> = new Map<string, Buffer>();
  readonly #builders: Builder[] = [];
  #environments = 0;

  private constructor(directory: string, python: Interpreter) {
    this.directory = directory;
    this.python = python;
    this.store = openStore(join(directory, "cache"));
  }

  static async create(): Promise<BuildWorld> {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "pinion-build-")));
    const python = await inspectInterpreter("python3", { env: process.env });
    return new BuildWorld(directory, python);
  }

  /** Writes a tree below the world and gives back its folder. */
  tree(name: string, files: TreeFiles): string {
    const folder = join(this.directory, name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return folder;
  }

  builder(changes: Partial<BuildPolicy> = {}, tools: Partial<BuildTools> = {}): Builder {
    const builder = createBuilder({
      store: this.store,
      python: this.python,
      target: this.python.target,
      env: () => Promise.resolve({ PATH: process.env["PATH"], HOME: join(this.directory, "home") }),
      provision: this.provision,
      fetchArchive: async ({ url, hashes }) => {
        const bytes = this.archives.get(url);
        if (bytes === undefined) throw new Error(`the test has no archive at ${url}`);
        const { createHash } = await import("node:crypto");
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        if (hashes["sha256"] !== undefined && hashes["sha256"] !== sha256) throw new Error("another hash");
        return { bytes, sha256 };
      },
      protection: () => "verified",
      protectionOf: () => "verified",
      concurrency: 2,
      isOffline: false,
      onEvent: (event) => this.events.push(event),
      signal: undefined,
      policy: {
        withoutIsolation: new Set(),
        configSettings: {},
        configSettingsPackages: new Map(),
        forbidden: () => false,
        ...changes,
      },
      ...tools,
    });
    this.#builders.push(builder);
    return builder;
  }

  /** Empty environments: the backends of these tests need nothing. */
  readonly provision: Provision = ({ requirements, python }) => {
    this.provisioned.push(requirements.map(({ name }) => name));
    this.#environments += 1;
    const path = join(this.directory, `environment-${this.#environments}`);
    return Promise.resolve(createVenvSync({ path, base: python }).interpreter);
  };

  /** The hooks that ran, in order. */
  hooks(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === "build-hook" ? [event.hook] : []));
  }

  [Symbol.dispose](): void {
    for (const builder of this.#builders) builder.close();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A project with a backend in its tree; `hooks` is the Python module that is the backend. */
export function treeWithBackend(hooks: string, more: TreeFiles = {}): TreeFiles {
  return {
    "pyproject.toml": [
      "[build-system]",
      "requires = []",
      'build-backend = "backend"',
      'backend-path = ["_build"]',
      "",
    ].join("\n"),
    "_build/backend.py": hooks,
    ...more,
  };
}

/** A backend that builds a pure wheel with one module, of a name and version. */
export function smallBackend(name: string, version: string, requires: readonly string[] = []): string {
  return `
import os, zipfile

NAME, VERSION = ${JSON.stringify(name)}, ${JSON.stringify(version)}
INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION) + "".join(
    "Requires-Dist: %s\\n" % item for item in ${JSON.stringify(requires)})
WHEEL = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def prepare_metadata_for_build_wheel(directory, config_settings=None):
    os.mkdir(os.path.join(directory, INFO))
    with open(os.path.join(directory, INFO, "METADATA"), "w") as file:
        file.write(METADATA)
    return INFO


def build_wheel(directory, config_settings=None, metadata_directory=None):
    return write(directory, {NAME + ".py": "VALUE = %r\\n" % (config_settings,)})


def build_editable(directory, config_settings=None, metadata_directory=None):
    return write(directory, {"_editable_" + NAME + ".pth": os.getcwd() + "\\n"})


def write(directory, files):
    import base64, hashlib

    filename = f"{NAME}-{VERSION}-py3-none-any.whl"
    files = {**files, INFO + "/METADATA": METADATA, INFO + "/WHEEL": WHEEL}
    rows = []
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for path, text in files.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{path},sha256={digest},{len(data)}\\n")
            archive.writestr(path, data)
        archive.writestr(INFO + "/RECORD", "".join(rows) + INFO + "/RECORD,,\\n")
    return filename
`;
}

/** A source distribution of files below one folder (PEP 625), as a tar archive with gzip. */
export function packSdist(top: string, files: TreeFiles): Buffer {
  const members = Object.entries(files).map(([path, content]) => tarFile(`${top}/${path}`, content));
  return gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
}

/** One file of a tar archive. POSIX 1003.1-1988, "ustar". */
export function tarFile(path: string, content: string | Uint8Array, mode = "0000644"): Buffer {
  const contents = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write(`${mode}\0`, 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${contents.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, octet) => total + octet, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)]);
}
