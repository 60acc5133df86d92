// Every place that can name trusted certificates × every state that the named file can be in. The arguments, variables
// and files are read as the command reads them, and a server of the laboratory says whether the certificates count; a
// few rows go through the command itself.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTrust } from "../src/api/network.ts";
import { installerOptions } from "../src/cli/requests/installer-options.ts";
import { readCommandLine } from "../src/cli/grammar/program.ts";
import { isPinionError } from "../src/errors.ts";
import type { RunningIndex } from "../src/lab/index/index-server.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { openConnection } from "../src/net/connections/connect.ts";
import { readSettings } from "../src/settings/read.ts";
import { tryIndex } from "./support/try-index.ts";
import { World } from "./support/world.ts";
import type { TestAuthority } from "./support/world.ts";

interface Source {
  readonly name: string;
  /** What it may be: a file, a list of folders, or either. */
  readonly shape: "file" | "directories" | "either";
  readonly args?: (path: string) => readonly string[];
  readonly env?: (path: string) => Readonly<Record<string, string>>;
  /** Writes a pip.conf below the home folder. */
  readonly pipConf?: (path: string) => string;
}

const SOURCES: readonly Source[] = [
  { name: "SSL_CERT_FILE", shape: "file", env: (path) => ({ SSL_CERT_FILE: path }) },
  { name: "SSL_CERT_DIR", shape: "directories", env: (path) => ({ SSL_CERT_DIR: path }) },
  { name: "REQUESTS_CA_BUNDLE", shape: "either", env: (path) => ({ REQUESTS_CA_BUNDLE: path }) },
  { name: "CURL_CA_BUNDLE", shape: "either", env: (path) => ({ CURL_CA_BUNDLE: path }) },
  { name: "PIP_CERT", shape: "either", env: (path) => ({ PIP_CERT: path }) },
  { name: "pip.conf", shape: "either", pipConf: (path) => `[global]\ncert = ${path}\n` },
  { name: "NODE_EXTRA_CA_CERTS", shape: "file", env: (path) => ({ NODE_EXTRA_CA_CERTS: path }) },
  { name: "PINION_CERT", shape: "file", env: (path) => ({ PINION_CERT: path }) },
  { name: "--cert", shape: "file", args: (path) => ["--cert", path] },
  { name: "--trust", shape: "either", args: (path) => ["--trust", `file:${path}`] },
];

interface State {
  readonly name: string;
  /** Makes the file in an empty folder, and gives back the path to name. */
  readonly make: (folder: string, root: TestAuthority) => string;
  /** `accept`, or the words of the error. */
  readonly file: string;
  /** The same for a source that names folders. */
  readonly directory: string;
}

const STATES: readonly State[] = [
  {
    name: "missing",
    make: (folder) => join(folder, "nowhere.pem"),
    file: "does not exist",
    directory: "does not exist",
  },
  {
    name: "empty",
    make: (folder) => write(folder, "empty.pem", ""),
    file: "is empty",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "garbage",
    make: (folder) => write(folder, "garbage.pem", Buffer.alloc(3000, 0xa7)),
    file: "holds no certificate, PEM or DER",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "PEM with one bad certificate",
    make: (folder, { pem }) => write(folder, "mixed.pem", `${BAD_PEM}${pem}`),
    file: "accept",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "PEM of only bad certificates",
    make: (folder) => write(folder, "bad.pem", BAD_PEM + BAD_PEM),
    file: "holds no certificate that can be read",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "a private key",
    make: (folder, { keyPem }) => write(folder, "key.pem", keyPem),
    file: "holds no certificate, only `PRIVATE KEY`",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "DER",
    make: (folder, { der }) => write(folder, "root.crt", der),
    file: "accept",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "PEM with comments, a byte order mark and line ends of Windows",
    make: (folder, { pem }) =>
      write(
        folder,
        "comments.pem",
        `\uFEFF# Corp Root\n# übrig\n${pem}trailing words\n`.replaceAll("\n", "\r\n"),
      ),
    file: "accept",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "a path that is not ASCII",
    make: (folder, { pem }) => write(folder, "証明書 für Ünïcode/wurzel 'und' blatt.pem", pem),
    file: "accept",
    directory: "is a file, where a directory is needed",
  },
  {
    name: "a directory",
    make: (folder, { pem }) => dirname(write(folder, "certificates/any name", pem)),
    file: "is a directory, where a file is needed",
    directory: "accept",
  },
  {
    name: "an empty directory",
    make: (folder) => {
      mkdirSync(join(folder, "nothing"));
      return join(folder, "nothing");
    },
    file: "is a directory, where a file is needed",
    directory: "holds no file with a certificate",
  },
];

describe("a source of trusted certificates", () => {
  let world: World;
  let root: TestAuthority;
  let index: RunningIndex;
  let files = 0;
  beforeAll(async () => {
    world = await World.create({ commands: "called" });
    root = world.authority("Corp Root");
    index = await world.index({ tls: root.issue("localhost"), packages: sampleWheels() });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const place = (state: State): string => {
    files += 1;
    const folder = join(world.directory, `state-${files}`);
    mkdirSync(folder);
    return state.make(folder, root);
  };

  describe.each(SOURCES)("$name", (source) => {
    test.each(STATES)("that is $name", async (state) => {
      const path = place(state);
      const expected = expectedFor(source, state);
      const { outcome, said } = await connectBy(source, path);
      if (expected === "accept") {
        expect([outcome, said]).toEqual(["accept", ""]);
      } else {
        expect(outcome).toBe("tls/trust-source-unusable");
        expect(said).toContain(source.name);
        expect(said).toContain(`\`${path}\` ${expected}`);
      }
    });
  });

  test.each(SOURCES.filter(({ env }) => env !== undefined))(
    "$name that is empty counts as unset",
    async (source) => {
      // The root is in no default source, so that no anchor vouches for the server.
      expect(await connectBy(source, "")).toMatchObject({ outcome: "tls/unknown-issuer" });
    },
  );

  // Nothing on loopback can be unreadable for an administrator, but a file of the kernel's that has no address 0.
  test.skipIf(process.platform !== "linux")(
    "that cannot be read is reported with the system's word",
    async () => {
      const source = SOURCES.find(({ name }) => name === "SSL_CERT_FILE")!;
      expect((await connectBy(source, "/proc/self/mem")).said).toMatch(
        /Cannot use `SSL_CERT_FILE`: `\/proc\/self\/mem` cannot be read \(E\w+\)/,
      );
    },
  );

  test("with ten thousand certificates takes less than a minute, and the last one counts", async () => {
    const path = world.write("many.pem", manyCertificates(world.authority(FILLER).der) + root.pem);
    const started = performance.now();
    const run = await tryIndex(world, index.url, { env: { SSL_CERT_FILE: path } });
    expect(run.outcome).toBe("accept");
    expect(performance.now() - started).toBeLessThan(SLOWEST_MS);
  });

  test("with a bad certificate is reported with -v, and not without", async () => {
    const path = world.write("mixed.pem", BAD_PEM + root.pem);
    const env = { SSL_CERT_FILE: path };
    const quiet = await tryIndex(world, index.url, { env });
    expect([quiet.outcome, quiet.stderr]).toEqual(["accept", expect.not.stringContaining("mixed.pem")]);
    const verbose = await tryIndex(world, index.url, { env, args: ["-v"] });
    expect(verbose.stderr).toContain("Skipped certificate 1 of `[WORLD]/mixed.pem`");
  });

  test("is not read by a command that connects to nothing", async () => {
    const env = { SSL_CERT_FILE: join(world.directory, "nowhere.pem") };
    const venv = world.venv();
    const run = await world.cli(["pip", "list"], { env: { ...env, VIRTUAL_ENV: venv.path } });
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining("SSL_CERT_FILE")]);
  });

  test("is not read by a command whose only index is one over plain HTTP", async () => {
    const plain = await world.index({ packages: sampleWheels() });
    const run = await tryIndex(world, plain.url, { args: ["--cert", join(world.directory, "nowhere.pem")] });
    expect([plain.url, run.outcome]).toEqual([expect.stringMatching(/^http:/), "accept"]);
  });

  test("ends the command with 1 and one screen that names variable, path and remedy", async () => {
    const env = { REQUESTS_CA_BUNDLE: join(world.directory, "nowhere.pem") };
    const run = await tryIndex(world, index.url, { env });
    expect([run.exitCode, run.outcome]).toEqual([1, "tls/trust-source-unusable"]);
    expect(run.stderr).toContain(
      "error: Cannot use `REQUESTS_CA_BUNDLE`: `[WORLD]/nowhere.pem` does not exist",
    );
    expect(run.stderr).toContain("hint: correct `REQUESTS_CA_BUNDLE`, or unset it");
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });

  test("that another one replaced is reported, with the option that helps; and the option does help", async () => {
    const right = root.writePem();
    const wrong = world.authority("Other Root").writePem();
    for (const [args, env] of [
      [["--cert", wrong], { SSL_CERT_FILE: right }],
      [["--trust", "mozilla"], { REQUESTS_CA_BUNDLE: right }],
      [["--cert", wrong], { NODE_EXTRA_CA_CERTS: right }],
    ] as const) {
      const refused = await tryIndex(world, index.url, { args, env });
      expect(refused.outcome).toBe("tls/unknown-issuer");
      const hint = refused.hints.find((line) => line.includes("would trust this chain")) ?? "";
      expect(hint).toContain(`${Object.keys(env)[0]}=`);
      expect(hint).toContain("(root `CN=Corp Root`)");
      const option = /`(--trust) ([^`]+)`/.exec(hint.replaceAll("[WORLD]", world.directory)) ?? [];
      const repaired = await tryIndex(world, index.url, { args: [option[1] ?? "", option[2] ?? ""], env });
      expect([option[2], repaired.outcome]).toEqual([option[2], "accept"]);
    }
  });

  function expectedFor({ shape }: Source, state: State): string {
    if (shape === "directories") return state.directory;
    if (shape === "file" || state.directory === "is a file, where a directory is needed") return state.file;
    return state.directory;
  }

  /** Reads what the command would read, and connects. */
  async function connectBy(
    source: Source,
    path: string,
  ): Promise<{ readonly outcome: string; readonly said: string }> {
    files += 1;
    const home = join(world.directory, `home-${files}`);
    mkdirSync(join(home, ".config", "pip"), { recursive: true });
    if (source.pipConf !== undefined) writeFileSync(join(home, ".config/pip/pip.conf"), source.pipConf(path));
    const env = { XDG_CONFIG_DIRS: join(world.directory, "none"), ...source.env?.(path) };
    const words = ["pip", "install", ...(source.args?.(path) ?? []), "wordlist"];
    const invocation = readCommandLine(words, "0.0.0");
    if ("text" in invocation) throw new TypeError(invocation.text);
    const { settings } = readSettings({
      flags: invocation.flags,
      env,
      cwd: world.project,
      home,
      platform: process.platform,
      environmentPrefix: undefined,
      command: "install",
    });
    const options = installerOptions({ settings, env, cwd: world.project, home }, () => undefined);
    try {
      const endpoint = { host: "localhost", port: index.port, isTls: true };
      const { socket } = await openConnection(endpoint, { trust: openTrust(options), timeoutMs: 20_000 });
      socket.destroy();
      return { outcome: "accept", said: "" };
    } catch (error) {
      if (!isPinionError(error)) throw error;
      return { outcome: error.code, said: error.message };
    }
  }
});

function write(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Roots that differ only in their names; their signatures do not matter in a bundle. */
function manyCertificates(filler: Buffer): string {
  const certificates: string[] = [];
  for (let count = 0; count < 9_999; count += 1) {
    const name = Buffer.from(`${count}`.padStart(FILLER.length, "0"));
    const copy = Buffer.from(filler);
    for (let at = copy.indexOf(FILLER); at !== -1; at = copy.indexOf(FILLER)) name.copy(copy, at);
    const base64 = copy.toString("base64").replace(/.{1,64}/g, "$&\n");
    certificates.push(`-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`);
  }
  return certificates.join("");
}

const FILLER = "Filler Root";
const BAD_PEM = "-----BEGIN CERTIFICATE-----\nMIIBnonsense/nonsense+nonsense=\n-----END CERTIFICATE-----\n";
/** 10 to 16 s on two cores that do nothing else. */
const SLOWEST_MS = 55_000;
