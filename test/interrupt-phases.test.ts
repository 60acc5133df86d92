// Ctrl-C in every phase of a command: real processes, each of which is signalled when it is seen in the phase. It ends with
// 130 and leaves the environment as it was, and no process behind.

import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { createSocket } from "node:dgram";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { describe, test } from "vitest";

import { CHANGE_FOLDER, LOCK_FILE } from "../src/install/reserved-names.ts";
import type { IndexFile, Oddity } from "../src/lab/index/index-server.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { ownCache, useCache } from "../src/store/cache/cache-lock.ts";
import { acquireLock } from "../src/base/files/lock.ts";
import { treeWithBackend } from "./support/source-trees.ts";
import { commandStage, treeOf, type CommandStage } from "./support/command-stage.ts";
import { commandOf, processesOf, until } from "./support/processes.ts";
import { hasProgram } from "./support/world.ts";

/**
 * A second where nothing else runs (`QUIET_MACHINE=1`). On a machine that is busy with other things the code of the exit shows
 * that the signal ended the command, and not a time-out of what it waits for: copying thousands of files can take a minute.
 */
const BOUND_MS = process.env["QUIET_MACHINE"] === "1" ? 1000 : 200_000;

interface Scene {
  readonly stage: CommandStage;
  /** Closes with the test. */
  readonly closers: (() => unknown)[];
  /** What the command has written to its terminal until now. */
  readonly said: () => string;
}

interface Started {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Run by this instead of directly. */
  readonly through?: readonly string[];
  /** Writes to its standard input, which stays open. */
  readonly feed?: (input: Writable) => unknown;
  /** Whether the command is in the phase. */
  readonly isReached: () => boolean;
}

interface Phase {
  readonly name: string;
  readonly packages?: readonly IndexFile[];
  readonly oddities?: readonly Oddity[];
  readonly isSkipped?: boolean;
  /**
   * Work without a wait in it can be over when the signal comes. Then the answer is there (`answer`), or the change is made
   * (`change`), which is whole, also where the signal ends the command while it puts the old files away.
   */
  readonly mayBeOver?: "answer" | "change";
  /** What the environment holds where the change is made before the phase. */
  readonly keeps?: readonly string[];
  start(scene: Scene): Promise<Started> | Started;
}

/** So many that each phase takes longer than a look at it. */
const MODULES = 2_000;
const CROWD = makeWheel({
  name: "crowd",
  version: "1.0",
  files: Object.fromEntries(
    Array.from({ length: MODULES }, (_, index) => [`crowd/module_${index}.py`, `NUMBER = ${index}\n`]),
  ),
});

/** A stall of the index, seen by what was asked for. */
function stalled(on: "pages" | "metadata" | "files", words: readonly string[]): Omit<Phase, "name"> {
  const suffix = { pages: "/simple/greeter/", metadata: ".metadata", files: ".whl" }[on];
  return {
    oddities: [{ kind: "stall", after: 10, on }],
    start: ({ stage }) => {
      writeFileSync(join(stage.world.project, "in.txt"), "greeter==2.0.0\n");
      return {
        args: [...words, "--index-url", stage.index.url],
        isReached: () => stage.index.requests.some(({ path }) => path.endsWith(suffix)),
      };
    },
  };
}

/** A server that takes connections and says nothing. */
async function silent({
  closers,
}: Scene): Promise<{ readonly port: number; readonly isAsked: () => boolean }> {
  let isAsked = false;
  const server = createServer((socket) => {
    closers.push(() => socket.destroy());
    socket.on("data", () => (isAsked = true)).on("error", () => undefined);
  });
  return { port: await listening(server, closers), isAsked: () => isAsked };
}

async function listening(server: Server, closers: (() => unknown)[]): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A program that says that it runs, and then nothing more. */
function sleeper(
  { stage }: Scene,
  name: string,
): { readonly folder: string; readonly isRunning: () => boolean } {
  const mark = join(stage.world.directory, `${name}-runs`);
  stage.world.script(`programs/${name}`, `: > '${mark}'\nexec sleep 600`);
  return { folder: join(stage.world.directory, "programs"), isRunning: () => existsSync(mark) };
}

/** How many entries are below a folder that changes meanwhile. */
function entriesIn(folder: string, suffix = ""): number {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.filter((name) => name.endsWith(suffix)).length;
  } catch {
    return 0;
  }
}

/** Nine pigeons and eight holes: no solution, which takes a solver very long to find out. */
function pigeons(): readonly IndexFile[] {
  const [birds, holes] = [9, 8];
  const numbers = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, index) => index + 1);
  return [
    makeWheel({
      name: "loft",
      version: "1",
      requires: numbers(birds).map((bird) => `bird-${bird}`),
    }),
    ...numbers(birds).flatMap((bird) =>
      numbers(holes).map((hole) =>
        makeWheel({ name: `bird-${bird}`, version: `${hole}`, requires: [`hole-${hole}==${bird}`] }),
      ),
    ),
    ...numbers(holes).flatMap((hole) =>
      numbers(birds).map((bird) => makeWheel({ name: `hole-${hole}`, version: `${bird}` })),
    ),
  ];
}

const isRoot = process.getuid?.() === 0;
const canUnshare = isRoot && hasProgram("unshare") && spawnSync("unshare", ["-m", "true"]).status === 0;

const PHASES: readonly Phase[] = [
  { name: "looking up a project", ...stalled("pages", ["pip", "install", "greeter"]) },
  { name: "reading metadata", ...stalled("metadata", ["pip", "install", "greeter"]) },
  { name: "downloading", ...stalled("files", ["pip", "install", "greeter"]) },
  { name: "downloading for sync", ...stalled("files", ["pip", "sync", "in.txt"]) },
  { name: "compiling a lock", ...stalled("pages", ["pip", "compile", "in.txt"]) },
  { name: "downloading into a folder", ...stalled("files", ["pip", "download", "-d", "out", "greeter"]) },
  {
    name: "choosing versions",
    packages: pigeons(),
    start: ({ stage }) => ({
      args: ["pip", "install", "--index-url", stage.index.url, "loft"],
      isReached: () => stage.index.requests.some(({ path }) => path.endsWith("/simple/hole-8/")),
    }),
    mayBeOver: "answer",
  },
  {
    name: "unpacking",
    start: ({ stage }) => {
      const wheel = stage.world.write(CROWD.filename, CROWD.bytes);
      return {
        args: ["pip", "install", wheel],
        isReached: () => entriesIn(join(stage.world.cache, "wheels-v1")) > 10,
      };
    },
    mayBeOver: "change",
  },
  {
    name: "copying into the environment",
    start: async ({ stage }) => {
      const wheel = stage.world.write(CROWD.filename, CROWD.bytes);
      await stage.pinion(["pip", "install", "--target", "elsewhere", wheel]);
      return {
        args: ["pip", "install", "--link-mode", "copy", wheel],
        isReached: () => entriesIn(join(stage.venv, CHANGE_FOLDER)) > 2,
      };
    },
    mayBeOver: "change",
  },
  {
    name: "uninstalling",
    start: async ({ stage }) => {
      await stage.pinion(["pip", "install", stage.world.write(CROWD.filename, CROWD.bytes)]);
      return {
        args: ["pip", "uninstall", "crowd"],
        isReached: () => existsSync(join(stage.venv, CHANGE_FOLDER)),
      };
    },
    mayBeOver: "change",
  },
  {
    name: "compiling bytecode",
    start: ({ stage }) => ({
      args: ["pip", "install", "--compile-bytecode", stage.world.write(CROWD.filename, CROWD.bytes)],
      isReached: () => entriesIn(stage.venv, ".pyc") > 2,
    }),
    mayBeOver: "answer",
    keeps: ["crowd==1.0"],
  },
  {
    name: "running a build hook",
    start: ({ stage, said }) => {
      const hooks = `import time\ndef build_wheel(*_):\n    print("begun", flush=True)\n    time.sleep(600)\n`;
      stage.world.tree("project/tree", treeWithBackend(hooks));
      return { args: ["-v", "pip", "install", "./tree"], isReached: () => said().includes("begun") };
    },
  },
  {
    name: "fetching a repository",
    isSkipped: !hasProgram("git"),
    start: async (scene) => {
      const { port, isAsked } = await silent(scene);
      return { args: ["pip", "install", `git+http://127.0.0.1:${port}/repo`], isReached: isAsked };
    },
  },
  {
    name: "waiting for the keyring",
    start: async (scene) => {
      const { folder, isRunning } = sleeper(scene, "keyring");
      const server = createHttpServer((_, response) => {
        response.writeHead(401, { "www-authenticate": 'Basic realm="index"' }).end();
      });
      const port = await listening(server, scene.closers);
      const url = `http://ada@127.0.0.1:${port}/simple/`;
      return {
        args: ["pip", "install", "--keyring-provider", "subprocess", "--index-url", url, "greeter"],
        env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
        isReached: isRunning,
      };
    },
  },
  {
    name: "evaluating a proxy script",
    start: async ({ closers }) => {
      let isAsked = false;
      const server = createHttpServer((_, response) => {
        isAsked = true;
        response.end("function FindProxyForURL() { while (true); }");
      });
      const port = await listening(server, closers);
      const proxy = `pac+http://127.0.0.1:${port}/proxy.pac`;
      const index = "https://index.example/simple/";
      return {
        args: ["pip", "install", "--proxy", proxy, "--index-url", index, "greeter"],
        isReached: () => isAsked,
      };
    },
  },
  {
    name: "fetching a proxy script",
    start: async (scene) => {
      const { port, isAsked } = await silent(scene);
      const proxy = `pac+http://127.0.0.1:${port}/proxy.pac`;
      const index = "https://index.example/simple/";
      return {
        args: ["pip", "install", "--proxy", proxy, "--index-url", index, "greeter"],
        isReached: isAsked,
      };
    },
  },
  ...(["http", "https", "socks5h"] as const).map((scheme): Phase => ({
    name: `speaking with a proxy (${scheme})`,
    start: async (scene) => {
      const { port, isAsked } = await silent(scene);
      const proxy = `${scheme}://127.0.0.1:${port}`;
      const index = "https://index.example/simple/";
      return {
        args: ["pip", "install", "--proxy", proxy, "--index-url", index, "greeter"],
        isReached: isAsked,
      };
    },
  })),
  {
    name: "in a handshake",
    start: async (scene) => {
      const { port, isAsked } = await silent(scene);
      const index = `https://127.0.0.1:${port}/simple/`;
      return { args: ["pip", "install", "--index-url", index, "greeter"], isReached: isAsked };
    },
  },
  {
    name: "connecting",
    isSkipped: process.platform !== "linux",
    start: async ({ stage, closers }) => {
      // A server that accepts nothing: once its queue is full, the system leaves connections waiting.
      const port = await fullQueue(stage, closers);
      const index = `https://127.0.0.1:${port}/simple/`;
      const synSent = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 02`;
      const waiting = (): number => readFileSync("/proc/net/tcp", "utf8").split(synSent).length;
      // Some of those that filled the queue wait too.
      const before = waiting();
      return {
        args: ["pip", "install", "--index-url", index, "greeter"],
        isReached: () => waiting() > before,
      };
    },
  },
  {
    name: "resolving a host",
    isSkipped: !canUnshare,
    start: async ({ stage, closers }) => {
      // A name server that says nothing, for this command alone.
      let isAsked = false;
      const socket = createSocket("udp4").on("message", () => (isAsked = true));
      socket.bind(53, "127.6.6.6");
      await once(socket, "listening");
      closers.push(() => socket.close());
      const file = stage.world.write("resolv.conf", "nameserver 127.6.6.6\noptions timeout:30 attempts:3\n");
      const mount = `mount --bind '${file}' "$(readlink -f /etc/resolv.conf)" && exec "$0" "$@"`;
      return {
        args: ["pip", "install", "--index-url", "https://index.example/simple/", "greeter"],
        through: ["unshare", "-m", "sh", "-c", mount],
        isReached: () => isAsked,
      };
    },
  },
  {
    name: "waiting for the environment",
    start: async ({ stage, closers, said }) => {
      const lock = await acquireLock(join(stage.venv, LOCK_FILE), {
        code: "environment/locked",
        subject: stage.venv,
      });
      closers.push(() => lock.release());
      return {
        args: ["pip", "install", "--index-url", stage.index.url, "greeter"],
        isReached: () =>
          said().includes(`Waiting for the environment: process ${process.pid} is changing it`),
      };
    },
  },
  {
    name: "waiting for the cache",
    start: async ({ stage, closers, said }) => {
      mkdirSync(stage.world.cache, { recursive: true });
      const lock = await ownCache(stage.world.cache);
      closers.push(() => lock.release());
      return {
        args: ["pip", "install", "--index-url", stage.index.url, "greeter"],
        isReached: () => said().includes("Waiting for the cache"),
      };
    },
  },
  {
    name: "waiting to clear the cache",
    start: async ({ stage, closers, said }) => {
      mkdirSync(stage.world.cache, { recursive: true });
      const lock = await useCache(stage.world.cache);
      closers.push(() => lock.release());
      return { args: ["cache", "clean"], isReached: () => said().includes("currently in-use") };
    },
  },
  {
    name: "verifying the cache",
    isSkipped: process.platform !== "linux",
    start: async ({ stage }) => {
      await stage.pinion(["pip", "install", stage.world.write(CROWD.filename, CROWD.bytes)]);
      return {
        args: ["cache", "verify", "--full"],
        isReached: () => processesOfStage(stage).some((pid) => hasOpen(pid, "/wheels-v1/")),
      };
    },
    mayBeOver: "answer",
  },
  {
    name: "asking a Python",
    start: (scene) => {
      const { folder, isRunning } = sleeper(scene, "python3");
      return { args: ["pip", "list", "-p", join(folder, "python3")], isReached: isRunning };
    },
  },
  {
    name: "making an environment",
    start: (scene) => {
      const { folder, isRunning } = sleeper(scene, "python3");
      return { args: ["venv", "new", "-p", join(folder, "python3")], isReached: isRunning };
    },
  },
  {
    name: "examining a server",
    start: async (scene) => {
      const { port, isAsked } = await silent(scene);
      return { args: ["doctor", `https://127.0.0.1:${port}/`], isReached: isAsked };
    },
  },
  {
    name: "asking for a certificate",
    start: async (scene) => {
      const { port, isAsked } = await silent(scene);
      return { args: ["trust", "add", `https://127.0.0.1:${port}/`], isReached: isAsked };
    },
  },
  {
    name: "reading a pipe that nothing is written to",
    start: ({ stage }) => {
      const pipe = join(stage.world.project, "in.pipe");
      spawnSync("mkfifo", [pipe]);
      return {
        args: ["pip", "install", "--index-url", stage.index.url, "-r", "in.pipe"],
        isReached: () => processesOf(stage.world.home).some((pid) => hasOpen(pid, "in.pipe")),
      };
    },
  },
  {
    name: "reading standard input",
    start: ({ stage }) => {
      let isRead = false;
      return {
        args: ["pip", "install", "-r", "-", "--index-url", stage.index.url],
        // More than a pipe holds: once it is written, some of it was read.
        feed: (input) => input.write("# a comment\n".repeat(50_000), () => (isRead = true)),
        isReached: () => isRead,
      };
    },
  },
];

/** The port of a server whose queue of connections is full. */
async function fullQueue({ world }: CommandStage, closers: (() => unknown)[]): Promise<number> {
  const mark = join(world.directory, "port");
  const code = `import os, socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
clients = [socket.socket() for _ in range(4)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(s.getsockname())
time.sleep(0.2)
with open(sys.argv[1] + ".part", "w") as file: file.write(str(s.getsockname()[1]))
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(600)`;
  const child = world.startProgram("python3", ["-c", code, mark]);
  closers.push(() => child.kill("SIGKILL"));
  await until(() => existsSync(mark));
  return Number(readFileSync(mark, "utf8"));
}

/** The processes that a test started, but for the server of a full queue. */
function processesOfStage({ world }: CommandStage): readonly number[] {
  return processesOf(world.home).filter((pid) => !commandOf(pid).includes("s.listen(0)"));
}

function hasOpen(pid: number, part: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => readlinkSync(join(folder, name)).includes(part));
  } catch {
    return false;
  }
}

// Promise: Ctrl-C ends every command within a second, in every phase, and leaves the environment as it was
// Attack: a server, a proxy, a program or a build that never answers; work that takes long
describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  for (const phase of PHASES) {
    test.skipIf(phase.isSkipped === true)(
      `ends the command while ${phase.name}`,
      async ({ expect, onTestFinished, annotate }) => {
        await using stage = await commandStage({
          ...(phase.packages === undefined ? {} : { packages: phase.packages }),
          oddities: phase.oddities ?? [],
          commands: "called",
        });
        let said = "";
        const closers: (() => unknown)[] = [];
        onTestFinished(() => {
          for (const close of closers) close();
        });
        const started = await phase.start({ stage, closers, said: () => said });
        const before = treeOf(stage.venv);
        const { args, through, env = {} } = started;
        const child = stage.world.start(args, { env, ...(through === undefined ? {} : { through }) });
        child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
        started.feed?.(child.stdin);
        const ended = once(child, "close");
        while (!started.isReached() && child.exitCode === null && child.signalCode === null)
          await new Promise((resolve) => setTimeout(resolve, 5));
        const sent = performance.now();
        child.kill("SIGINT");
        const [code, signal] = (await ended) as [number | null, string | null];
        const tookMs = performance.now() - sent;
        await annotate(`${phase.name}: ended ${tookMs.toFixed(0)} ms after Ctrl-C`);
        // A shell shows 130 for both.
        const isInterrupted = code === 130 || signal === "SIGINT";
        expect([isInterrupted || (phase.mayBeOver !== undefined && code === 0), said]).toEqual([
          true,
          expect.not.stringMatching(/^error/m),
        ]);
        expect(tookMs).toBeLessThan(BOUND_MS);
        // What was changed when the signal came is taken back, by the next command at the latest.
        await stage.pinion(["pip", "list"]);
        if (phase.keeps !== undefined) expect(stage.installed()).toEqual(phase.keeps);
        else if (isInterrupted && !(phase.mayBeOver === "change" && isChangedWhole(stage, before)))
          expect(treeOf(stage.venv)).toEqual(before);
        // A process that stays keeps the test from ending.
        if (process.platform === "linux") await until(() => processesOfStage(stage).length === 0);
      },
    );
  }
});

/** Whether all of `crowd` came, or all of it went. */
function isChangedWhole({ venv }: CommandStage, before: Readonly<Record<string, string>>): boolean {
  const modulesOf = (paths: readonly string[]): number =>
    paths.filter((path) => /\/crowd\/module_\d+\.py$/.test(path)).length;
  const isInstalled = (paths: readonly string[]): boolean =>
    paths.some((path) => path.endsWith("/crowd-1.0.dist-info/RECORD"));
  const [then, now] = [Object.keys(before), Object.keys(treeOf(venv))];
  if (isInstalled(then) === isInstalled(now)) return false;
  return modulesOf(now) === (isInstalled(now) ? MODULES : 0);
}
