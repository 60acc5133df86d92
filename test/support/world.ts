// A small world for one test: a temporary home, a cache, servers on loopback, and the real command, in a child process
// or called.
// What tests of one part of the house share stands on it: `command-stage`, `registry-stage`, `build-stage`.
//
//   await using world = await World.create();
//   const root = world.authority("Corp Root", { key: "P-384", signing: { digest: "sha512" } });
//   const index = await world.index({ tls: root.issue("localhost"), packages: sampleWheels() });
//   const venv = world.venv();
//   const run = await world.cli(["pip", "install", "greeter", "--index-url", index.url], {
//     env: { SSL_CERT_FILE: root.writePem(), VIRTUAL_ENV: venv.path },
//   });
//   expect(run).toMatchInlineSnapshot();
//
// The command sees a clean environment (nothing of the machine's user but PATH), its own home, cache and working
// folder. What `cli` gives back has [TIME], [PORT], [VENV], [CACHE], [HOME] and [WORLD] in place of what changes from
// run to run; `run` gives it back as it is. Everything that was started ends with the world.

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startIndex } from "../../src/lab/index/index-server.ts";
import type { IndexOptions, RunningIndex } from "../../src/lab/index/index-server.ts";
import { createAuthority } from "../../src/lab/certificates/mint.ts";
import type { Authority, AuthorityOptions, KeyRing } from "../../src/lab/certificates/mint.ts";
import { startConnectProxy, startInspectingProxy, startSocksProxy } from "./loopback-proxies.ts";
import type { ConnectProxyOptions, ProxyOptions, RunningProxy } from "./loopback-proxies.ts";
import { serveShape } from "../../src/lab/servers/serve.ts";
import type { ServeOptions, ServedShape } from "../../src/lab/servers/serve.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { callCommand } from "./called-command.ts";
import { GitRepository } from "./git-repository.ts";
import { createKeyRing } from "./lab-keys.ts";
import { askPythons, copyVenv, rememberCopy, rememberPython } from "./venv-template.ts";

export interface CliRun {
  /** undefined where a signal ended the command. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Added to the clean environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the world's empty project folder. */
  readonly cwd?: string;
  /** A program with its first words, which starts the command in its turn. Only for {@link World.start}. */
  readonly through?: readonly string[];
  /** What stands on standard input. Default: nothing. */
  readonly input?: string;
  /** How this command is run. Default: as the world's commands are. */
  readonly commands?: WorldOptions["commands"];
  /** After which the command is killed, so that a test ends. Default: 3 minutes. */
  readonly timeoutMs?: number;
}

export interface WorldOptions {
  /**
   * How {@link World.run} and {@link World.cli} run `pinion`. Default: `started`, as a process. `called`: in the process of
   * the test, for tests of what a command does, of which there are many; `start` makes a process all the same.
   */
  readonly commands?: "started" | "called";
  /** Where it must not know the answers of the Pythons, for each of which a command starts one. */
  readonly cache?: "empty";
}

export interface TestVenv {
  readonly path: string;
  readonly python: string;
  readonly scripts: string;
  /** Runs a line of Python in it and gives back what it prints, without the last line end. */
  evaluate(code: string): string;
}

export type TestAuthority = Authority & {
  /** Writes the root's certificate into the world and says where. */
  writePem(): string;
};

export class World implements AsyncDisposable {
  /** Everything of the world is below it. */
  readonly directory: string;
  readonly home: string;
  readonly cache: string;
  /** The working folder of commands. */
  readonly project: string;
  /** Keys that take long to make, shared by all that this world mints. */
  readonly keys: KeyRing = createKeyRing();
  readonly #commands: "started" | "called";
  readonly #closers: (() => unknown)[] = [];
  readonly #ports = new Set<number>();
  readonly #venvs: string[] = [];
  #files = 0;
  #cacheIs: "empty" | "new" | "knowing";
  #store: Store | undefined;

  private constructor(directory: string, { commands = "started", cache }: WorldOptions) {
    this.directory = directory;
    this.#commands = commands;
    this.#cacheIs = cache ?? "new";
    this.home = join(directory, "home");
    this.cache = join(directory, "cache");
    this.project = join(directory, "project");
    for (const folder of [this.home, this.project, this.#temporary]) mkdirSync(folder);
  }

  static async create(options: WorldOptions = {}): Promise<World> {
    const python = findProgram("python3");
    if (python !== undefined) await askPythons(python);
    // The real path, because that is what a command prints (macOS: /var is /private/var).
    return new World(realpathSync(mkdtempSync(join(tmpdir(), "pinion-world-"))), options);
  }

  /** A certificate authority; `key` may name a kind or be a key of {@link keys}. */
  authority(name = "Corp Root", options: AuthorityOptions = {}): TestAuthority {
    const authority = createAuthority(name, options);
    return {
      ...authority,
      writePem: () => this.write(`authority-${this.#nextFile()}.pem`, authority.root.pem),
    };
  }

  /** An index on loopback; what {@link TestAuthority} issues can be handed in as `tls`. */
  async index(options: IndexOptions = {}): Promise<RunningIndex> {
    return this.#own(await startIndex(options));
  }

  /** A shape of the laboratory with its server. */
  async shape(name: string, options: ServeOptions = {}): Promise<ServedShape> {
    return this.#own(await serveShape(name, { keys: this.keys, ...options }));
  }

  async proxy(options: ConnectProxyOptions = {}): Promise<RunningProxy> {
    return this.#own(await startConnectProxy(options));
  }

  async inspectingProxy(inspector: Authority, options: ProxyOptions = {}): Promise<RunningProxy> {
    return this.#own(await startInspectingProxy(inspector, options));
  }

  async socksProxy(options: ProxyOptions = {}): Promise<RunningProxy> {
    return this.#own(await startSocksProxy(options));
  }

  /** The cache of the world's commands, as the library opens it. */
  get store(): Store {
    if (this.#store === undefined) {
      const store = openStore(this.cache);
      this.#store = store;
      this.defer(() => store.rest());
    }
    return this.#store;
  }

  /** Called when the world ends, before what was made earlier is closed. */
  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** An empty repository of git, in a folder that may hold files already; `commitAll` commits them. */
  repository(path: string): GitRepository {
    const folder = join(this.directory, path);
    mkdirSync(folder, { recursive: true });
    return new GitRepository(folder, this.environment());
  }

  /** Writes a script of the shell below the world's folder, such as a keyring program, and gives back its path. */
  script(path: string, body: string): string {
    const whole = this.write(path, `#!/bin/sh\n${body}\n`);
    chmodSync(whole, 0o755);
    return whole;
  }

  /** Writes files below a folder of the world and gives back the folder's path. */
  tree(path: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    for (const [name, content] of Object.entries(files)) this.write(join(path, name), content);
    return join(this.directory, path);
  }

  /** Writes a file below the world's folder and gives back its path. */
  write(path: string, content: string | Uint8Array): string {
    const whole = join(this.directory, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
    return whole;
  }

  /** A virtual environment without pip, as the machine's own Python makes it; the world's cache knows its Python. */
  venv(name = "venv"): TestVenv {
    const path = join(this.directory, name);
    this.copyVenv(path);
    this.#venvs.push(path);
    const scripts = join(path, process.platform === "win32" ? "Scripts" : "bin");
    const python = join(scripts, process.platform === "win32" ? "python.exe" : "python");
    return {
      path,
      python,
      scripts,
      evaluate: (code) => {
        const { status, stdout, stderr } = spawnSync(python, ["-I", "-c", code], { encoding: "utf8" });
        if (status !== 0) throw new Error(`Python failed: ${stderr}`);
        return stdout.replace(/\r?\n$/, "");
      },
    };
  }

  /** Puts a virtual environment at a path. */
  copyVenv(path: string): void {
    copyVenv(path);
    if (this.#cacheIs !== "empty") rememberCopy(path, this.cache);
  }

  /** Runs `pinion` to its end; what changes from run to run is replaced. */
  async cli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    const { code, stdout, stderr } = await this.run(args, options);
    return { code, stdout: this.filter(stdout), stderr: this.filter(stderr) };
  }

  /** Runs `pinion` to its end. */
  run(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    if (this.#cacheIs === "new") {
      rememberPython(this.cache);
      this.#cacheIs = "knowing";
    }
    if ((options.commands ?? this.#commands) === "called" && options.input === undefined)
      return callCommand(args, { env: this.environment(options.env), cwd: options.cwd ?? this.project });
    return this.#execute(process.execPath, [COMMAND, ...args], options);
  }

  /** Runs another program in the same clean environment: a peer, as a witness. */
  program(name: string, args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    return this.#execute(name, args, options);
  }

  /** Starts `pinion` and leaves it running: for what is killed, or serves. */
  start(args: readonly string[], options: CliOptions = {}): ChildProcessWithoutNullStreams {
    const [program = "", ...words] = [...(options.through ?? []), process.execPath, COMMAND, ...args];
    return this.#spawn(program, words, options);
  }

  /** Starts another program in the same clean environment and leaves it running. */
  startProgram(
    name: string,
    args: readonly string[],
    options: CliOptions = {},
  ): ChildProcessWithoutNullStreams {
    return this.#spawn(name, args, options);
  }

  /** The environment that commands see. */
  environment(changes: CliOptions["env"] = {}): NodeJS.ProcessEnv {
    return {
      PATH: process.env["PATH"],
      HOME: this.home,
      USERPROFILE: this.home,
      TMPDIR: this.#temporary,
      TEMP: this.#temporary,
      SYSTEMROOT: process.env["SYSTEMROOT"],
      LANG: "C.UTF-8",
      // Configuration of the whole machine must not leak in either.
      XDG_CONFIG_DIRS: join(this.directory, "no-configuration"),
      PIP_CONFIG_FILE: process.platform === "win32" ? "nul" : "/dev/null",
      PINION_CACHE_DIR: this.cache,
      ...changes,
    };
  }

  /** Puts names in place of what changes from run to run. */
  filter(text: string): string {
    let filtered = text.replaceAll("\r\n", "\n");
    for (const venv of this.#venvs) filtered = filtered.replaceAll(venv, "[VENV]");
    filtered = filtered
      .replaceAll(this.cache, "[CACHE]")
      .replaceAll(this.home, "[HOME]")
      .replaceAll(this.directory, "[WORLD]");
    for (const port of this.#ports) filtered = filtered.replaceAll(new RegExp(`:${port}\\b`, "g"), ":[PORT]");
    return filtered.replaceAll(/\b\d+(\.\d+)? ?(ms|s)\b/g, "[TIME]");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  get #temporary(): string {
    return join(this.directory, "tmp");
  }

  #own<T extends { readonly port: number; close(): Promise<void> }>(server: T): T {
    this.#ports.add(server.port);
    this.defer(() => server.close());
    return server;
  }

  #nextFile(): number {
    this.#files += 1;
    return this.#files;
  }

  #spawn(program: string, args: readonly string[], options: CliOptions): ChildProcessWithoutNullStreams {
    const child = spawn(program, args, {
      cwd: options.cwd ?? this.project,
      env: this.environment(options.env),
      stdio: "pipe",
    });
    // A program that ends before it has read its input is not a failure of the test.
    child.stdin.on("error", () => undefined);
    this.defer(() => child.kill("SIGKILL"));
    return child;
  }

  #execute(program: string, args: readonly string[], options: CliOptions): Promise<CliRun> {
    return new Promise((resolve, reject) => {
      const child = this.#spawn(program, args, options);
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        const what = [program, ...args].join(" ");
        reject(new Error(`\`${what}\` did not end in time\nstdout: ${stdout}\nstderr: ${stderr}`));
      }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      child.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code: code ?? undefined, stdout, stderr });
      });
      child.stdin.end(options.input ?? "");
    });
  }
}

/** Tells whether a program can be run here: tests whose witness is missing are skipped by name. */
export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

/** The first of the programs' names that PATH, or the folders of administrators' programs, hold. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name + suffix)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

const COMMAND = fileURLToPath(new URL("../../bin/pinion.cjs", import.meta.url));
const DEFAULT_TIMEOUT_MS = 180_000;
